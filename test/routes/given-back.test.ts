// A place that puntual won and the member gave back is in no reminder. Friends do not see the place, and the calendar shows it as cancelled.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { syncCalendars } from '../../services/calendar/sync-calendars.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const STARTS_AT = '2026-03-02T17:00:00Z';
const EVENING = new Date('2026-03-01T17:00:00Z');

let app: TestApp;
let ana: Login;
let boxId: string;
let reservationId: string;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members; delete from rate_buckets');
  ana = await app.login('ana@example.test');
  boxId = ana.boxes[0]?.id ?? '';
  const booked = await app.ask('POST', '/api/booking', {
    bearer: ana.bearer,
    body: { boxId, day: MONDAY, classId: '501' },
  });
  reservationId = booked.json.reservationId;
  await won(reservationId);
});

async function won(reservation: string): Promise<void> {
  const id = randomUUID();
  await app.cloud.pool.query(
    `insert into prebookings (id, user_id, box_id, day, class_id, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, $4, '501', '1800_60', 'WOD', $5, $6, $5, $5)`,
    [id, ana.userId, boxId, MONDAY, clock.now(), STARTS_AT],
  );
  for (const status of ['scheduled', 'claimed', 'booked'])
    await app.cloud.pool.query(
      'update prebookings set status = $2, reservation_id = $3, settled_at = $4 where id = $1',
      [id, status, reservation, clock.now()],
    );
}

const giveBack = (more: object = {}) =>
  app.ask('DELETE', '/api/booking', { bearer: ana.bearer, body: { boxId, day: MONDAY, reservationId, ...more } });
async function reminders(): Promise<number> {
  clock.set(EVENING);
  return app.services.store.postReminders(clock.now());
}
async function seenByFriends(): Promise<string[]> {
  const bea = await app.login('bea@example.test');
  await app.cloud.pool.query('update members set visible_to_friends = true');
  const asked = { userId: bea.userId, boxId, day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD' };
  return (await app.services.store.readFriendsInClass(asked)).map(({ name }) => name);
}

test('one that stands is called to mind, and friends see it', async () => {
  expect(await seenByFriends()).toHaveLength(1);
  expect(await reminders()).toBe(1);
});

test('one that was given back here is not called to mind, and friends do not see it', async () => {
  expect((await giveBack()).json).toEqual({ outcome: 'cancelled' });
  expect(await seenByFriends()).toEqual([]);
  expect(await reminders()).toBe(0);
});

test('one that the gym did not take back is called to mind', async () => {
  await app.gym.control.setKnob({ kind: 'answer', op: 'cancelBook', body: { cancelState: 3 } });
  expect((await giveBack()).json).toMatchObject({ outcome: 'failed' });
  expect(await reminders()).toBe(1);
});

test('one whose cancellation was told by nobody is recorded when its member asks again', async () => {
  await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 503, skip: 1 });
  expect((await giveBack()).json.error?.code).toBe('gym/unreadable');
  await app.gym.control.clearKnobs();
  expect((await giveBack()).json).toEqual({ outcome: 'not-found' });
  expect(await reminders()).toBe(0);
});

test.each([
  { day: '20260303' },
  { familyId: '11' },
])('one that stands in another list than the one of %o', async (more) => {
  expect((await giveBack(more)).json).toEqual({ outcome: 'not-found' });
  expect(await reminders()).toBe(1);
});

test('one that the calendar knows as given back at the gym is not called to mind', async () => {
  await app.ask('POST', '/api/calendar', { bearer: ana.bearer });
  await app.gym.control.cancelByHand({ reservationId: Number(reservationId) });
  await syncCalendars(app.services, new Date(clock.now().getTime() + 60_000));
  expect(await reminders()).toBe(0);
});

test('a second place in the class, won after the first was given back, is called to mind', async () => {
  await giveBack();
  const again = await app.ask('POST', '/api/booking', {
    bearer: ana.bearer,
    body: { boxId, day: MONDAY, classId: '501' },
  });
  await won(again.json.reservationId);
  expect(await reminders()).toBe(1);
});

test('a second place in the class, won after the calendar knew the first as gone, is called to mind', async () => {
  await app.ask('POST', '/api/calendar', { bearer: ana.bearer });
  await app.gym.control.cancelByHand({ reservationId: Number(reservationId) });
  await syncCalendars(app.services, new Date(clock.now().getTime() + 60_000));
  clock.advance(1);
  const again = await app.ask('POST', '/api/booking', {
    bearer: ana.bearer,
    body: { boxId, day: MONDAY, classId: '501' },
  });
  await won(again.json.reservationId);
  expect(await reminders()).toBe(1);
});

test('one that was given back here is cancelled in the calendar before the gym is asked again', async () => {
  const { json } = await app.ask('POST', '/api/calendar', { bearer: ana.bearer });
  const statuses = async () => (await app.ask('GET', new URL(json.url).pathname)).text.match(/^STATUS:\w+/gm);
  expect(await statuses()).toEqual(['STATUS:CONFIRMED']);
  await giveBack();
  await app.services.store.refreshCalendars(clock.now());
  expect(await statuses()).toEqual(['STATUS:CANCELLED']);
});
