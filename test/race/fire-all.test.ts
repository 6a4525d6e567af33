// B26: in which order the members of one race get the places of a class that has too few of them; the pretend gym's answers are staged. Each case has
// a box of its own, eight members and five places.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { limitMs } from '../support/limits.ts';
import type { Soon } from '../support/opening-town.ts';
import { type Batch, emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const MEMBERS = 8;
const PLACES = 5;
const crowd = (name: string): Batch => ({ name, members: MEMBERS, slots: [{ limit: PLACES }] });
const CASES = ['overdue', 'gap', 'busy', 'slow', 'disorder'].map(crowd);

let app: TestService;
let soon: Soon;
const wishes = new Map<string, Prebooking[]>();
beforeAll(async () => {
  soon = someDay();
  app = await startService(raceTown(CASES, soon), systemClock);
  for (const { name } of CASES) {
    const made: Prebooking[] = [];
    for (let member = 0; member < MEMBERS; member += 1) made.push(await wishIn(app, name, soon, { member }));
    wishes.set(name, made);
  }
});
afterAll(() => app.stop());

/**
 * Runs the race, and gives how each member's prebooking ended, in the order in which the prebookings were made: `b` for booked, `f` for full, `?` for
 * any other end.
 */
async function race(name: string): Promise<string> {
  const made = wishes.get(name) ?? [];
  await executePrebooking(app.services, { prebookingId: made[0]?.id ?? '' });
  const ends = await Promise.all(made.map(({ id }) => app.services.store.readPrebooking(id)));
  return ends.map((one) => (one?.status === 'booked' ? 'b' : one?.outcome === 'full' ? 'f' : '?')).join('');
}
/** Makes the gym work for about `meanMs` on this member's booking, and decide on the booking at the end of that work. */
const dawdle = (name: string, member: number, meanMs: number) =>
  app.gym.control.setKnob({ kind: 'think', meanMs, judge: 'end', op: 'book', member: emailOf(name, member) });

test('B26: in a race that is fired long after its instant, too, the later ones wait for the earlier ones’ answers', {
  timeout: limitMs(60_000),
}, async () => {
  const opensAt = new Date(Date.now() - 5_000);
  const slot = { box: 'overdue', day: soon.day, id: 501 };
  await app.gym.control.changeSlot({ slot, change: { opensAt: opensAt.getTime() } });
  const ids = wishes.get('overdue')?.map(({ id }) => id);
  await app.cloud.pool.query('update prebookings set opens_at = $1 where id = any ($2)', [opensAt, ids]);
  for (let member = 0; member < PLACES; member += 1) await dawdle('overdue', member, 700);
  expect(await race('overdue')).toBe('bbbbbfff');
});

test('B26: a place that an earlier one does not get is the next one’s, not the fastest one’s', {
  timeout: limitMs(60_000),
}, async () => {
  await openAll(app, [crowd('gap')], soon);
  await app.gym.control.setKnob({ kind: 'refuse', reason: 'no-credit', op: 'book', member: emailOf('gap', 4) });
  await dawdle('gap', 5, 400);
  await dawdle('gap', 6, 200);
  expect(await race('gap')).toBe('bbbb?bff');
});

test('B26: an earlier one that the gym told to come back is not overtaken meanwhile', {
  timeout: limitMs(60_000),
}, async () => {
  await openAll(app, [crowd('busy')], soon);
  await app.gym.control.setKnob({ kind: 'status', code: 429, op: 'book', member: emailOf('busy', 4), times: 2 });
  expect(await race('busy')).toBe('bbbbbfff');
});

/**
 * The time from the test's start to the opening, in ms: enough for the race's reads, and for loading the booking requests well before the opening.
 */
const OPENS_IN_MS = 9_000;

/**
 * At the gym, the list reads of the members in `held` are held back until the other members' requests are loaded. The held reads are let go before
 * the opening, one after another.
 */
async function raceWithHeldLooks(name: string, ...held: number[]): Promise<string> {
  const opensAt = await openAll(app, [crowd(name)], soon, OPENS_IN_MS);
  for (const member of held) {
    const gate = { kind: 'gate', when: 'before', name: `look ${member}`, op: 'bookings', times: 1 } as const;
    await app.gym.control.setKnob({ ...gate, member: emailOf(name, member) });
  }
  app.log.length = 0;
  const racing = race(name);
  const isLoaded = () => app.log.some((line) => line.includes('race: ready'));
  await expect.poll(isLoaded, { interval: 10, timeout: limitMs(OPENS_IN_MS) }).toBe(true);
  for (const member of held) await app.gym.control.openGate(`look ${member}`);
  expect(Date.now()).toBeLessThan(opensAt.getTime());
  return racing;
}

test('B26: an earlier one that is ready only when the others are loaded, and still before the opening, keeps its place', {
  timeout: limitMs(60_000),
}, async () => {
  expect(await raceWithHeldLooks('slow', 4)).toBe('bbbbbfff');
});

test('B26: of those that are ready late the earlier ones have the places, in whatever order they were ready', {
  timeout: limitMs(60_000),
}, async () => {
  // Of the members whose list reads are held back, member 4 has the oldest prebooking, and the gym answers that member's booking slowest.
  await dawdle('disorder', 4, 400);
  expect(await raceWithHeldLooks('disorder', 7, 6, 5, 4)).toBe('bbbbbfff');
});
