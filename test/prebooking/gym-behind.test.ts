// A gym's clock is so far behind ours that a race by our clock would have stopped sending before the class opens: the gym's own clock decides when to
// send.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { NOTHING_KNOWN } from '../../services/gym/aim.ts';
import { instantsOf } from '../../services/race/fire-time.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [{ name: 'behind' }];
const BEHIND_MS = 11_000;
/** The time from the test's start to the opening, in ms: enough to read the gym's clock. */
const OPENS_IN_MS = 8_000;

let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown(LANES, someDay()), systemClock);
});
afterAll(() => app.stop());

test('is raced when it opens by that clock', { timeout: limitMs(60_000) }, async () => {
  const soon = someDay();
  const wish = await wishIn(app, 'behind', soon);
  await app.gym.control.followSystem(-BEHIND_MS);
  const opensAt = new Date(Math.ceil((Date.now() + OPENS_IN_MS) / 10) * 10);
  const slot = { box: 'behind', day: soon.day, id: 501 };
  await app.gym.control.changeSlot({ slot, change: { opensAt: opensAt.getTime() } });
  await app.cloud.pool.query('update prebookings set opens_at = $1', [opensAt]);
  const { prebookings } = await executePrebooking(app.services, { prebookingId: wish.id });
  expect(prebookings).toMatchObject([{ status: 'booked', receipt: { decidedBy: 'us' } }]);
  const offsetMs = prebookings[0]?.receipt?.['clockOffsetMs'];
  expect(Math.round(Number(offsetMs) / 1_000) * 1_000).toBe(-BEHIND_MS);
});

test('is not believed when it is further off than clocks are', () => {
  const opensAt = new Date('2026-11-24T17:00:00.000Z');
  const start = { offsetMs: -300_000, uncertaintyMs: 5, leastOffsetMs: -300_005 };
  const sure = {
    maxErrorMs: 5,
    evidence: 0,
    wayMs: 10,
    thinkingMs: undefined,
    usualThinkingMs: undefined,
    rttMs: 10,
    probes: 12,
  };
  const estimate = { ...sure, offsetMs: start.offsetMs, start, end: undefined };
  expect(instantsOf(app.services, opensAt, estimate, NOTHING_KNOWN)).toMatchObject({ atMs: opensAt.getTime() });
});
