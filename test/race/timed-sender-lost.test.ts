// The timed sender's thread dies: shots that the thread had begun to write may have been sent, and all others were certainly not sent.
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import type { PreparedRequest } from '../../services/gym/gym.ts';
import { openLink } from '../../services/timed-sender/thread-link.ts';
import { openTimedSender } from '../../services/timed-sender/timed-sender.ts';

let heard = 0;
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', () => {
    heard += 1;
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => void server.close());

const request: PreparedRequest = {
  host: '127.0.0.1',
  port: (server.address() as AddressInfo).port,
  tls: false,
  bytes: Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
};
const nowMs = (): number => performance.timeOrigin + performance.now();

/** Sends the timed sender's thread a message that makes the thread die. */
async function breakThread(): Promise<void> {
  const lost = Promise.withResolvers<void>();
  const link = openLink({ hear: () => undefined, lost: () => lost.resolve() });
  const { batch } = link;
  const options = { maxConnections: 1, connectTimeoutMs: 1, warmTimeoutMs: 1, answerTimeoutMs: 1, tls: {} };
  link.post({ kind: 'open', batch, options });
  link.post({ kind: 'load', batch, part: 1, firstIndex: 0, cells: new SharedArrayBuffer(4), requests: null as never });
  await lost.promise;
}

test('a lost thread leaves the written unknown and the unwritten not sent, and the next race gets a new thread', async () => {
  const early = await openTimedSender();
  await early.load([request]);
  const written = early.fireAt(nowMs());
  while (heard === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const waiting = await openTimedSender();
  await waiting.load([request]);
  const unwritten = waiting.fireAt(nowMs() + 60_000);
  const warming = (await openTimedSender()).load([{ ...request, host: '127.0.0.2' }]);

  await breakThread();

  expect((await written)[0]?.result).toEqual({ kind: 'unknown', reason: 'sender-lost' });
  expect((await unwritten)[0]?.result).toEqual({ kind: 'not-sent', reason: 'sender-lost' });
  expect(await warming).toBeDefined();
  await expect(early.shootNow(request)).rejects.toThrow('open');

  const fresh = await openTimedSender();
  expect(await fresh.load([request])).toEqual({ ready: 1, cold: 0 });
  await fresh.close();
  expect(heard).toBe(1);
});
