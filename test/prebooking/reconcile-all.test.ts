// A gym's list cannot be read for one box, in which many prebookings wait for their result. The service tries to read the gym's list for the box
// `down` only once in a pass of the sweep, and does not delay the prebookings of other boxes. The tests play row B11 of test/faults/race/race-rows.ts
// for many members; alarm.test.ts plays that row for one member.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { emailOf, memberOf, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES = [
  { name: 'down', members: 12 },
  { name: 'up', members: 12 },
] as const;
const soon = someDay();
let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
  for (const { name, members } of LANES)
    for (let at = 0; at < members; at += 1) await wishIn(app, name, soon, { member: at });
});
afterAll(() => app.stop());

/** Before each test all prebookings are set to `unknown`, with an opening two minutes ago. */
beforeEach(async () => {
  app.log.length = 0;
  await app.gym.control.clearKnobs();
  await app.gym.control.clearHistory();
  await app.cloud.pool.query(`
    alter table prebookings disable trigger guard_prebooking;
    update prebookings set status = 'unknown', opens_at = now() - interval '2 min', send_deadline = now() - interval '1 min',
      negative_reads = 0, last_negative_at = null, claim_epoch = 1;
    alter table prebookings enable trigger guard_prebooking`);
});
const reads = (box: string) => app.gym.control.history({ op: 'bookings', box });
const standing = async () => {
  const { rows } = await app.cloud.pool.query<{ box: string; status: string; n: number }>(
    `select b.subdomain as box, p.status, count(*)::int as n from prebookings p join boxes b on b.id = p.box_id group by 1, 2 order by 1, 2`,
  );
  return rows.map(({ box, status, n }) => `${box}: ${n} ${status}`);
};
/**
 * Runs the sweep `times` times, a minute apart. The minute of the clock decides with which of the twelve prebookings a sweep begins; in the minute at
 * which these tests start it begins with the first prebooking that the test made.
 */
const sweeps = async (clock: HandClock, times: number) => {
  for (let at = 0; at < times; at += 1) {
    await sweepPrebookings({ ...app.services, clock });
    clock.advance(MINUTE_MS);
  }
};
const aTwelfthMinute = () => handClock(new Date(Math.ceil(Date.now() / (12 * MINUTE_MS)) * 12 * MINUTE_MS));

test('a box with an unreadable list is asked for one member in a pass, and said so; the other box is settled meanwhile', async () => {
  await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 500, box: 'down', page: 'html' });
  const clock = aTwelfthMinute();
  await sweeps(clock, 1);
  const askedOnce = (await reads('down')).length;
  await app.gym.control.clearHistory();
  await sweeps(clock, 1);
  expect(await standing()).toEqual(['down: 12 unknown', 'up: 12 unconfirmed']);
  // The three requests to the gym are one read of its list with two repetitions: the list is not read once for each of the twelve prebookings.
  expect([askedOnce, (await reads('down')).length]).toEqual([3, 3]);
  expect(app.log.filter((line) => line.includes('a list cannot be read') && line.includes('"left":11'))).toHaveLength(
    2,
  );
});

test('the sweeps after it settle all of them', async () => {
  await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 500, box: 'down', page: 'html' });
  const clock = aTwelfthMinute();
  await sweeps(clock, 1);
  await app.gym.control.clearKnobs({ kind: 'status' });
  await sweeps(clock, 2);
  expect(await standing()).toEqual(['down: 12 unconfirmed', 'up: 12 unconfirmed']);
});

test('a list that fails for one member alone hides the others from some passes, not from all', async () => {
  const { rows } = await app.cloud.pool.query<{ email: string }>(
    `select m.email from prebookings p join members m on m.id = p.user_id join boxes b on b.id = p.box_id
     where b.subdomain = 'down' order by p.opens_at, p.id limit 1`,
  );
  const member = Array.from({ length: 12 }, (_, at) => at).find((at) => emailOf('down', at) === rows[0]?.email) ?? 0;
  await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 500, member: memberOf(LANES, 'down', member) });
  await sweeps(aTwelfthMinute(), 4);
  expect(await standing()).toEqual(['down: 11 unconfirmed', 'down: 1 unknown', 'up: 12 unconfirmed']);
});
