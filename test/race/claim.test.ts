// How long a process may rely on its claim: a process that was suspended, or cut off from the database, must not act on an old claim.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Clock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { CLAIM_MS, keepClaims } from '../../services/race/claim.ts';
import type { Store } from '../../services/store/store.ts';

/** Gives a clock with sleeps that the test ends by hand, and a database with answers that the test sets. */
function stage() {
  let nowMs = 0;
  let wake: (() => void) | undefined;
  let says: number | Error = 1;
  const clock: Clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const extendClaims = async () => {
    if (says instanceof Error) throw says;
    return says;
  };
  const store = { extendClaims } as unknown as Store;
  const prebookings = [{ id: 'one' }] as unknown as Prebooking[];
  const claims = keepClaims(
    { clock, store, logger: pino({ level: 'silent' }) },
    { owner: 'me', prebookings, claimedAtMs: 0 },
  );
  const beatAt = async (ms: number, answer: number | Error) => {
    nowMs = ms;
    says = answer;
    wake?.();
    // `wake` ends the sleep of the heartbeat, which asks the database a few microtasks later; `setImmediate` runs after these microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { claims, beatAt };
}

test('is believed for less than it lasts, and each beat renews it from when it was asked', async () => {
  const { claims, beatAt } = stage();
  expect(claims.trustedUntilMs()).toBeLessThan(CLAIM_MS);
  const first = claims.trustedUntilMs();
  await beatAt(4_000, 1);
  expect(claims.trustedUntilMs()).toBe(first + 4_000);
  claims.stop();
});

test('is believed no longer once the database does not know it: it ran out while we were stopped', async () => {
  const { claims, beatAt } = stage();
  await beatAt(60_000, 0);
  expect(claims.trustedUntilMs()).toBe(Number.NEGATIVE_INFINITY);
  claims.stop();
});

test('lapses by itself when no beat gets through', async () => {
  const { claims, beatAt } = stage();
  const first = claims.trustedUntilMs();
  await beatAt(4_000, new Error('no connection'));
  await beatAt(8_000, new Error('no connection'));
  expect(claims.trustedUntilMs()).toBe(first);
  claims.stop();
});
