// The test set-up keeps every library from sending anything beyond this machine.
import { createServer } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { Client } from 'undici';
import { expect, test } from 'vitest';

const REFUSED = /only loopback is allowed/;
/** An address that is reserved for documentation: no machine has it. */
const ELSEWHERE = '192.0.2.1';
const failureOf = (socket: net.Socket) => new Promise<Error>((resolve) => socket.once('error', resolve));

test('a socket to another address is refused', async () => {
  expect((await failureOf(net.connect(80, ELSEWHERE))).message).toMatch(REFUSED);
  expect((await failureOf(net.connect({ port: 80, host: 'aimharder.com' }))).message).toMatch(REFUSED);
  expect((await failureOf(tls.connect({ port: 443, host: ELSEWHERE }))).message).toMatch(REFUSED);
});

test('fetch and undici’s own client are refused', async () => {
  await expect(fetch('https://aimharder.com/').catch((thrown) => Promise.reject(thrown.cause))).rejects.toThrow(
    REFUSED,
  );
  await expect(new Client(`http://${ELSEWHERE}`).request({ path: '/', method: 'GET' })).rejects.toThrow(REFUSED);
});

test('loopback is open', async () => {
  const server = createServer((_req, res) => res.end('here')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  expect(await (await fetch(`http://localhost:${port}/`)).text()).toBe('here');
  server.close();
});
