// Classes by hand, over HTTP: the shapes clients rely on, and that nothing of one member is another's to touch.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

let it: TestApp;
let ana: Login;
let norte: string;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  it = await openApp(clock);
});
afterAll(() => it.stop());
beforeEach(async () => {
  await it.gym.control.reset(town);
  await it.gym.control.freeze(SUNDAY_NOON.getTime());
  await it.cloud.pool.query('delete from rate_buckets');
  ana = await it.login('ana@example.test');
  norte = ana.boxes[0]?.id ?? '';
});

const list = (bearer = ana.bearer, boxId = norte) =>
  it.ask('GET', `/api/booking?day=${MONDAY}&boxId=${boxId}`, { bearer });
const book = (more: object = {}, bearer = ana.bearer) =>
  it.ask('POST', '/api/booking', { bearer, body: { boxId: norte, day: MONDAY, classId: '501', ...more } });
const cancel = (reservationId: string, bearer = ana.bearer) =>
  it.ask('DELETE', '/api/booking', { bearer, body: { boxId: norte, day: MONDAY, reservationId } });
const places = async () => (await it.gym.control.truth()).reservations.filter((one) => one.state === 'booked');

describe('the classes of a day', () => {
  test('are listed in the shape clients rely on, null where nothing is known', async () => {
    const { status, json } = await list();
    expect(status).toBe(200);
    expect(json.classes[0]).toEqual({
      id: '501',
      time: '18:00 - 19:00',
      timeId: '1800_60',
      name: 'WOD',
      coach: 'Leo',
      limit: 12,
      occupied: 0,
      waitlist: expect.any(Number),
      mine: null,
      reservationId: null,
      opensAt: null,
    });
  });

  test('of a box one does not belong to are not', async () => {
    const bea = await it.login('bea@example.test');
    const sur = bea.boxes.find((one) => one.subdomain === 'sur')?.id ?? '';
    expect(await list(ana.bearer, sur)).toMatchObject({ status: 404, json: { error: { code: 'box/missing' } } });
  });

  test('of a day that does not exist are refused', async () => {
    for (const day of ['20260230', '2026-03-02', '', '20261301']) {
      const { status } = await it.ask('GET', `/api/booking?day=${day}&boxId=${norte}`, { bearer: ana.bearer });
      expect([day, status]).toEqual([day, 400]);
    }
  });

  test('are not shown through a session without a device', async () => {
    const { token } = await it.services.access.sign(
      { userId: ana.userId, sessionId: '00000000-0000-4000-8000-000000000000' },
      clock.now(),
    );
    expect((await list(token.reveal())).json.error.code).toBe('auth/session-revoked');
  });
});

describe('a device that the gym has forgotten', () => {
  const forget = () => it.gym.control.setKnob({ kind: 'logout', op: 'bookings' });
  const status = async () =>
    (await it.cloud.pool.query('select status from auth_sessions where fingerprint = $1', [ana.fingerprint])).rows[0]
      .status;

  test('is told to come again, not to log in again, while the gym cannot renew it', async () => {
    await forget();
    await it.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 403, page: 'html' });
    const answer = await list();
    expect([answer.status, answer.json.error.code]).toEqual([503, 'gym/blocked']);
    expect(await status()).not.toBe('needs-login');
    await it.gym.control.clearKnobs();
    expect((await list()).status).toBe(200);
  });

  test('is told so too when the gym renews it and still does not know it', async () => {
    await forget();
    const answer = await list();
    expect([answer.status, answer.json.error.code]).toEqual([503, 'session/uncertain']);
    await it.gym.control.clearKnobs();
    expect((await list()).status).toBe(200);
  });

  test('logs in again when it is known that nothing else helps', async () => {
    await it.cloud.pool.query(`update auth_sessions set status = 'needs-login' where fingerprint = $1`, [
      ana.fingerprint,
    ]);
    expect((await list()).json.error.code).toBe('session/needs-login');
  });
});

describe('a place', () => {
  test('is taken, seen in the list, and given back', async () => {
    const booked = await book();
    expect(booked.json).toEqual({ outcome: 'booked', reservationId: expect.any(String) });
    const [mine] = (await list()).json.classes;
    expect(mine).toMatchObject({ mine: 'booked', reservationId: booked.json.reservationId, occupied: 1 });
    expect((await cancel(booked.json.reservationId)).json).toEqual({ outcome: 'cancelled' });
    expect(await places()).toEqual([]);
  });

  test('is not taken twice', async () => {
    await book();
    expect((await book()).json).toMatchObject({ outcome: 'already-booked' });
    expect(await places()).toHaveLength(1);
  });

  test('given back to a gym that cannot be asked afterwards is not said to be unsent', async () => {
    const { reservationId } = (await book()).json;
    await it.gym.control.setKnob({ kind: 'geo-block', op: 'bookings', skip: 1 });
    const answer = await cancel(reservationId);
    expect([answer.status, answer.json.error.code]).toEqual([502, 'gym/unreadable']);
    expect(await places()).toEqual([]);
  });

  test('of somebody else is not given back', async () => {
    const { json } = await book();
    const bea = await it.login('bea@example.test');
    expect((await cancel(json.reservationId, bea.bearer)).json).toEqual({ outcome: 'not-found' });
    expect(await places()).toHaveLength(1);
  });

  test('that does not exist is not asked for', async () => {
    expect(await book({ classId: '999' })).toMatchObject({
      status: 404,
      json: { error: { code: 'prebooking/class-missing' } },
    });
  });

  test('is not booked by a request with a field nobody knows', async () => {
    expect((await book({ insist: 1 })).status).toBe(400);
    expect(await it.gym.control.history({ op: 'book' })).toEqual([]);
  });
});
