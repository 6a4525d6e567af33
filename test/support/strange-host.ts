// A host on this machine that is not the gym and must never be called: it counts its connections.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface StrangeHost {
  /** The host's address, `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** How many connections clients have opened so far. */
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
