// How long the service waits for the gym: a renewal has a whole minute from sending and never less; a call that only reads has six seconds, retries
// included. The sockets are real; the clock is moved by hand.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Gym } from '../../services/gym/gym.ts';
import { BOX, gymAt, keyWith, tokenFor } from './gym-parts.ts';

let held: ServerResponse | undefined;
let arrived: () => void = () => undefined;
const server = createServer((request, response) => {
  held = response;
  request.resume().on('end', () => arrived());
});
beforeEach(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** Starts a call to the gym and returns once the gym has read the whole request. */
async function underWay<T>(start: (gym: Gym) => Promise<T>) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const parts = gymAt({ loginUrl: url, mainUrl: url, boxUrlTemplate: `${url}/box/{box}` });
  const received = new Promise<void>((done) => {
    arrived = done;
  });
  const answer = start(parts.gym);
  await received;
  return { answer, sleeps: parts.sleeps, close: parts.close };
}
const renewalUnderWay = () => underWay((gym) => gym.renew(keyWith(), async () => undefined));

test('a renewal answered in the last moment of its minute is renewed', async () => {
  const { answer, close } = await renewalUnderWay();
  await vi.advanceTimersByTimeAsync(59_990);
  held?.end(JSON.stringify({ newToken: tokenFor(12, 91) }));
  expect(await answer).toMatchObject({ kind: 'renewed' });
  await close();
});

test('a renewal that is not answered in its minute is unknown', async () => {
  const { answer, close } = await renewalUnderWay();
  await vi.advanceTimersByTimeAsync(60_001);
  expect(await answer).toEqual({ kind: 'unknown', reason: 'HTTP_LATE' });
  await close();
});

test('a read that hangs is given up when its six seconds are over, and not begun again', async () => {
  const { answer, sleeps, close } = await underWay((gym) => gym.readDay(keyWith(), BOX, '20261121'));
  const failed = expect(answer).rejects.toMatchObject({ code: 'gym/unreachable' });
  arrived = () => expect.fail('Asked again.');
  await vi.advanceTimersByTimeAsync(6_001);
  await failed;
  expect(sleeps).toEqual([]);
  await close();
});
