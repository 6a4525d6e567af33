// The pretend gym stamps a call when its bytes are read, however long other calls take, and stamps of one socket keep their order.
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemMs } from '../../simulator/sim-clock.ts';
import { type Stamps, stampReads } from '../../simulator/stamps.ts';

let server: http.Server;
let stamps: Stamps;
beforeEach(async () => {
  server = http.createServer();
  stamps = stampReads(server, false);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Gives the server's socket of a new connection. The server reads what a test pushes into this socket as if the client had sent it. */
async function connection(): Promise<Socket> {
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.once('close', () => client.destroy());
  return socket;
}
const request = (path: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);

test('a request is stamped before the one that came first is judged', async () => {
  const [first, second] = [await connection(), await connection()];
  let judgedAtMs = 0;
  const stamped = new Promise<number>((resolve) => {
    server.on('request', ({ url, socket }) => {
      if (url === '/second') return resolve(stamps.readAtMs(socket));
      const fromMs = systemMs();
      while (systemMs() < fromMs + 2);
      judgedAtMs = systemMs();
    });
  });
  first.push(request('/first'));
  second.push(request('/second'));
  expect(await stamped).toBeLessThan(judgedAtMs);
});

test('the end of a connection does not overtake its last request', async () => {
  const socket = await connection();
  const arrived = once(server, 'request') as Promise<[http.IncomingMessage]>;
  socket.push(request('/last'));
  socket.push(null);
  expect((await arrived)[0].url).toBe('/last');
});
