// How races read their gym's clock: the first race of a box finds the cheap address and stores it with the box, and a later race asks only that
// address.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock, wallAnchorMs } from '../../services/clock.ts';
import type { Gym } from '../../services/gym/gym.ts';
import { lookAtGymClock } from '../../services/race/fire-time.ts';
import type { Box } from '../../services/store/box-store.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { town } from '../support/town.ts';

let app: TestService;
beforeAll(async () => {
  app = await startService(town, systemClock);
});
afterAll(() => app.stop());

const CHEAP = '/robots.txt';
/**
 * The tick, in ms, of the coarse clock that times this test's probes: shorter than the gym's expensive page takes, and far longer than a busy machine
 * delays a measurement.
 */
const TICK_MS = 80;
const inTicks = (ms: number): number => Math.floor(ms / TICK_MS) * TICK_MS;

/**
 * Gives the gym client with the durations of its clock probes rounded down to whole ticks (`TICK_MS`). Without the rounding, a short delay of the
 * test's process would make the cheap address look as if the gym worked before answering.
 */
function coarselyTimed(gym: Gym): Gym {
  return {
    ...gym,
    async probeClock(box, address) {
      const seen = await gym.probeClock(box, address);
      const tcp = seen.tcp && { ...seen.tcp, fastestMs: inTicks(seen.tcp.fastestMs) };
      return { ...seen, tcp, receivedAtMs: seen.sentAtMs + inTicks(seen.receivedAtMs - seen.sentAtMs) };
    },
  };
}

async function look(box: Box, aheadMs: number) {
  const opensAt = new Date(Date.now() + aheadMs);
  const since = (await app.gym.control.history({})).length;
  const services = { ...app.services, gym: coarselyTimed(app.services.gym) };
  const estimate = await lookAtGymClock(services, { box, opensAt, anchorMs: wallAnchorMs(systemClock) });
  const calls = (await app.gym.control.history({})).slice(since);
  return { estimate, asked: calls.map((call) => call.path.replace(`/box/${box.at.slug}`, '')) };
}

test('the cheapest address is found once, kept with the box, and asked alone from then on', {
  timeout: limitMs(60_000),
}, async () => {
  const { boxes } = await app.signIn('ana@example.test');
  const id = boxes.find((one) => one.at.slug === 'norte')?.id ?? '';
  const boxNow = async () => (await app.services.store.readBox(id)) ?? expect.fail('Expected the box.');
  await app.gym.control.setKnob({ kind: 'think', meanMs: 120, jitterShare: 0.3, stamp: 'end' });
  await app.gym.control.setKnob({ kind: 'think', meanMs: 0, path: CHEAP });
  await app.gym.control.followSystem(0);
  const first = await look(await boxNow(), 30_000);
  expect(new Set(first.asked.slice(0, 8)).size).toBe(4);
  expect(new Set(first.asked.slice(8))).toEqual(new Set([CHEAP]));
  expect(first.asked.length).toBeLessThanOrEqual(68);
  expect((await boxNow()).clock).toMatchObject({ address: CHEAP });
  // Six seconds before the opening the gym's clock is read at the stored cheap address, and no other page is requested.
  const second = await look(await boxNow(), 6_000);
  expect(second.estimate?.probes).toBeGreaterThan(2);
  expect(new Set(second.asked)).toEqual(new Set([CHEAP]));
});

test('an address that the program does not know is never called', { timeout: limitMs(60_000) }, async () => {
  const { boxes } = await app.signIn('bea@example.test');
  const box = boxes.find((one) => one.at.slug === 'sur') ?? expect.fail('Expected the box.');
  const clock = { ...box.clock, address: '/api/cancelBook', addressThinkingMs: 0, addressAt: new Date() };
  const { asked } = await look({ ...box, clock }, 6_000);
  expect(new Set(asked)).toEqual(new Set(['/']));
});
