// One heartbeat for the leases of all renewals under way: which leases the heartbeat extends, which leases it gives up, and when it stops. The test
// moves the heartbeat's clock by hand.
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../services/clock.ts';
import { createHeartbeat, type Heartbeat, TRUST_MS } from '../../services/renewal/lease-heartbeat.ts';

let nowMs: number;
let sleepers: { atMs: number; wake: () => void }[];
let asked: string[][];
let answer: (ids: readonly string[]) => Promise<string[]>;
let beats: Heartbeat;
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => nowMs,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      sleepers.push({ atMs: nowMs + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
    }),
};
async function advance(ms: number): Promise<void> {
  const untilMs = nowMs + ms;
  while (nowMs < untilMs) {
    nowMs = Math.min(untilMs, nowMs + 1_000);
    const due = sleepers.filter((one) => one.atMs <= nowMs);
    sleepers = sleepers.filter((one) => one.atMs > nowMs);
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
beforeEach(() => {
  nowMs = 5_000_000;
  sleepers = [];
  asked = [];
  answer = async (ids) => [...ids];
  const extendLeases = (ids: readonly string[]) => {
    asked.push([...ids]);
    return answer(ids);
  };
  beats = createHeartbeat({ clock, logger: pino({ level: 'silent' }), store: { extendLeases } });
});

test('leases of a gym that is slower than a lease are trusted as long as they are extended, all in one call', async () => {
  beats.hold('a', nowMs);
  beats.hold('b', nowMs);
  await advance(60_000);
  expect(asked).toEqual(Array(6).fill(['a', 'b']));
  expect(beats.isTrusted('a')).toBe(true);
});

test('a lease is trusted ten seconds less than it lasts, counted from before it was asked for', async () => {
  answer = async () => Promise.reject(new Error('database away'));
  beats.hold('a', nowMs - 5_000);
  nowMs += TRUST_MS - 5_001;
  expect(beats.isTrusted('a')).toBe(true);
  nowMs += 1;
  expect(beats.isTrusted('a')).toBe(false);
});

test('a lease that another process took is trusted no more, at once', async () => {
  answer = async () => ['b'];
  beats.hold('a', nowMs);
  beats.hold('b', nowMs);
  await advance(10_000);
  expect([beats.isTrusted('a'), beats.isTrusted('b')]).toEqual([false, true]);
});

test('a beat that fails is followed by the next', async () => {
  let calls = 0;
  answer = async (ids) => {
    calls += 1;
    if (calls === 1) throw new Error('database away');
    return [...ids];
  };
  beats.hold('a', nowMs);
  await advance(40_000);
  expect(calls).toBe(4);
  expect(beats.isTrusted('a')).toBe(true);
});

test('nothing beats when nothing is held, and it begins again with the next', async () => {
  beats.hold('a', nowMs);
  beats.drop('a');
  await advance(30_000);
  expect(asked).toEqual([]);
  beats.hold('b', nowMs);
  await advance(10_000);
  expect(asked).toEqual([['b']]);
});
