// What a race decides before a class opens, and what it sends at the opening: both follow from what the gym's list of the class's day shows to the
// member. Each tested situation has a box of its own, and all classes open at one instant. The tests of the gym's answers at the opening are in
// faults-at-the-opening.test.ts.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { createFreshener } from '../../services/renewal/freshen.ts';
import { getBackgroundSession, sealKey } from '../../services/renewal/open-session.ts';
import { Secret } from '../../services/secret.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, emailOf, memberOf, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

vi.setConfig({ hookTimeout: limitMs(150_000) });

const MANY = 42;
const LANES: readonly Batch[] = [
  { name: 'many', members: MANY, slots: [{ limit: 100 }] },
  { name: 'hiccup' },
  { name: 'unpublished', slots: [] },
  { name: 'gone' },
  { name: 'switched', slots: [{ enabled: 0 }] },
  { name: 'unreadable' },
  { name: 'renumbered', slots: [{}, { id: 502, time: '07:00 - 08:00', className: 'Open Box', classId: 6 }] },
  { name: 'slowmate', members: 2 },
  { name: 'badjar', members: 3, slots: [{ limit: 1 }] },
];
const OPENS_IN_MS = 12_000;

let app: TestService;
const soon = someDay();
let opensAt: Date;
const wishes = new Map<string, Prebooking[]>();
const wishOf = (name: string, at = 0): Prebooking => {
  const found = wishes.get(name)?.[at];
  if (!found) throw new Error(`Expected a wish in ${name}.`);
  return found;
};
const stands = (name: string, at = 0) => app.services.store.readPrebooking(wishOf(name, at).id);
const sent = (name: string, at = 0) => app.gym.control.history({ op: 'book', memberId: memberOf(LANES, name, at) });
const truth = async (name: string, at = 0) =>
  (await app.gym.control.truth({ box: name, member: emailOf(name, at) })).reservations.filter(
    (one) => one.state !== 'cancelled',
  );
const until = (ms: number) => systemClock.sleep(opensAt.getTime() + ms - Date.now());

/** Makes the stored cookies of a background session unreadable, and leaves the rest of the session as it is. */
async function spoilJar(userId: string): Promise<void> {
  const { services, cloud } = app;
  const session = await getBackgroundSession(services, userId);
  const row = await services.store.readBackgroundSession(userId);
  if (!row) throw new Error('Expected a background session.');
  const at = { userId, chain: session.chain, sessionType: 'background', attemptId: row.attemptId } as const;
  const key = { token: session.key.token, cookies: new Secret('no jar') };
  const member = services.seal.openMember(userId, row.wrapped);
  const { cookiesSealed } = sealKey(member, { ...at, generation: row.sealedGeneration }, key);
  await cloud.pool.query('update token_journal set cookies_sealed = $1 where attempt_id = $2', [
    cookiesSealed,
    row.attemptId,
  ]);
}

/** Gives the services with a database that fails each read of a background session for two seconds, counted from the call of `hiccuping`. */
function hiccuping(): TestService['services'] {
  const endsAtMs = Date.now() + 2_000;
  const store: TestService['services']['store'] = {
    ...app.services.store,
    readBackgroundSession: async (userId) => {
      if (Date.now() < endsAtMs) throw new Failure('database/unavailable', 'Away for a moment.');
      return app.services.store.readBackgroundSession(userId);
    },
  };
  return { ...app.services, store, freshener: createFreshener({ ...app.services, store }) };
}

const early = new Map<string, string | undefined>();
const answers = new Map<string, string>();

beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
  const { control } = app.gym;
  for (const { name, members = 1 } of LANES) {
    const made: Prebooking[] = [];
    for (let at = 0; at < members; at += 1) {
      // All rate limits of the service are reset, because in production the members of one box do not all prebook within seconds.
      await app.cloud.pool.query('delete from rate_buckets');
      made.push(await wishIn(app, name, soon, { member: at }));
    }
    wishes.set(name, made);
  }
  const slot = (box: string, id = 501) => ({ box, day: soon.day, id });
  await control.changeSlot({ slot: slot('many'), change: { opensAt: 0 } });
  await control.setKnob({ kind: 'same-hour', on: false, box: 'many' });
  await control.bookByHand({ ...slot('many'), member: emailOf('many', MANY - 1) });
  await control.addSlot({ ...slot('gone', 502), time: '07:00 - 08:00', classId: 6, className: 'Open Box', limit: 9 });
  await control.changeSlot({ slot: slot('gone'), change: { removed: true } });
  await control.changeSlot({ slot: slot('renumbered'), change: { newId: 900 } });
  await control.changeSlot({ slot: slot('renumbered', 502), change: { newId: 501 } });
  const down = { kind: 'status', code: 503, op: 'bookings' } as const;
  const unreadable = await control.setKnob({ ...down, box: 'unreadable' });
  await control.setKnob({ ...down, box: 'renumbered' });
  const slow = { kind: 'slow', beforeMs: 25_000, member: emailOf('slowmate', 1) } as const;
  await control.setKnob({ ...slow, op: ['bookings', 'tokenUpdate'] });
  await control.setKnob({ kind: 'slow', afterMs: 1_000, op: 'book', box: 'badjar' });
  const { pool } = app.cloud;
  const old = `now() - interval '70 minutes'`;
  await pool.query(
    `update auth_sessions set last_token_update_date = ${old} where user_id = $1 and session_type = 'background'`,
    [wishOf('slowmate', 1).userId],
  );
  await pool.query('update prebookings set class_id = null where id = $1', [wishOf('unreadable').id]);
  for (const at of [0, 1]) await spoilJar(wishOf('badjar', at + 1).userId);
  opensAt = new Date(Math.ceil((Date.now() + OPENS_IN_MS) / 10) * 10);
  await pool.query('update prebookings set opens_at = $1', [opensAt]);
  for (const name of ['many', 'hiccup', 'unreadable', 'slowmate', 'badjar', 'switched'])
    await control.changeSlot({ slot: slot(name), change: { opensAt: opensAt.getTime() } });
  await control.changeSlot({ slot: slot('renumbered', 900), change: { opensAt: opensAt.getTime() } });
  await control.changeSlot({ slot: slot('renumbered', 501), change: { opensAt: opensAt.getTime() } });
  const racing = LANES.map(async ({ name }) => {
    const services = name === 'hiccup' ? hiccuping() : app.services;
    const answer = await executePrebooking(services, { prebookingId: wishOf(name).id }).then(
      ({ status }) => status,
      (error: unknown) => (error instanceof Failure ? error.code : String(error)),
    );
    answers.set(name, answer);
  });
  await until(-3_000);
  await control.clearKnobs({ knobId: unreadable });
  await until(-200);
  for (const { name } of LANES) early.set(name, (await stands(name))?.status);
  const published = { ...slot('unpublished'), time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 12 };
  await control.addSlot({ ...published, opensAt: opensAt.getTime() });
  await until(1_500);
  await control.changeSlot({ slot: slot('switched'), change: { enabled: 1 } });
  await Promise.all(racing);
});
afterAll(() => app.stop());

test('the forty-second of one opening is not booked again, having a place by hand', async () => {
  expect(await stands('many', MANY - 1)).toMatchObject({ status: 'booked', outcome: 'already-booked' });
  expect(await sent('many', MANY - 1)).toHaveLength(0);
  expect(await stands('many', MANY - 2)).toMatchObject({ status: 'booked', outcome: 'booked' });
});

test('two seconds without a database while preparing cost no member their place', async () => {
  expect(await stands('hiccup')).toMatchObject({ status: 'booked', outcome: 'booked' });
});

test('a day that is published at the opening itself is raced for', async () => {
  expect(early.get('unpublished')).toBe('claimed');
  expect(await stands('unpublished')).toMatchObject({ status: 'booked' });
});

test('a class that the gym switches on a little after the opening is raced for', async () => {
  expect(early.get('switched')).toBe('claimed');
  expect(await stands('switched')).toMatchObject({ status: 'booked' });
  expect(await sent('switched')).toHaveLength(1);
});

test('a class that is missing from a day is called gone when it opens, not before', async () => {
  expect(early.get('gone')).toBe('claimed');
  expect(await stands('gone')).toMatchObject({ status: 'refused', outcome: 'class-gone' });
});

test('a day that could not be read for a while is read again in time', async () => {
  expect(await stands('unreadable')).toMatchObject({ status: 'booked' });
});

test('an id that is remembered from the wish is never sent: nothing is, and the wish is free for the next to come', async () => {
  expect(await sent('renumbered')).toHaveLength(0);
  expect(await stands('renumbered')).toMatchObject({ status: 'claimed' });
  expect(answers.get('renumbered')).toBe('prebooking/not-yet');
  const { rows } = await app.cloud.pool.query('select claim_until <= now() as free from prebookings where id = $1', [
    wishOf('renumbered').id,
  ]);
  expect(rows).toEqual([{ free: true }]);
});

test('a look of half a minute for one member makes no other late', async () => {
  expect(await stands('slowmate', 0)).toMatchObject({ status: 'booked' });
  const [booking] = await sent('slowmate', 0);
  const memberId = memberOf(LANES, 'slowmate', 1);
  const [slowRenewal] = await app.gym.control.history({ op: 'tokenUpdate', memberId });
  expect(slowRenewal).toBeDefined();
  expect(booking?.bodyReadAtMs).toBeLessThan(slowRenewal?.answeredAtMs ?? Number.POSITIVE_INFINITY);
});

test('a member with unreadable cookies loses their own race only', async () => {
  expect(await stands('badjar', 0)).toMatchObject({ status: 'booked' });
  expect(await stands('badjar', 1)).toMatchObject({ status: 'refused', outcome: 'session-dead' });
  expect(await truth('badjar', 1)).toHaveLength(0);
});
