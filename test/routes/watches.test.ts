// Watches over HTTP: a member makes watches, which no other member can list or withdraw; a class that cannot be watched is refused with a reason.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { ask, type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
let bea: Login;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members; delete from rate_buckets; delete from watch_days');
  await app.cloud.pool.query(`update boxes set opening_rule = null, opening_rule_source = 'unknown'`);
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});

const norte = () => ana.boxes[0]?.id;
const watch = (more: object = {}, bearer = ana.bearer, headers: Record<string, string> = {}) =>
  app.ask('POST', '/api/watches', {
    bearer,
    headers,
    body: { boxId: norte(), day: MONDAY, timeId: '1800_60', className: 'WOD', then: 'book', ...more },
  });
const codeOf = async (answer: Promise<{ status: number; json: { error?: { code: string } } }>) => {
  const { status, json } = await answer;
  return [status, json.error?.code];
};

test('a watch is written down in the shape clients rely on, with how often is looked', async () => {
  const { status, json } = await watch();
  expect([status, json]).toEqual([
    201,
    {
      watch: {
        id: expect.any(String),
        boxId: norte(),
        day: MONDAY,
        classId: '501',
        timeId: '1800_60',
        className: 'WOD',
        then: 'book',
        notAfter: 90,
        status: 'watching',
        // Only Ana watches this day, so the day is read with her background session alone: eight times an hour.
        everyS: 450,
        endsAt: '2026-03-02T15:30:00.000Z',
        createdAt: SUNDAY_NOON.toISOString(),
      },
    },
  ]);
  const listed = await app.ask('GET', '/api/watches', { bearer: ana.bearer });
  expect(listed.json).toEqual({ watches: [json.watch] });
  expect((await app.ask('GET', '/api/watches', { bearer: bea.bearer })).json).toEqual({ watches: [] });
});

test('where no process ticks, the answer says how often the hosted sweep looks', async () => {
  const hosted = createApp(app.services, { ...app.context, site: { ...app.context.site, ticks: false } });
  const body = { boxId: norte(), day: MONDAY, timeId: '1900_60', className: 'WOD', then: 'tell' };
  for (let members = 0; members < 8; members += 1)
    await app.cloud.pool.query(
      `with m as (insert into members (id, platform_user_id, created_at, admission) values (gen_random_uuid(), gen_random_uuid(), now(), 'admitted') returning id),
       b as (insert into user_boxes (user_id, box_id, joined_at) select id, $1, now() from m),
       s as (insert into auth_sessions (user_id, session_type, fingerprint, chain, current_attempt, token_digest, last_token_update_date, last_seen_at, created_at)
         select id, 'background', 'f', gen_random_uuid(), gen_random_uuid(), 'd', now(), now(), now() from m)
       insert into watches (id, user_id, box_id, day, time_id, kind, not_after, starts_at, ends_at, created_at, updated_at)
         select gen_random_uuid(), id, $1, $2, '1900_60', 'tell', 90, $3, $3, $3, $3 from m`,
      [norte(), MONDAY, '2026-03-02T17:30:00Z'],
    );
  const here = await ask(hosted, 'POST', '/api/watches', { bearer: ana.bearer, body });
  expect([here.status, here.json.watch?.everyS]).toEqual([201, 300]);
});

test('the same key writes it down once', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const [first, second] = [await watch({}, ana.bearer, headers), await watch({}, ana.bearer, headers)];
  expect(second.json).toEqual(first.json);
  expect((await app.ask('GET', '/api/watches', { bearer: ana.bearer })).json.watches).toHaveLength(1);
});

test('a second watch of one class is a duplicate, however it is spelled and whatever it is for', async () => {
  await watch();
  expect(await codeOf(watch({ then: 'tell', className: ' wod ' }))).toEqual([409, 'watch/duplicate']);
  expect((await watch({ timeId: '1900_60', className: 'Open Box' })).status).toBe(201);
});

test('it is taken back once; another member’s is not there', async () => {
  const { id } = (await watch()).json.watch;
  const take = (bearer: string) => app.ask('DELETE', `/api/watches/${id}`, { bearer });
  expect(await codeOf(take(bea.bearer))).toEqual([404, 'watch/missing']);
  const taken = await take(ana.bearer);
  expect([taken.status, taken.json.watch.status]).toEqual([200, 'withdrawn']);
  clock.advance(1_000);
  expect(await codeOf(take(ana.bearer))).toEqual([404, 'watch/missing']);
  expect((await watch()).status).toBe(201);
});

test.each([
  ['a box of others', { boxId: randomUUID() }, 404, 'box/missing'],
  ['a class that is not there', { timeId: '0700_60' }, 404, 'prebooking/class-missing'],
  ['an unknown field', { waitlist: true }, 400, 'request/invalid'],
  ['notAfter beyond a day', { notAfter: 1441 }, 400, 'request/invalid'],
  ['a half minute', { notAfter: 1.5 }, 400, 'request/invalid'],
  ['a verb that is none', { then: 'wish' }, 400, 'request/invalid'],
  ['instead of nothing of mine', { instead: '999' }, 404, 'watch/instead-missing'],
  ['instead, only to be told', { then: 'tell', instead: '999' }, 400, 'request/invalid'],
])('%s is refused by name', async (_what, more, status, code) => {
  expect(await codeOf(watch(more))).toEqual([status, code]);
});

test('a class that begins too soon is over, unless less time is asked for', async () => {
  clock.set(new Date('2026-03-02T15:31:00Z'));
  ana = await app.login('ana@example.test');
  expect(await codeOf(watch())).toEqual([409, 'watch/over']);
  expect((await watch({ notAfter: 30 })).status).toBe(201);
});

test('a class in which a place is held already, and one that opens later, are not watched', async () => {
  const hand = await app.gym.control.bookByHand({ box: 'norte', day: MONDAY, id: 501, member: 1 });
  expect(hand.outcome).toBe('booked');
  expect(await codeOf(watch())).toEqual([409, 'watch/has-place']);
  await app.services.store.declareOpeningRule({
    boxId: norte() ?? '',
    rule: { kind: 'hours-before', hours: 2 },
    timeZone: 'Europe/Madrid',
    source: 'declared',
  });
  expect(await codeOf(watch({ timeId: '1900_60', className: 'Open Box' }))).toEqual([409, 'watch/not-open']);
});

test('a booking of that day may be named to be given back; the watch ends before either class', async () => {
  const hand = await app.gym.control.bookByHand({ box: 'norte', day: MONDAY, id: 501, member: 1 });
  const day = await app.ask('GET', `/api/booking?boxId=${norte()}&day=${MONDAY}`, { bearer: ana.bearer });
  const mine = day.json.classes.find((one: { mine: string | null }) => one.mine === 'booked');
  expect(hand.outcome).toBe('booked');
  const { status, json } = await watch({ timeId: '1900_60', className: 'WOD', instead: mine.reservationId });
  expect([status, json.watch.instead, json.watch.endsAt]).toEqual([
    201,
    mine.reservationId,
    '2026-03-02T15:30:00.000Z',
  ]);
});

test('a member takes no more than forty of them', async () => {
  await app.cloud.pool.query(
    `insert into watches (id, user_id, box_id, day, time_id, kind, not_after, starts_at, ends_at, created_at, updated_at)
     select gen_random_uuid(), $1, $2, $3, '10' || lpad(n::text, 2, '0') || '_60', 'tell', 90, $4, $4, $5, $5 from generate_series(1, 40) n`,
    [ana.userId, norte(), MONDAY, '2026-03-02T17:00:00Z', SUNDAY_NOON],
  );
  expect(await codeOf(watch())).toEqual([409, 'watch/too-many']);
});

test('export holds them; a member that leaves or is refused has none any more', async () => {
  await watch();
  const { json } = await app.ask('GET', '/api/me/export', { bearer: ana.bearer });
  expect(json.watches).toMatchObject([{ kind: 'book', time_id: '1800_60' }]);
  const statuses = async () => (await app.cloud.pool.query('select status from watches')).rows.map((row) => row.status);
  await app.services.store.judgeMember(ana.userId, 'refused', clock.now());
  expect(await statuses()).toEqual(['withdrawn']);
  expect((await app.ask('DELETE', '/api/me', { bearer: bea.bearer })).status).toBeLessThan(300);
});

test('an erased member leaves no watch and no read behind', async () => {
  await watch();
  await app.services.store.takeWatchTurns('t1', 10, clock.now());
  const count = async () =>
    (
      await app.cloud.pool.query(
        'select (select count(*) from watches)::int as w, (select count(*) from watch_reads)::int as r',
      )
    ).rows[0];
  expect(await count()).toEqual({ w: 1, r: 1 });
  expect((await app.ask('DELETE', '/api/me', { bearer: ana.bearer })).status).toBe(200);
  expect(await count()).toEqual({ w: 0, r: 0 });
});

test('a watch that is taken back leaves a row: 120 an hour and no more', async () => {
  const { store } = app.services;
  const write = (at: number) => {
    const now = new Date(SUNDAY_NOON.getTime() + at * 1_000);
    const one = { boxId: norte() ?? '', day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD' };
    const times = {
      notAfter: 90,
      startsAt: new Date('2026-03-02T17:00:00Z'),
      endsAt: new Date('2026-03-02T15:30:00Z'),
    };
    const more = { id: randomUUID(), userId: ana.userId, kind: at % 2 ? ('tell' as const) : ('book' as const) };
    return store.createWatch({ ...one, ...times, ...more, instead: undefined, now });
  };
  for (let at = 0; at < 120; at += 1) {
    const { id } = await write(at);
    await store.withdrawWatch(id, ana.userId, SUNDAY_NOON);
  }
  expect(await codeOf(watch())).toEqual([429, 'request/limited']);
  expect((await watch({}, bea.bearer)).status).toBe(201);
  await expect(write(3_600)).resolves.toMatchObject({ status: 'watching' });
});
