// A member's child: the child's places are listed, taken and given back separately, and the member's own list says nothing about them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syncCalendars } from '../../services/calendar/sync-calendars.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const CHILD = 11;
const scenario = {
  ...town,
  members: (town.members ?? []).map((one) => (one.id === 1 ? { ...one, family: [{ id: CHILD, name: 'Nico' }] } : one)),
};
let app: TestApp;
let ana: Login;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  app = await openApp(clock, scenario);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  ana = await app.login('ana@example.test');
});
afterAll(() => app.stop());

const ask = (method: string, body: object) =>
  app.ask(method, '/api/booking', { bearer: ana.bearer, body: { boxId: ana.boxes[0]?.id, day: MONDAY, ...body } });
const mine = async (familyId = '') => {
  const path = `/api/booking?day=${MONDAY}&boxId=${ana.boxes[0]?.id}${familyId && `&familyId=${familyId}`}`;
  const { json } = await app.ask('GET', path, { bearer: ana.bearer });
  return json.classes.filter((one: { mine: string | null }) => one.mine !== null);
};

test('a child’s place is the child’s: booked, listed and given back under its own id', async () => {
  const booked = await ask('POST', { classId: '501', familyId: `${CHILD}` });
  expect(booked.json).toEqual({ outcome: 'booked', reservationId: expect.any(String) });
  expect(await mine()).toEqual([]);
  expect(await mine(`${CHILD}`)).toMatchObject([{ id: '501', reservationId: booked.json.reservationId }]);
  const { reservationId } = booked.json;
  expect((await ask('DELETE', { reservationId })).json).toEqual({ outcome: 'not-found' });
  expect((await ask('DELETE', { reservationId, familyId: `${CHILD}` })).json).toEqual({ outcome: 'cancelled' });
  expect(await mine(`${CHILD}`)).toEqual([]);
});

test('for another member’s child nothing is booked', async () => {
  const answer = await ask('POST', { classId: '501', familyId: '99' });
  expect(answer.json.outcome ?? answer.json.error.code).not.toBe('booked');
  const { reservations } = await app.gym.control.truth();
  expect(reservations.filter((one) => one.state === 'booked')).toEqual([]);
});

describe('a place that puntual won for a child', () => {
  let calendar: string;
  let reservationId: string;
  const statuses = async () => (await app.ask('GET', calendar)).text.match(/^STATUS:\w+/gm);
  const sync = () => syncCalendars(app.services, new Date(clock.now().getTime() + 60_000));
  beforeAll(async () => {
    await app.gym.control.reset(scenario);
    await app.gym.control.freeze(SUNDAY_NOON.getTime());
    await app.cloud.pool.query('delete from rate_buckets');
    ana = await app.login('ana@example.test');
    calendar = new URL((await app.ask('POST', '/api/calendar', { bearer: ana.bearer })).json.url).pathname;
    const opensAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const wish = { boxId: ana.boxes[0]?.id, day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt };
    const made = await app.ask('POST', '/api/prebookings', {
      bearer: ana.bearer,
      body: { ...wish, familyId: `${CHILD}` },
    });
    const slot = { member: 'ana@example.test', box: 'norte', day: MONDAY, id: 501 };
    reservationId = String((await app.gym.control.bookByHand({ ...slot, familyId: CHILD })).reservationId);
    for (const status of ['scheduled', 'claimed', 'booked'])
      await app.cloud.pool.query('update prebookings set status = $2, reservation_id = $3 where id = $1', [
        made.json.prebooking.id,
        status,
        status === 'booked' ? reservationId : null,
      ]);
  });

  test('is booked in the agenda, and not given back', async () => {
    const { json } = await app.ask('GET', `/api/agenda?from=${MONDAY}&to=${MONDAY}`, { bearer: ana.bearer });
    expect([json.stale, json.items]).toMatchObject([false, [{ kind: 'booking', state: 'booked', reservationId }]]);
  });

  test('is confirmed in the calendar, after the gym was asked for the member’s own places', async () => {
    expect(await sync()).toBe(1);
    expect(await statuses()).toEqual(['STATUS:CONFIRMED']);
  });

  test('is an entry of its own beside the member’s place in the same class', async () => {
    await app.gym.control.bookByHand({ member: 'ana@example.test', box: 'norte', day: MONDAY, id: 501 });
    clock.advance(24 * 3_600_000 - 20 * 3_600_000);
    await sync();
    expect(await statuses()).toEqual(['STATUS:CONFIRMED', 'STATUS:CONFIRMED']);
  });

  test('is given back by a request that names no child, as the agenda names none', async () => {
    ana = await app.login('ana@example.test');
    expect((await ask('DELETE', { reservationId })).json).toEqual({ outcome: 'cancelled' });
    expect(await mine(`${CHILD}`)).toEqual([]);
    expect(await mine()).toHaveLength(1);
    expect((await ask('DELETE', { reservationId })).json).toEqual({ outcome: 'not-found' });
  });
});
