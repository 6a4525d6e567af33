// A Free plan's period lasts a whole month, whichever day it began on and however late it is read. The bookings left in a member's plan are set back
// to the plan's full number once a month.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';

let cloud: Cloud;
const sql = async (text: string, ...values: unknown[]) => (await cloud.pool.query(text, values)).rows;
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
});
afterAll(() => cloud.stop());
/**
 * Makes members that joined on the first, middle and last days of each month of two years (one a leap year), with three bookings left in their plans.
 */
beforeEach(async () => {
  await sql('delete from members');
  await sql(`with them as (
      insert into members (id, created_at) select gen_random_uuid(), day + interval '11:59:59' from generate_series(
        timestamptz '2024-01-01 12:00:00Z', timestamptz '2025-12-31 12:00:00Z', interval '1 day') day
        where extract(day from day) in (1, 2, 15, 27, 28, 29, 30, 31) returning *)
    insert into subscriptions (user_id, tokens, period_started_at) select id, 3, created_at from them`);
});

/**
 * Reads each member's plan as it stands `after` (an interval) past the member's joining; returns the members with a wrong period or a wrong number of
 * bookings left.
 */
const lookAll = (after: string) =>
  sql(
    `select m.created_at as began, (o).period_started_at as opened, (o).tokens
     from members m, lateral open_period(m.id, m.created_at + $1::interval) o
     where not ((o).period_started_at <= m.created_at + $1::interval and m.created_at + $1::interval < (o).period_started_at + interval '1 month')
       or ((o).tokens = 30) <> (m.created_at + $1::interval >= m.created_at + interval '1 month')`,
    after,
  );

test.each([
  ...['0', '27 days', '28 days', '29 days', '30 days', '31 days', '32 days', '1 month', '1 month -1 second'],
  ...['59 days', '61 days', '89 days 13:00', '6 months', '364 days', '365 days', '366 days', '1 year', '40 months'],
])('%s after it began tokens have come back if a month is over, and do not come back with the next look', async (after) => {
  expect(await lookAll(after)).toEqual([]);
  await sql('update subscriptions set tokens = 29');
  expect(
    await sql(
      `select m.created_at from members m, lateral open_period(m.id, m.created_at + $1::interval) o where (o).tokens <> 29`,
      after,
    ),
  ).toEqual([]);
});

test('a member that looks every day and one that looks once are in the same period', async () => {
  for (let day = 1; day <= 100; day++)
    await sql(`select open_period(m.id, m.created_at + $1 * interval '1 day') from members m`, day);
  const daily = await sql('select user_id as id, period_started_at as at from subscriptions order by user_id');
  await sql('update subscriptions s set period_started_at = m.created_at from members m where m.id = s.user_id');
  await sql(`select open_period(m.id, m.created_at + interval '100 days') from members m`);
  expect(await sql('select user_id as id, period_started_at as at from subscriptions order by user_id')).toEqual(daily);
  expect(daily.length).toBeGreaterThan(150);
});

test('a period since ever ends', async () => {
  await sql(`update subscriptions set period_started_at = '-infinity'`);
  expect(await lookAll('1 month')).toEqual([]);
});
