// When watched days are read: one read serves all watches of a day, and the reads of each box and with each background session are limited. When a
// box's limit of reads is reached, the pause between two reads of a day grows by the same factor for all watched days of the box.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY } from '../support/town.ts';
import { openWatchTown, type WatchTown } from './watch-town.ts';

let town: WatchTown;
beforeAll(async () => {
  town = await openWatchTown();
});
afterAll(() => town.stop());
beforeEach(async () => {
  await town.again();
  await town.fill();
});

const HOUR_MS = 60 * MINUTE_MS;
const query = async (text: string, values: unknown[] = []) => (await town.cloud.pool.query(text, values)).rows;
/** Writes into the database `count` members that the gym does not know, each with a background session and a watch of the class at 18:00. */
const crowd = (count: number, day = MONDAY) =>
  query(
    `with m as (insert into members (id, platform_user_id, created_at, admission)
       select gen_random_uuid(), gen_random_uuid()::text, $3, 'admitted' from generate_series(1, $4) returning id),
     b as (insert into user_boxes (user_id, box_id, joined_at) select id, $1, $3 from m),
     s as (insert into auth_sessions (user_id, session_type, fingerprint, chain, current_attempt, token_digest, last_token_update_date, last_seen_at, created_at)
       select id, 'background', 'f', gen_random_uuid(), gen_random_uuid(), 'd', $3, $3, $3 from m)
     insert into watches (id, user_id, box_id, day, time_id, kind, not_after, starts_at, ends_at, created_at, updated_at)
       select gen_random_uuid(), id, $1, $2, '1800_60', 'tell', 90, $5, $5, $3, $3 from m`,
    [town.boxId, day, town.clock.now(), count, new Date('2026-03-02T15:30:00Z')],
  );
const turns = async (name: string) => (await town.services.store.takeWatchTurns(name, 100, town.clock.now())).turns;
/** Gives how many reads each member's login makes within an hour in which the service begins every read as soon as it is due. */
const readsOfAnHour = async () => {
  for (let second = 0; second < 3_600; second += 1) {
    const { nextInMs = 1_000 } = await town.services.store.takeWatchTurns(
      `s${second}-${Math.random()}`,
      100,
      town.clock.now(),
    );
    const aheadS = Math.max(1, Math.floor(nextInMs / 1_000));
    town.clock.advance(aheadS * 1_000);
    second += aheadS - 1;
  }
  return query('select user_id, count(*)::int as n from watch_reads group by 1 order by 2 desc');
};
const wholeOf = (rows: { n: number }[]) => rows.reduce((sum, { n }) => sum + n, 0);

test('a day that many watch is one turn, taken by one call, and answered again to the same one', async () => {
  for (const member of [1, 2, 3]) await town.watch(member);
  const [one, two] = await Promise.all([turns('one'), turns('two')]);
  expect([one.length + two.length, (one[0] ?? two[0])?.watches.length]).toEqual([1, 3]);
  const name = one.length === 1 ? 'one' : 'two';
  expect((await turns(name))[0]?.reader).toBe((one[0] ?? two[0])?.reader);
  expect((await query('select count(*)::int as n from watch_reads'))[0]).toEqual({ n: 1 });
});

describe('the pause', () => {
  const everyS = async () => {
    const [{ ms }] = await query('select watch_interval_ms($1, $2, $3) as ms', [town.boxId, MONDAY, town.clock.now()]);
    return ms / 1_000;
  };

  test.each([
    [1, 450],
    [2, 225],
    [7, 64.3],
    [8, 60],
    [30, 60],
  ])('with %i who watch is %i s', async (members, seconds) => {
    await crowd(members);
    expect(await everyS()).toBeCloseTo(seconds, 1);
  });

  test('in the last three hours is twenty seconds, where there are logins enough', async () => {
    await crowd(30);
    town.clock.set(new Date('2026-03-02T12:30:00.000Z'));
    expect(await everyS()).toBe(20);
    town.clock.set(new Date('2026-03-02T12:29:59.999Z'));
    expect(await everyS()).toBe(60);
  });

  test('grows by the same factor for all days of a box that has more of them than it bears', async () => {
    await crowd(10);
    await crowd(10, '20260303');
    await crowd(10, '20260304');
    // The 30 members' logins would allow 240 reads an hour, but puntual reads the days of one box 180 times an hour at most. Each of the three
    // watched days gets 60 of these reads, one a minute.
    expect(await everyS()).toBe(60);
    await crowd(10, '20260305');
    expect(await everyS()).toBe(80);
  });
});

describe('an hour', () => {
  test('of one watcher is eight reads', async () => {
    await crowd(1);
    expect(wholeOf(await readsOfAnHour())).toBe(8);
  });

  test('of many is a read a minute, and eight of each login at most', async () => {
    await crowd(9);
    const rows = await readsOfAnHour();
    expect(wholeOf(rows)).toBe(60);
    expect(rows[0].n).toBeLessThanOrEqual(8);
  });
});

test('a 429 halves what the box bears, each time, and an hour of quiet doubles it again', async () => {
  await town.watch(1);
  const budget = async () => (await query('select watch_budget($1, $2) as n', [town.boxId, town.clock.now()]))[0].n;
  expect(await budget()).toBe(180);
  await town.gym.control.setKnob({ kind: 'rate-limit', op: 'bookings', by: 'gym', max: 0, retryAfter: 30 });
  await town.look();
  expect(await budget()).toBe(90);
  // The service does not read a watched day before the pause that the gym asked for is over, not even for another member's watch.
  await town.watch(2);
  await town.advance(29_000);
  await town.gym.control.clearHistory();
  await town.look();
  expect(await town.gym.control.history({ op: 'bookings' })).toEqual([]);
  await town.advance(15 * MINUTE_MS);
  await town.look();
  expect(await budget()).toBe(45);
  town.clock.advance(HOUR_MS);
  expect(await budget()).toBe(90);
  town.clock.advance(5 * HOUR_MS);
  expect(await budget()).toBe(180);
});

test('a read that fails is charged for all its tries', async () => {
  await town.watch(1);
  await town.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 500 });
  await town.look();
  const asked = (await town.gym.control.history({ op: 'bookings' })).length;
  expect([asked, (await query('select count(*)::int as n from watch_reads'))[0].n]).toEqual([3, 3]);
});

test('a login that cannot be used rests, and another reads at once', async () => {
  await town.watch(1);
  await town.watch(2);
  const first = await turns('first');
  const reader = first[0]?.reader ?? '';
  const now = town.clock.now();
  await town.services.store.restWatchReader({
    boxId: town.boxId,
    day: MONDAY,
    userId: reader,
    until: new Date(now.getTime() + MINUTE_MS),
    now,
  });
  const [second] = await turns('second');
  expect(second?.reader).toBeTruthy();
  expect(second?.reader).not.toBe(reader);
});

test('a member without service reads nothing and is read for by no other', async () => {
  await town.watch(1);
  await town.services.store.judgeMember(town.ids.get(1) ?? '', 'refused', town.clock.now());
  expect(await turns('refused')).toEqual([]);
  await town.watch(2);
  await query(`update members set admission = 'waiting' where id = $1`, [town.ids.get(2)]);
  expect(await turns('waiting')).toEqual([]);
  expect(await query('select status from watches order by created_at')).toEqual([
    { status: 'withdrawn' },
    { status: 'withdrawn' },
  ]);
});

test('a day that is watched no longer is read no longer', async () => {
  const { id } = await town.watch(1);
  await town.look();
  await town.services.store.withdrawWatch(id, town.ids.get(1) ?? '', town.clock.now());
  await town.gym.control.clearHistory();
  await town.advance(HOUR_MS);
  await town.look();
  expect([await town.gym.control.history({ op: 'bookings' }), await query('select 1 from watch_days')]).toEqual([
    [],
    [],
  ]);
});
