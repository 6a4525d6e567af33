// The people in a class: only the gym's staff get the names that the gym lists, friends see each other if both consent, and no name is stored.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
const eve = { id: 5, name: 'Eva Visible', email: 'eva@example.test', password: 'right', boxes: ['norte'] };
const members = (town.members ?? []).map((one) => (one.name === 'Bea' ? { ...one, role: 'coach' as const } : one));
const scenario = { ...town, members: [...members, eve] };
let app: TestApp;
let ana: Login;
let bea: Login;
let eva: Login;
beforeAll(async () => {
  app = await openApp(clock, scenario);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(scenario);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members; delete from rate_buckets');
  [ana, bea, eva] = [
    await app.login('ana@example.test'),
    await app.login('bea@example.test'),
    await app.login('eva@example.test'),
  ];
});

const norte = (of: Login) => of.boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
const who = (of: Login, classId = '501', boxId = norte(of)) =>
  app.ask('GET', `/api/booking/attendees?boxId=${boxId}&day=${MONDAY}&classId=${classId}`, { bearer: of.bearer });
const book = (of: Login, classId = '501') =>
  app.ask('POST', '/api/booking', { bearer: of.bearer, body: { boxId: norte(of), day: MONDAY, classId } });
const visible = (of: Login, visibleToFriends = true) =>
  app.ask('PUT', '/api/me', { bearer: of.bearer, body: { visibleToFriends } });
/** Writes a prebooking of this member that has ended in the state `status`; it is booked by default. */
async function won(of: Login, status = 'booked', more: { timeId?: string; className?: string; receipt?: object } = {}) {
  const { timeId = '1800_60', className = 'WOD', receipt } = more;
  const { rows } = await app.cloud.pool.query(
    `insert into prebookings (user_id, box_id, day, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, '2026-03-02T17:00:00Z', $6, $6) returning id`,
    [of.userId, norte(of), MONDAY, timeId, className, SUNDAY_NOON],
  );
  for (const next of ['scheduled', 'claimed', 'armed', status])
    await app.cloud.pool.query('update prebookings set status = $2, receipt = $3 where id = $1', [
      rows[0].id,
      next,
      receipt,
    ]);
}

describe('the gym’s names', () => {
  test('are shown to a coach, without those that have given their place back', async () => {
    const booked = await book(ana);
    await book(eva);
    const cancelled = { boxId: norte(eva), day: MONDAY, reservationId: (await book(eva)).json.reservationId };
    await app.ask('DELETE', '/api/booking', { bearer: eva.bearer, body: cancelled });
    expect(booked.json.outcome).toBe('booked');
    expect(await who(bea)).toMatchObject({
      status: 200,
      json: { attendees: [{ name: 'Ana', state: 'booked' }], friends: [] },
    });
    expect((await who(bea)).json).not.toHaveProperty('reason');
    expect((await who(bea, '502')).json.attendees).toEqual([]);
  });

  test('are not asked for by a client, and not shown', async () => {
    await book(eva);
    expect((await who(ana)).json).toEqual({ attendees: null, reason: 'coaches-only', friends: [] });
    const { calls } = await asked();
    expect(calls).toBe(0);
  });

  test('are not shown either to a former coach', async () => {
    await app.cloud.pool.query(`update user_boxes set role = 'coach' where user_id = $1`, [ana.userId]);
    expect((await who(ana)).json).toEqual({ attendees: null, reason: 'coaches-only', friends: [] });
    expect((await asked()).calls).toBe(1);
  });

  test('are kept nowhere: no row and no log line has one', async () => {
    await app.cloud.pool.query('update members set display_name = $2 where id = $1', [eva.userId, 'x']);
    await book(eva);
    app.log.length = 0;
    expect((await who(bea)).text).toContain('Eva Visible');
    expect(app.log.join('\n')).not.toContain('Eva Visible');
    const { rows } = await app.cloud.pool.query(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    );
    for (const { name } of rows) {
      const found = await app.cloud.pool.query(
        `select 1 from public.${name} t where to_jsonb(t)::text like '%Eva Visible%'`,
      );
      expect([name, found.rowCount]).toEqual([name, 0]);
    }
  });

  /** Returns how many times the service asked the gym for the list of names that only the gym's staff may read. */
  async function asked(): Promise<{ calls: number }> {
    const history = await app.gym.control.history();
    return { calls: history.filter((one) => JSON.stringify(one).includes('coachBookings')).length };
  }
});

describe('friends', () => {
  const friends = async (of: Login, classId?: string) => (await who(of, classId)).json.friends;

  test('see each other once both have said so, and no longer than that', async () => {
    await won(eva);
    expect(await friends(ana)).toEqual([]);
    await visible(eva);
    expect(await friends(ana)).toEqual([]);
    await visible(ana);
    expect(await friends(ana)).toEqual([{ name: 'Eva Visible', state: 'booked' }]);
    expect(await friends(eva)).toEqual([]);
    await visible(eva, false);
    expect(await friends(ana)).toEqual([]);
  });

  test('are in the very class: another hour, another class, or a wish that is not won counts for nothing', async () => {
    for (const one of [ana, eva, bea]) await visible(one);
    await won(eva, 'booked', { timeId: '1900_60' });
    await won(bea, 'refused');
    expect(await friends(ana)).toEqual([]);
    expect(await friends(ana, '502')).toEqual([{ name: 'Eva Visible', state: 'booked' }]);
    expect(await friends(ana, '503')).toEqual([]);
    await won(bea, 'waitlisted');
    expect(await friends(ana)).toEqual([{ name: 'Bea', state: 'waitlisted' }]);
  });

  test('are where the request went, not where the first wish was', async () => {
    for (const one of [ana, eva]) await visible(one);
    await won(eva, 'booked', { receipt: { shotAt: { classId: '503', timeId: '1900_60' } } });
    expect([await friends(ana), await friends(ana, '503')]).toEqual([[], [{ name: 'Eva Visible', state: 'booked' }]]);
  });

  test('of another box are none', async () => {
    for (const one of [ana, bea]) await visible(one);
    await won(bea);
    await app.cloud.pool.query('delete from user_boxes where user_id = $1', [bea.userId]);
    expect(await friends(ana)).toEqual([]);
  });
});

test('a class that is not of that day is missing, and so is a box of others', async () => {
  expect(await who(ana, '999')).toMatchObject({ status: 404, json: { error: { code: 'prebooking/class-missing' } } });
  const sur = bea.boxes.find(({ subdomain }) => subdomain === 'sur')?.id;
  expect(await who(ana, '801', sur)).toMatchObject({ status: 404, json: { error: { code: 'box/missing' } } });
});
