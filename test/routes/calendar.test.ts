// The calendar of a member, which calendar programs read at a private address; the test reads it with another library than the one that writes it.
// Calendar entries keep their UID through every change, count their changes in SEQUENCE, and are never removed because of a dead session.
import ICAL from 'ical.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { purgeDeviceSessions } from '../../jobs/purge-device-sessions.ts';
import { icsOf } from '../../services/calendar/ics.ts';
import { syncCalendars } from '../../services/calendar/sync-calendars.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members');
  ana = await app.login('ana@example.test');
});

const make = async () => new URL((await app.ask('POST', '/api/calendar', { bearer: ana.bearer })).json.url).pathname;
const sync = () => syncCalendars(app.services, new Date(clock.now().getTime() + 60_000));
async function read(path: string) {
  const answer = await app.ask('GET', path);
  const root = new ICAL.Component(ICAL.parse(answer.text));
  for (const zone of root.getAllSubcomponents('vtimezone'))
    ICAL.TimezoneService.register(new ICAL.Timezone(zone), String(zone.getFirstPropertyValue('tzid')));
  const events = root.getAllSubcomponents('vevent').map((part) => new ICAL.Event(part));
  return {
    answer,
    note: root.getFirstPropertyValue('x-wr-caldesc'),
    events: events.map((event) => ({
      uid: event.uid,
      sequence: event.sequence,
      summary: event.summary,
      startsAt: event.startDate.toJSDate().toISOString(),
      status: String(event.component.getFirstPropertyValue('status')),
      zone: event.startDate.zone?.tzid,
      text: event.description,
    })),
  };
}
async function wish(): Promise<string> {
  const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const body = { boxId: ana.boxes[0]?.id, day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt };
  return (await app.ask('POST', '/api/prebookings', { bearer: ana.bearer, body })).json.prebooking.id;
}
/** Books the prebooking's class at the gym, and settles the prebooking as booked. */
async function win(id: string): Promise<void> {
  const boxId = ana.boxes[0]?.id;
  await app.ask('POST', '/api/booking', { bearer: ana.bearer, body: { boxId, day: MONDAY, classId: '501' } });
  for (const status of ['claimed', 'booked']) {
    await app.cloud.pool.query(`update prebookings set status = 'scheduled' where id = $1 and status = 'scheduling'`, [
      id,
    ]);
    await app.cloud.pool.query('update prebookings set status = $2 where id = $1', [id, status]);
  }
}

test('a wish, its place and its end are one entry with a sequence that counts, in the box’s zone', async () => {
  const path = await make();
  const id = await wish();
  await sync();
  const before = (await read(path)).events;
  expect(before).toEqual([
    {
      uid: expect.stringMatching(/^[0-9a-f]{32}@puntual$/),
      sequence: 0,
      summary: 'WOD',
      startsAt: '2026-03-02T17:00:00.000Z',
      status: 'TENTATIVE',
      zone: 'Europe/Madrid',
      text: expect.stringContaining('Aún sin reservar'),
    },
  ]);
  await win(id);
  await sync();
  await sync();
  const [won] = (await read(path)).events;
  expect(won).toMatchObject({ uid: before[0]?.uid, status: 'CONFIRMED', sequence: 1 });
  const { reservations } = await app.gym.control.truth({ member: 'ana@example.test' });
  const body = { boxId: ana.boxes[0]?.id, day: MONDAY, reservationId: String(reservations[0]?.id), acceptLate: true };
  expect((await app.ask('DELETE', '/api/booking', { bearer: ana.bearer, body })).json).toMatchObject({
    outcome: 'cancelled',
  });
  clock.advance(31 * 60_000);
  await sync();
  expect((await read(path)).events).toMatchObject([{ uid: before[0]?.uid, status: 'CANCELLED', sequence: 2 }]);
});

test.each([
  ['makes longer', { time: '18:00 - 19:15' }],
  ['renames by a word', { className: 'WOD Murph' }],
  ['renames by a coach', { className: 'Wod - Leo' }],
])('a place in a class that the gym %s stays one confirmed entry', async (_, change) => {
  const path = await make();
  await win(await wish());
  await sync();
  const { events } = await read(path);
  expect(events).toMatchObject([{ status: 'CONFIRMED' }]);
  await app.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change });
  clock.advance(31 * 60_000);
  await sync();
  expect((await read(path)).events).toEqual(events);
});

test('a class of another discipline at the hour of a place is another entry', async () => {
  const path = await make();
  await win(await wish());
  await app.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change: { className: 'Yoga' } });
  await sync();
  const { events } = await read(path);
  expect(events.map(({ summary, status }) => [summary, status]).sort()).toEqual([
    ['WOD', 'CANCELLED'],
    ['Yoga', 'CONFIRMED'],
  ]);
});

test('two places in equal classes of one hour are one entry, and the gym counts as asked', async () => {
  const path = await make();
  await win(await wish());
  const twin = { box: 'norte', day: MONDAY, id: 601, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 9 };
  await app.gym.control.addSlot(twin);
  await app.gym.control.setKnob({ kind: 'same-hour', on: false });
  await app.gym.control.bookByHand({ member: 'ana@example.test', box: 'norte', day: MONDAY, id: 601 });
  await sync();
  const { events, note } = await read(path);
  expect(events).toMatchObject([{ status: 'CONFIRMED' }]);
  expect(note ?? '').not.toContain('No se pudo preguntar al gimnasio');
});

test('has an ETag that stands while nothing changes, and answers 304 to it', async () => {
  const path = await make();
  const id = await wish();
  await sync();
  const { answer } = await read(path);
  const etag = answer.headers.get('etag') ?? '';
  clock.advance(5 * 60_000);
  await sync();
  const again = await app.ask('GET', path, { headers: { 'If-None-Match': etag } });
  expect([again.status, again.text]).toEqual([304, '']);
  await app.ask('DELETE', `/api/prebookings/${id}`, { bearer: ana.bearer });
  await sync();
  const changed = await app.ask('GET', path, { headers: { 'If-None-Match': etag } });
  expect([changed.status, changed.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
});

test.each([
  'dead at the gym',
  'needs-login here',
])('a session that is %s empties nothing, and the calendar says so', async (how) => {
  const path = await make();
  await win(await wish());
  await sync();
  const { events } = await read(path);
  expect(events).toMatchObject([{ status: 'CONFIRMED' }]);
  clock.advance(31 * 60_000);
  if (how === 'dead at the gym') await app.gym.control.reset({ ...town, seed: 8 });
  else await app.cloud.pool.query(`delete from auth_sessions where session_type = 'background'`);
  await sync();
  const after = await read(path);
  expect(after.events).toEqual(events);
  expect(after.note).toContain('No se pudo preguntar al gimnasio');
});

test('its address is replaced by the next, taken away by a DELETE, kept hashed, and stands in no log', async () => {
  const [first, second] = [await make(), await make()];
  expect([(await app.ask('GET', first)).status, (await app.ask('GET', second)).status]).toEqual([404, 200]);
  const { rows } = await app.cloud.pool.query('select secret_hash from calendars');
  expect(second).not.toContain(rows[0].secret_hash);
  const secret = second.split('/').at(-1)?.replace('.ics', '') ?? '';
  expect(app.log.join('\n')).not.toContain(secret);
  expect((await app.ask('DELETE', '/api/calendar', { bearer: ana.bearer })).json).toEqual({ removed: 1 });
  expect((await app.ask('GET', second)).status).toBe(404);
});

test('a zone’s change inside the calendar is written down, whatever zone this process is in', () => {
  const entry = (uid: string, startsAt: string) => ({
    uid,
    className: 'WOD',
    timeId: '1800_60',
    state: 'confirmed' as const,
    readiness: undefined,
    startsAt: new Date(startsAt),
    endsAt: new Date(Date.parse(startsAt) + 3_600_000),
    sequence: 0,
    changedAt: SUNDAY_NOON,
    boxName: 'Box Norte',
    zone: 'Europe/Madrid',
  });
  const { body } = icsOf(
    { entries: [entry('a', '2026-03-27T17:00:00Z'), entry('b', '2026-03-30T16:00:00Z')], staleSince: undefined },
    'en',
  );
  const root = new ICAL.Component(ICAL.parse(body));
  const zone = new ICAL.Timezone(root.getAllSubcomponents('vtimezone')[0] as InstanceType<typeof ICAL.Component>);
  ICAL.TimezoneService.remove('Europe/Madrid');
  ICAL.TimezoneService.register(zone, 'Europe/Madrid');
  const starts = root.getAllSubcomponents('vevent').map((part) => new ICAL.Event(part).startDate);
  expect(starts.map((at) => [at.toString(), at.toJSDate().toISOString()])).toEqual([
    ['2026-03-27T18:00:00', '2026-03-27T17:00:00.000Z'],
    ['2026-03-30T18:00:00', '2026-03-30T16:00:00.000Z'],
  ]);
});

test('a new address brings the calendar of its own member up to date and touches no other', async () => {
  const bea = await app.login('bea@example.test');
  await app.ask('POST', '/api/calendar', { bearer: bea.bearer });
  const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const boxId = bea.boxes.find(({ subdomain }) => subdomain === 'norte')?.id;
  const body = { boxId, day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt };
  expect((await app.ask('POST', '/api/prebookings', { bearer: bea.bearer, body })).status).toBe(201);
  await wish();
  await make();
  const { rows } = await app.cloud.pool.query('select user_id from calendar_entries');
  expect(rows).toEqual([{ user_id: ana.userId }]);
});

test('an entry leaves when no calendar shows it any more; those that are shown stay', async () => {
  await make();
  const { pool } = app.cloud;
  const hours = { shown: 29 * 24, edge: 30 * 24 + 12, gone: 31 * 24 + 1, old: 400 * 24, ahead: -59 * 24 };
  for (const [uid, ago] of Object.entries(hours)) {
    const at = new Date(SUNDAY_NOON.getTime() - ago * 3_600_000);
    await pool.query(
      `insert into calendar_entries (user_id, uid, box_id, day, time_id, class_name, gym_state, starts_at, ends_at, changed_at)
       values ($1, $2, $3, '20260101', '1800_60', 'WOD', 'confirmed', $4::timestamptz, $4::timestamptz + interval '1 hour', $4)`,
      [ana.userId, uid, ana.boxes[0]?.id, at],
    );
  }
  await purgeDeviceSessions(app.services);
  await sync();
  const { rows } = await pool.query('select uid from calendar_entries order by uid');
  expect(rows.map(({ uid }) => uid)).toEqual(['ahead', 'edge', 'shown']);
});
