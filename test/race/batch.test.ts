// The sender's thread stands still (a frozen function, a stopped machine) from the write of a shot until after the shot's time limit.
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { openBatch } from '../../services/timed-sender/batch.ts';
import type { FromThread, ShotReport } from '../../services/timed-sender/protocol.ts';

const ANSWER_TIMEOUT_MS = 300;
const OPTIONS = { maxConnections: 1, connectTimeoutMs: 15_000, warmTimeoutMs: 15_000, tls: {} };

/**
 * Starts a gym in a thread of its own and returns the gym's port. The gym answers a request at once if `answers` is true, else never. Long after the
 * shot's time limit, the gym sets `answered` to 1, which wakes the test's blocked thread.
 */
async function startGym(answered: Int32Array, answers: boolean): Promise<number> {
  const gym = new Worker(
    `const { parentPort, workerData: { answered, answers } } = require('node:worker_threads');
     const server = require('node:net').createServer((socket) => socket.on('error', () => undefined).on('data', () => {
       if (answers) socket.write('HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok');
       setTimeout(() => {
         Atomics.store(answered, 0, 1);
         Atomics.notify(answered, 0);
       }, ${2 * ANSWER_TIMEOUT_MS});
     }));
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { answered, answers } },
  );
  onTestFinished(() => void gym.terminate());
  const [port] = (await once(gym, 'message')) as [number];
  return port;
}

test.each([
  { path: 'the volley', answers: true, kind: 'answer' },
  { path: 'a further try', answers: true, kind: 'answer' },
  { path: 'the volley', answers: false, kind: 'unknown' },
])('the result of $path is $kind (the gym answered meanwhile: $answers)', async ({ path, answers, kind }) => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const bytes = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const request = { host: '127.0.0.1', port: await startGym(answered, answers), tls: false, bytes };
  const cells = new SharedArrayBuffer(4);
  const warm = Promise.withResolvers<void>();
  const shot = Promise.withResolvers<ShotReport>();
  const batch = openBatch(1, { ...OPTIONS, answerTimeoutMs: ANSWER_TIMEOUT_MS }, (message: FromThread) => {
    if (message.kind === 'warm') warm.resolve();
    else shot.resolve(message.shot);
  });
  onTestFinished(() => batch.close());
  const notAfterMs = Number.POSITIVE_INFINITY;
  const isVolley = path === 'the volley';
  batch.load({ kind: 'load', batch: 1, part: 1, firstIndex: 0, cells, requests: isVolley ? [request] : [] });
  await warm.promise;
  if (isVolley) batch.fire(notAfterMs);
  else batch.shoot({ kind: 'shoot', batch: 1, index: 1, cells, request, notAfterMs });
  while (new Int32Array(cells)[0] === 0) await nextTurn();
  Atomics.wait(answered, 0, 0, 15_000);
  expect(await shot.promise).toMatchObject({ result: { kind } });
});
