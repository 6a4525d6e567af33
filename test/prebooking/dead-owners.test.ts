// A process dies while it has claims, and the next process with the same data folder sees by the folder's lock that the first one is dead. A
// prebooking proven unsent is raced for in time; for a prebooking that may have been sent, the gym's list is read and nothing is sent again.
// The file also tests openings for which the queue woke no process.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import { beginLife, type Life, newOwner } from '../../services/owner.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { watchOpenings } from '../../worker/opening-watch.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [{ name: 'box', members: 1 }];
const soon = someDay();
let app: TestService;
let dead: Life;
let next: Life;
let wish: Prebooking;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.cloud.pool.query('delete from members');
  await app.gym.control.reset(raceTown(LANES, soon));
  dead = beginLife(`${randomUUID()}@here`);
  next = beginLife(dead.folder);
  wish = await wishIn(app, 'box', soon);
  await openAll(app, LANES, soon);
});

const read = () => app.services.store.readPrebooking(wish.id);
const places = async () =>
  (await app.gym.control.truth({ box: 'box' })).reservations.filter((one) => one.state !== 'cancelled');
const claim = (owner: string) => {
  const terms = { claimMs: 12_000, leadMs: 60_000, lateMs: 600_000, now: new Date() };
  return app.services.store.claimPrebookings({ id: wish.id, owner, ...terms });
};
async function claimAndArm(owner: string, firesInMs: number): Promise<void> {
  const claimed = await claim(owner);
  if (claimed.state !== 'claimed') throw new Error('Expected to claim it.');
  const [one] = claimed.prebookings;
  const now = new Date();
  await app.services.store.armPrebookings({
    claims: [{ id: wish.id, epoch: one?.claimEpoch ?? 0 }],
    owner,
    sendDeadline: new Date(now.getTime() + 20_000),
    firesAt: new Date(claimed.databaseNow.getTime() + firesInMs),
    claimMs: 12_000,
    now,
  });
}
const free = () => app.services.store.freeDeadOwners(next, new Date());

test('P7: what a dead process claimed is free at once, and raced for', async () => {
  await claim(newOwner(dead));
  expect(await claim(newOwner(next))).toMatchObject({ state: 'in-progress' });
  expect(await free()).toMatchObject({ claims: 1, unsent: 0, armed: 0 });
  const called = await executePrebooking({ ...app.services, life: next }, { prebookingId: wish.id });
  expect(called).toMatchObject({ status: 'booked' });
});

test('P7: what it had armed is free while it is proven unsent, a second before the instant and more', async () => {
  await claimAndArm(newOwner(dead), 30_000);
  expect(await free()).toMatchObject({ claims: 0, unsent: 1, armed: 0 });
  expect(await claim(newOwner(next))).toMatchObject({ state: 'claimed', prebookings: [{ id: wish.id }] });
});

test('P7: what it had armed and may have sent is looked for at once, and never sent again', async () => {
  await claimAndArm(newOwner(dead), 900);
  expect(await free()).toMatchObject({ claims: 0, unsent: 0, armed: 1 });
  expect(await claim(newOwner(next))).toMatchObject({ state: 'in-progress', prebooking: { status: 'armed' } });
  expect(await sweepPrebookings(app.services)).toMatchObject({ lost: 1, executed: 0 });
  expect(await read()).toMatchObject({ status: 'unknown' });
  expect(await app.gym.control.history({ op: 'book' })).toEqual([]);
});

test.each([
  ['a living process of the same folder', () => newOwner(next)],
  ['a process of another folder', () => newOwner(beginLife(`${randomUUID()}@here`))],
  ['a process that no lock speaks for', () => newOwner(undefined)],
])('what %s holds stays held', async (_who, owner) => {
  await claim(owner());
  expect(await free()).toMatchObject({ claims: 0, unsent: 0, armed: 0 });
  const heard = await executePrebooking(app.services, { prebookingId: wish.id }).catch(asFailure);
  expect(heard).toMatchObject({ code: 'prebooking/not-yet' });
});

test('P7: the leases of a dead process are free at once', async () => {
  const { pool } = app.cloud;
  await pool.query(`update auth_sessions set lease_owner = $1, lease_until = now() + interval '45 seconds'`, [
    newOwner(dead),
  ]);
  const held = (await pool.query('select count(*)::int as n from auth_sessions')).rows[0].n;
  expect(await free()).toMatchObject({ leases: held });
  expect((await pool.query('select 1 from auth_sessions where lease_until > clock_timestamp()')).rows).toEqual([]);
});

test('P12: an opening that the queue has lost is raced for in time, once, though the wake-up comes after all', async () => {
  const watch = watchOpenings(app.services, { stopping: new AbortController().signal });
  const late = executePrebooking(app.services, { prebookingId: wish.id }).catch(asFailure);
  await expect.poll(async () => (await read())?.status, { timeout: limitMs(20_000) }).toBe('booked');
  await late;
  await watch.stop();
  expect(await places()).toHaveLength(1);
});

test('P7 P12: killed before the opening and up again, the next process is in time', async () => {
  await claim(newOwner(dead));
  await free();
  const watch = watchOpenings({ ...app.services, life: next }, { stopping: new AbortController().signal });
  await expect.poll(async () => (await read())?.status, { timeout: limitMs(20_000) }).toBe('booked');
  await watch.stop();
  expect(await places()).toHaveLength(1);
});
