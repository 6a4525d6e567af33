// Twelve hundred prebookings for one opening, a process with a clock an hour ahead, and a prebooking made when the race for its class has already
// begun.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import { handClock } from '../support/hand-clock.ts';
import { type Batch, memberOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const MANY = 1_200;
const LANES: readonly Batch[] = [{ name: 'one-place', members: 2, slots: [{ limit: 1 }] }, { name: 'early' }];
const soon = someDay();
let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from members'));

test('F11: twelve hundred of one opening are claimed, armed and settled, each answered for', async () => {
  const { services, cloud } = app;
  await cloud.pool.query(`
    insert into boxes (aimharder_box_id, subdomain, name, created_at) values ('900', 'many', 'Many', now());
    insert into members (created_at) select now() from generate_series(1, ${MANY});
    insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
    select m.id, b.id, '20260302', '1800_60', now() + interval '30 s', now() + interval '2 days', now(), now()
    from members m, boxes b where b.subdomain = 'many';
    update prebookings set status = 'scheduled'`);
  const { id } = (await cloud.pool.query('select id from prebookings limit 1')).rows[0];
  const now = new Date();
  const terms = { owner: 'me', claimMs: 60_000 };
  const claim = await services.store.claimPrebookings({ id, ...terms, leadMs: 60_000, lateMs: 600_000, now });
  if (claim.state !== 'claimed') throw new Error('Expected to claim them.');
  const claims = claim.prebookings.map((one) => ({ id: one.id, epoch: one.claimEpoch }));
  expect(claims).toHaveLength(MANY);
  const sendDeadline = new Date(now.getTime() + 40_000);
  expect(await services.store.armPrebookings({ claims, ...terms, sendDeadline, now })).toHaveLength(MANY);
  const lines = claims.map((one) => ({ ...one, status: 'refused' as const, outcome: 'full' }));
  expect(await services.store.settlePrebookings(lines, now)).toHaveLength(MANY);
});

test('P11: a process with its clock set an hour ahead neither misses a prebooking nor claims it before its time', async () => {
  const wish = await wishIn(app, 'early', soon);
  await app.cloud.pool.query(
    `update prebookings set opens_at = now() + interval '5 minutes', starts_at = now() + interval '30 minutes'`,
  );
  const ahead = { ...app.services, clock: handClock(new Date(Date.now() + 60 * 60_000)) };
  expect(await sweepPrebookings(ahead)).toMatchObject({ missed: 0, executed: 0 });
  const terms = { owner: 'me', claimMs: 12_000, leadMs: 60_000, lateMs: 600_000 };
  const claim = await app.services.store.claimPrebookings({ id: wish.id, ...terms, now: ahead.clock.now() });
  expect(claim).toMatchObject({ state: 'too-soon', prebooking: { status: 'scheduled' } });
});

test('P17: a wish made when the race for its class has begun waits for the earlier one, which has the last place', async () => {
  const first = await wishIn(app, 'one-place', soon, { member: 0 });
  const opensAt = await openAll(app, [{ name: 'one-place', slots: [{ limit: 1 }] }], soon);
  // The gym takes 400 ms to answer the earlier prebooking's request, so that its answer to the later prebooking's request could come first.
  const member = memberOf(LANES, 'one-place', 0);
  await app.gym.control.setKnob({ kind: 'slow', op: 'book', beforeMs: 400, member });
  const racing = executePrebooking(app.services, { prebookingId: first.id });
  await expect.poll(async () => (await app.services.store.readPrebooking(first.id))?.status).toBe('claimed');
  const second = await wishIn(app, 'one-place', { ...soon, opensAt }, { member: 1 });
  const [one, two] = await Promise.all([racing, executePrebooking(app.services, { prebookingId: second.id })]);
  expect([one.status, two.status]).toEqual(['booked', 'refused']);
  expect((await app.services.store.readPrebooking(second.id))?.outcome).toBe('full');
});
