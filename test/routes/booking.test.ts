// Booking by hand over HTTP: the shapes that clients rely on, and that no member can change what belongs to another.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SlotChange } from '../../simulator/control.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
let norte: string;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from rate_buckets');
  ana = await app.login('ana@example.test');
  norte = ana.boxes[0]?.id ?? '';
});

const list = (bearer = ana.bearer, boxId = norte) =>
  app.ask('GET', `/api/booking?day=${MONDAY}&boxId=${boxId}`, { bearer });
const book = (more: object = {}, bearer = ana.bearer) =>
  app.ask('POST', '/api/booking', { bearer, body: { boxId: norte, day: MONDAY, classId: '501', ...more } });
const cancel = (reservationId: string, bearer = ana.bearer) =>
  app.ask('DELETE', '/api/booking', { bearer, body: { boxId: norte, day: MONDAY, reservationId } });
const places = async () => (await app.gym.control.truth()).reservations.filter((one) => one.state === 'booked');

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
      waitlistLength: expect.any(Number),
      cancelled: false,
      bookable: true,
      inMyPlan: true,
      mine: null,
      reservationId: null,
      opensAt: null,
    });
  });

  test('F15: say what is called off, what members may not book, what is not in the plan, and the box’s own words', async () => {
    const change = (id: number, what: SlotChange) =>
      app.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id }, change: what });
    await change(501, { calledOff: true });
    await change(502, { resadmin: 1 });
    await change(503, { included: 0 });
    await app.gym.control.setKnob({ kind: 'day-words', words: ['<b>Lunes festivo</b>'] });
    const { classes, notices } = (await list()).json;
    expect(notices).toEqual(['Lunes festivo']);
    expect(classes).toMatchObject([
      { id: '501', cancelled: true, bookable: false, inMyPlan: true },
      { id: '502', cancelled: false, bookable: false, inMyPlan: true },
      { id: '503', cancelled: false, bookable: true, inMyPlan: false, waitlistLength: 0 },
    ]);
  });

  test('of a box one does not belong to are not', async () => {
    const bea = await app.login('bea@example.test');
    const sur = bea.boxes.find((one) => one.subdomain === 'sur')?.id ?? '';
    expect(await list(ana.bearer, sur)).toMatchObject({ status: 404, json: { error: { code: 'box/missing' } } });
  });

  test('of a day that does not exist are refused', async () => {
    for (const day of ['20260230', '2026-03-02', '', '20261301']) {
      const { status } = await app.ask('GET', `/api/booking?day=${day}&boxId=${norte}`, { bearer: ana.bearer });
      expect([day, status]).toEqual([day, 400]);
    }
  });

  test('are not shown through a session without a device', async () => {
    const { token } = await app.services.access.sign(
      { userId: ana.userId, sessionId: '00000000-0000-4000-8000-000000000000' },
      clock.now(),
    );
    expect((await list(token.reveal())).json.error.code).toBe('auth/session-revoked');
  });
});

describe('a device that the gym has forgotten', () => {
  const forget = () => app.gym.control.setKnob({ kind: 'logout', op: 'bookings' });
  const status = async () =>
    (await app.cloud.pool.query('select status from auth_sessions where fingerprint = $1', [ana.fingerprint])).rows[0]
      .status;

  test('is told to come again, not to log in again, while the gym cannot renew it', async () => {
    await forget();
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 403, page: 'html' });
    const answer = await list();
    expect([answer.status, answer.json.error.code]).toEqual([503, 'gym/blocked']);
    expect(await status()).not.toBe('needs-login');
    await app.gym.control.clearKnobs();
    expect((await list()).status).toBe(200);
  });

  test('is told so too when the gym renews it and still does not know it', async () => {
    await forget();
    const answer = await list();
    expect([answer.status, answer.json.error.code]).toEqual([503, 'session/uncertain']);
    await app.gym.control.clearKnobs();
    expect((await list()).status).toBe(200);
  });

  test('logs in again when it is known that nothing else helps', async () => {
    await app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where fingerprint = $1`, [
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
    await app.gym.control.setKnob({ kind: 'geo-block', op: 'bookings', skip: 1 });
    const answer = await cancel(reservationId);
    expect([answer.status, answer.json.error.code]).toEqual([502, 'gym/unreadable']);
    expect(await places()).toEqual([]);
  });

  test('of another member is not given back', async () => {
    const { json } = await book();
    const bea = await app.login('bea@example.test');
    expect((await cancel(json.reservationId, bea.bearer)).json).toEqual({ outcome: 'not-found' });
    expect(await places()).toHaveLength(1);
  });

  test('that does not exist is not asked for', async () => {
    expect(await book({ classId: '999' })).toMatchObject({
      status: 404,
      json: { error: { code: 'prebooking/class-missing' } },
    });
  });

  test('F4: in a class that is called off is neither booked nor wished for', async () => {
    const slot = { box: 'norte', day: MONDAY, id: 501 };
    await app.gym.control.changeSlot({ slot, change: { calledOff: true } });
    const refused = { status: 409, json: { error: { code: 'prebooking/class-cancelled' } } };
    expect(await book()).toMatchObject(refused);
    const wish = { boxId: norte, day: MONDAY, classId: '501', opensAt: '2026-03-01T18:00:00Z' };
    expect(await app.ask('POST', '/api/prebookings', { bearer: ana.bearer, body: wish })).toMatchObject(refused);
    expect(await app.gym.control.history({ op: 'book' })).toEqual([]);
  });

  test('F5: that the gym moves right after is booked, and the new hour said', async () => {
    const change = { time: '18:15 - 19:15', className: 'Yoga', newId: true } as const;
    await app.gym.control.setKnob({ kind: 'change-after-book', op: 'book', change });
    const [place] = [(await book()).json, ...(await places())];
    expect(place).toEqual({ outcome: 'booked', reservationId: expect.any(String), reason: 'moved to 18:15' });
    expect(await places()).toHaveLength(1);
  });

  test('F5: asked for again under its key, though the gym renamed and moved the class, is the one that stands', async () => {
    await app.gym.control.setKnob({ kind: 'lose', op: 'book', when: 'after', how: 'reset', times: 1 });
    await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 403, skip: 1, times: 1 });
    const body = { boxId: norte, day: MONDAY, classId: '501' };
    const ask = () =>
      app.ask('POST', '/api/booking', { bearer: ana.bearer, body, headers: { 'idempotency-key': 'moved-1' } });
    expect((await ask()).status).toBe(502);
    const slot = { box: 'norte', day: MONDAY, id: 501 };
    await app.gym.control.changeSlot({ slot, change: { time: '18:15 - 19:15', className: 'Yoga' } });
    expect((await ask()).json).toMatchObject({ outcome: 'booked' });
    expect(await app.gym.control.history({ op: 'book' })).toHaveLength(1);
  });

  test('F14: refused in words is refused with them; in words that lie it is booked', async () => {
    await app.gym.control.setKnob({
      kind: 'refuse-in-words',
      op: 'book',
      text: '<p>Solo competici&oacute;n</p>',
      times: 1,
    });
    expect((await book()).json).toEqual({ outcome: 'refused', reason: 'Solo competición' });
    await app.gym.control.setKnob({ kind: 'refuse-in-words', op: 'book', effect: true });
    expect((await book()).json).toMatchObject({ outcome: 'booked' });
    expect(await places()).toHaveLength(1);
  });

  test('F14: that the gym could not cancel is told as failed, in its words, and stands', async () => {
    const { reservationId } = (await book()).json;
    await app.gym.control.setKnob({
      kind: 'answer',
      op: 'cancelBook',
      body: { cancelState: 3, errorMssg: 'Error <b>7</b>' },
    });
    expect((await cancel(reservationId)).json).toEqual({ outcome: 'failed', reason: 'Error 7' });
    expect(await places()).toHaveLength(1);
  });

  test('is not booked by a request with an unknown field', async () => {
    expect((await book({ insist: 1 })).status).toBe(400);
    expect(await app.gym.control.history({ op: 'book' })).toEqual([]);
  });
});
