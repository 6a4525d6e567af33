// A host on this machine that is not the gym's, and counts its connections: it must never be called.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface StrangeHost {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** How many connections have come. */
  calls(): number;
  close(): void;
}

export async function openStrangeHost(): Promise<StrangeHost> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, calls: () => calls, close: () => server.close() };
}
