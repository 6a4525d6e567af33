// A listener for control calls alone, on a port that is not the gym's: the listener answers even while the gym refuses connections.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Control } from './control.ts';
import { createIntake } from './intake.ts';
import { serveControl } from './routes-control.ts';
import { stampReads } from './stamps.ts';

/** The running listener for control calls alone: its address, and the function that closes it. */
export interface Office {
  url: string;
  close(): void;
}

/** Starts the listener for control calls on a free port of the loopback interface. */
export async function openOffice(control: Control): Promise<Office> {
  const server = http.createServer({ keepAliveTimeout: 300_000 });
  const intake = createIntake(stampReads(server, false), (arrival) => void serveControl(control, arrival));
  server.on('request', intake);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
