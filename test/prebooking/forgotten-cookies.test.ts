// A background session whose cookies the gym has forgotten, and whose token still lives: the gym gives it the list of a day, without its member's
// places. The race renews such a session before the opening.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { getBackgroundSession } from '../../services/renewal/open-session.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, emailOf, memberOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const CROWD = 40;
const LANES: readonly Batch[] = [
  { name: 'free' },
  { name: 'held' },
  { name: 'crowd', members: CROWD, slots: [{ limit: CROWD }] },
];
const FIRST = memberOf(LANES, 'crowd');
/** Time enough to begin the preparation before the last twelve seconds, in which `whoami` is no longer asked. */
const OPENS_IN_MS = Math.min(limitMs(20_000), 40_000);

let app: TestService;
const wishes = new Map<string, Prebooking>();
const stands = (name: string) => app.services.store.readPrebooking(wishes.get(name)?.id ?? '');
const sent = (name: string) => app.gym.control.history({ op: 'book', box: name });
const places = async (name: string) =>
  (await app.gym.control.truth({ box: name })).reservations.filter((one) => one.state !== 'cancelled');

async function forgetCookies(name: string): Promise<void> {
  const member = emailOf(name);
  await app.gym.control.setKnob({ kind: 'rotation', mode: 'lax', member });
  await app.gym.control.setKnob({ kind: 'token-without-cookie', member });
  await app.gym.control.setKnob({ kind: 'reissue', mode: 'kill', member });
  const { key } = await getBackgroundSession(app.services, wishes.get(name)?.userId ?? '');
  await app.services.gym.renew(key, async () => undefined);
  expect(await app.services.gym.isAlive(key)).toBe(false);
}

beforeAll(async () => {
  const soon = someDay();
  app = await startService(raceTown(LANES, soon), systemClock);
  for (const { name, members = 1 } of LANES) {
    for (let member = members - 1; member >= 0; member -= 1) {
      await app.cloud.pool.query('delete from rate_buckets');
      wishes.set(name, await wishIn(app, name, soon, { member }));
    }
  }
  await app.gym.control.setKnob({ kind: 'slow', beforeMs: 30_000, op: 'whoami', homeBox: 'crowd' });
  const slot = { box: 'held', day: soon.day, id: 501 };
  await app.gym.control.changeSlot({ slot, change: { opensAt: 0 } });
  await app.gym.control.bookByHand({ ...slot, member: emailOf('held') });
  // With `same-hour` off, the pretend gym books one class twice for a member who asks twice: a second booking would be seen.
  await app.gym.control.setKnob({ kind: 'same-hour', on: false });
  for (const name of ['free', 'held']) await forgetCookies(name);
  // The classes open sooner than the race expects, so that no request comes too early on a busy machine.
  await openAll(app, LANES, soon, OPENS_IN_MS, 1_000);
  await Promise.all([...wishes.values()].map(({ id }) => executePrebooking(app.services, { prebookingId: id })));
});
afterAll(() => app.stop());

test('the first shot leaves with a session that the gym knows', async () => {
  expect(await stands('free')).toMatchObject({ status: 'booked' });
  expect((await sent('free')).map(({ cookies }) => cookies.auth)).toEqual(['current']);
});

test('a place taken by hand beforehand is found, and no second one is asked for', async () => {
  expect(await stands('held')).toMatchObject({ status: 'booked', outcome: 'already-booked' });
  expect(await sent('held')).toHaveLength(0);
  expect(await places('held')).toHaveLength(1);
});

test('a gym that leaves whoami unanswered is asked by a few members of a race, and no read of a list waits for it', async () => {
  const asked = (await app.gym.control.history({ op: 'whoami' })).filter(({ memberId }) => (memberId ?? 0) >= FIRST);
  expect(asked.length).toBeLessThanOrEqual(16);
  expect((await places('crowd')).length).toBe(CROWD);
  expect(await sent('crowd')).toHaveLength(CROWD);
});
