// A device whose cookies the gym has forgotten: the gym still gives it the list of a day, without its member's places. A place that such a list lacks
// may still exist.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getDeviceSession } from '../../services/renewal/open-session.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
let norte: string;
let reservationId: string;
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
  reservationId = (await book()).json.reservationId;
  // In these tests the gym books the same class twice for a member who asks for it twice.
  await app.gym.control.setKnob({ kind: 'same-hour', on: false });
});

const ask = (method: 'POST' | 'DELETE', body: object) =>
  app.ask(method, '/api/booking', { bearer: ana.bearer, body: { boxId: norte, day: MONDAY, ...body } });
const book = () => ask('POST', { classId: '501' });
const cancel = () => ask('DELETE', { reservationId });
const places = async () => (await app.gym.control.truth()).reservations.filter((one) => one.state === 'booked');

/** Makes the gym forget the cookies of the device, and go on accepting its token. */
async function forgetCookies(): Promise<void> {
  const { key } = await getDeviceSession(app.services, ana.userId, ana.fingerprint);
  await app.gym.control.setKnob({ kind: 'rotation', mode: 'lax' });
  await app.gym.control.setKnob({ kind: 'token-without-cookie' });
  await app.gym.control.setKnob({ kind: 'reissue', mode: 'kill' });
  await app.services.gym.renew(key, async () => undefined);
  expect(await app.services.gym.isAlive(key)).toBe(false);
}

test('gives its place back', async () => {
  await forgetCookies();
  expect((await cancel()).json).toEqual({ outcome: 'cancelled' });
  expect(await places()).toEqual([]);
});

test('is not told that its place does not exist when the gym does not know it any more', async () => {
  await app.gym.control.killSession({ fingerprint: ana.fingerprint });
  const answer = await cancel();
  expect([answer.status, answer.json.error?.code]).toEqual([503, 'session/uncertain']);
  expect(await places()).toHaveLength(1);
});

test('hears "not found" of a place that it does not have, once it is known again', async () => {
  await cancel();
  await forgetCookies();
  expect((await cancel()).json).toEqual({ outcome: 'not-found' });
});

test('does not take a second place in a class', async () => {
  await forgetCookies();
  expect((await book()).json).toEqual({ outcome: 'already-booked', reservationId });
  expect(await places()).toHaveLength(1);
});

describe('that has a place won by a prebooking', () => {
  const list = async () => {
    const answer = await app.ask('GET', `/api/booking?boxId=${norte}&day=${MONDAY}`, { bearer: ana.bearer });
    const own = answer.json.classes?.find(({ id }: { id: string }) => id === '501');
    return [answer.status, answer.json.error?.code ?? own?.mine];
  };
  const whoamis = async () => (await app.gym.control.history({ op: 'whoami' })).length;
  beforeEach(async () => {
    const wish = { boxId: norte, day: MONDAY, classId: '502', opensAt: new Date(SUNDAY_NOON.getTime() + 60_000) };
    await app.ask('POST', '/api/prebookings', {
      bearer: ana.bearer,
      body: { ...wish, opensAt: wish.opensAt.toISOString() },
    });
    await app.cloud.pool.query(`
      alter table prebookings disable trigger guard_prebooking;
      update prebookings set status = 'booked', outcome = 'booked';
      alter table prebookings enable trigger guard_prebooking`);
    await app.gym.control.clearHistory();
  });

  test('sees it in the list of the day', async () => {
    await forgetCookies();
    await app.gym.control.clearHistory();
    expect(await list()).toEqual([200, 'booked']);
    expect(await whoamis()).toBe(1);
  });

  test('is asked for nothing while the gym shows the place', async () => {
    expect(await list()).toEqual([200, 'booked']);
    expect(await whoamis()).toBe(0);
  });

  test('is not shown a list without it when the gym does not know the device any more', async () => {
    await app.gym.control.killSession({ fingerprint: ana.fingerprint });
    expect(await list()).toEqual([503, 'session/uncertain']);
  });
});
