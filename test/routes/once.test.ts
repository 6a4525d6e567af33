// A request that is sent again under its Idempotency-Key is carried out once, and the repetition gets the first answer.
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members');
  await app.cloud.pool.query('delete from rate_buckets');
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});

const boxOf = (who: Login) => who.boxes.find(({ subdomain }) => subdomain === 'norte')?.id;
const book = (key: string, more: object = {}, who = ana) =>
  app.ask('POST', '/api/booking', {
    bearer: who.bearer,
    headers: { 'Idempotency-Key': key },
    body: { boxId: boxOf(who), day: MONDAY, classId: '501', ...more },
  });
const wish = (key: string, more: object = {}, who = ana) =>
  app.ask('POST', '/api/prebookings', {
    bearer: who.bearer,
    headers: { 'Idempotency-Key': key },
    body: {
      boxId: boxOf(who),
      day: MONDAY,
      timeId: '1800_60',
      className: 'WOD',
      opensAt: '2026-03-02T10:00:00Z',
      ...more,
    },
  });
const posts = () => app.gym.control.history({ op: 'book' });

describe('a booking under a key', () => {
  test('is made once and answered twice', async () => {
    const [first, second] = [await book('k1'), await book('k1')];
    expect(first.json.outcome).toBe('booked');
    expect([second.status, second.json, second.headers.get('idempotency-replayed')]).toEqual([200, first.json, 'true']);
    expect(await posts()).toHaveLength(1);
  });

  test('is still known a day later', async () => {
    const first = await book('k1');
    clock.advance(24 * 60 * 60_000);
    await app.gym.control.clearHistory();
    const { rows } = await app.cloud.pool.query('select id from user_sessions where user_id = $1', [ana.userId]);
    const { token } = await app.services.access.sign({ userId: ana.userId, sessionId: rows[0].id }, clock.now());
    expect((await book('k1', {}, { ...ana, bearer: token.reveal() })).json).toEqual(first.json);
    expect(await app.gym.control.history()).toEqual([]);
  });

  test('is refused for another wish, and for another endpoint', async () => {
    await book('k1');
    for (const answer of [await book('k1', { waitlist: true }), await wish('k1')])
      expect([answer.status, answer.json.error.code]).toEqual([422, 'request/idempotency-mismatch']);
  });

  test('of one member says nothing to another', async () => {
    await book('k1');
    const answer = await book('k1', {}, bea);
    expect([answer.json.outcome, answer.headers.get('idempotency-replayed')]).toEqual(['booked', null]);
  });

  test('is told to wait while it runs', async () => {
    const request = { boxId: boxOf(ana), day: MONDAY, classId: '501' };
    const requestHash = createHash('sha256')
      .update(`POST /api/booking ${JSON.stringify(request)}`)
      .digest('hex');
    const running = { userId: ana.userId, key: 'k1', owner: randomUUID(), requestHash, runningMs: 60_000 };
    await app.services.store.beginRequest({ ...running, now: clock.now() });
    const second = await book('k1');
    expect([second.status, second.json.error.code]).toEqual([409, 'request/idempotency-running']);
    expect(second.headers.get('retry-after')).toBe('1');
    // The process that ran the request has died, and the time reserved for it (`running_until`) is over.
    await app.cloud.pool.query(`update idempotency_keys set running_until = now() - interval '1 second'`);
    expect((await book('k1')).json.outcome).toBe('booked');
  });

  test('ten times at once is made once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => book('k1')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect(await posts()).toHaveLength(1);
  });

  test('that failed may be tried again', async () => {
    expect((await book('k1', { classId: '999' })).status).toBe(404);
    await app.gym.control.addSlot({
      box: 'norte',
      day: MONDAY,
      id: 999,
      time: '07:00 - 08:00',
      classId: 5,
      className: 'WOD',
      limit: 5,
    });
    expect((await book('k1', { classId: '999' })).json.outcome).toBe('booked');
  });

  test.each(['', 'with space', 'ñ'.repeat(3), 'x'.repeat(201)])('of %j is no key', async (key) => {
    expect((await book(encodeURI(key) === key ? key : ' ')).status).toBe(400);
  });
});

describe('a booking under a key that the gym does not list yet', () => {
  const lag = () => app.gym.control.setKnob({ kind: 'list-lag', lagMs: 30_000 });
  const later = async (ms: number) => {
    clock.advance(ms);
    await app.gym.control.advance(ms);
  };

  test('is never sent again, and answered as booked once the gym lists it', async () => {
    await lag();
    expect((await book('k1')).json.error.code).toBe('gym/unreadable');
    const second = await book('k1');
    expect([second.status, second.json.error.code, second.headers.get('retry-after')]).toEqual([
      409,
      'booking/unconfirmed',
      '10',
    ]);
    await later(60_000);
    expect((await book('k1')).json).toEqual({ outcome: 'booked', reservationId: expect.any(String) });
    expect((await book('k1')).headers.get('idempotency-replayed')).toBe('true');
    expect(await posts()).toHaveLength(1);
  });

  test('is not sent again either when the process that sent it died', async () => {
    await lag();
    // The process dies after the gym's answer and before it has answered the caller.
    const { endRequest } = app.services.store;
    Object.assign(app.services.store, { endRequest: () => Promise.reject(new Error('gone')) });
    await book('k1').finally(() => Object.assign(app.services.store, { endRequest }));
    await app.cloud.pool.query(`update idempotency_keys set running_until = now() - interval '1 second'`);
    expect((await book('k1')).json.error.code).toBe('booking/unconfirmed');
    expect(await posts()).toHaveLength(1);
  });

  test('may be sent again when the gym turned it away', async () => {
    await app.gym.control.setKnob({ kind: 'status', op: 'book', code: 403, page: 'html', times: 1 });
    expect((await book('k1')).json.error.code).toBe('gym/blocked');
    expect((await book('k1')).json.outcome).toBe('booked');
  });

  test('is not sent by a request that another has taken over', async () => {
    await lag();
    await app.gym.control.setKnob({ kind: 'gate', op: 'bookings', when: 'before', times: 1 });
    const first = book('k1');
    await expect.poll(() => app.gym.control.gates()).toEqual({ gate: 1 });
    await app.cloud.pool.query(`update idempotency_keys set running_until = now() - interval '1 second'`);
    expect((await book('k1')).json.error.code).toBe('gym/unreadable');
    await app.gym.control.openGate();
    expect((await first).json.error.code).toBe('request/idempotency-running');
    expect(await posts()).toHaveLength(1);
  });
});

describe('a prebooking under a key', () => {
  test('is written once and answered twice', async () => {
    const [first, second] = [await wish('k1'), await wish('k1')];
    expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
    expect((await wish('k2')).json.error.code).toBe('prebooking/duplicate');
  });

  test('that stood for another wish two days ago is a new wish', async () => {
    const later = { day: '20260309', opensAt: '2026-03-08T10:00:00Z' };
    const first = await wish('k1', later);
    clock.advance(48 * 60 * 60_000 + 1_000);
    ana = await app.login('ana@example.test');
    const second = await wish('k1', { ...later, timeId: '1900_60', className: 'Open Box' });
    expect([first, second].map(({ json }) => json.prebooking.timeId)).toEqual(['1800_60', '1900_60']);
  });

  test('is found again when the answer was lost between writing and keeping it', async () => {
    const first = await wish('k1');
    await app.cloud.pool.query('delete from idempotency_keys');
    expect(await wish('k1')).toMatchObject({ status: 201, json: { prebooking: { id: first.json.prebooking.id } } });
  });
});
