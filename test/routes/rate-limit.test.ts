// Calls to the gym that members cause by hand are limited for each member and for each box, however many processes make the calls.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
const PEOPLE = ['Ana', 'Bea', 'Eva'];
let app: TestApp;
let people: Login[];
beforeAll(async () => {
  const members = PEOPLE.map((name, at) => ({
    ...{ id: at + 1, name, email: `${name.toLowerCase()}@example.test`, password: 'right', boxes: ['norte'] },
  }));
  app = await openApp(clock, { ...town, members });
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset();
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members');
  await app.cloud.pool.query('delete from rate_buckets');
  people = [];
  for (const name of PEOPLE) people.push(await app.login(`${name.toLowerCase()}@example.test`));
});

const ask = (who: number, method: string, path: string, body?: object) =>
  app.ask(method, path, { bearer: people[who]?.bearer, body: body && { boxId: people[who]?.boxes[0]?.id, ...body } });
const list = (who: number) => ask(who, 'GET', `/api/booking?day=${MONDAY}&boxId=${people[who]?.boxes[0]?.id}`);
const book = (who: number) => ask(who, 'POST', '/api/booking', { day: MONDAY, classId: '501' });
const wish = (who: number, familyId: string) =>
  ask(who, 'POST', '/api/prebookings', { day: MONDAY, classId: '501', familyId, opensAt: '2026-03-02T09:00:00Z' });
const times = async (count: number, once: () => ReturnType<typeof list>) => {
  const answers = await Promise.all(Array.from({ length: count }, once));
  return answers.filter(({ status }) => status === 200).length;
};
const reads = async () => (await app.gym.control.history({ op: 'bookings' })).length;

test('a member has ten days read at once and then one a second, and the gym hears no more', async () => {
  expect(await times(30, () => list(0))).toBe(10);
  expect(await reads()).toBe(10);
  const refused = await list(0);
  expect([refused.status, refused.json.error.code, refused.headers.get('retry-after')]).toEqual([
    429,
    'request/limited',
    '1',
  ]);
  clock.advance(3_000);
  expect(await times(10, () => list(0))).toBe(3);
});

test('wishes, bookings and cancellations are of the same pace', async () => {
  await times(10, () => list(0));
  const cancel = ask(0, 'DELETE', '/api/booking', { day: MONDAY, reservationId: '1' });
  expect((await Promise.all([book(0), wish(0, '1'), cancel])).map(({ status }) => status)).toEqual([429, 429, 429]);
  expect(await reads()).toBe(10);
});

test('an agenda that was just read holds up no press, and keeps a pace of its own', async () => {
  const agenda = () => ask(0, 'GET', '/api/agenda');
  const asked = async () => (await app.gym.control.history({ op: 'nextBookings' })).length;
  const answers = await Promise.all(Array.from({ length: 13 }, agenda));
  expect(answers.filter(({ json }) => json.stale === false)).toHaveLength(11);
  expect(await asked()).toBe(11);
  expect((await book(0)).json.outcome).toBe('booked');
});

test('a box is read twenty times at once by all its members together, which holds up nobody’s booking', async () => {
  expect([await times(10, () => list(0)), await times(10, () => list(1)), (await list(2)).status]).toEqual([
    10, 10, 429,
  ]);
  expect((await book(2)).json.outcome).toBe('booked');
  clock.advance(200);
  expect([(await list(2)).status, (await list(2)).status]).toEqual([200, 429]);
});

test('time that goes backwards fills nothing, and takes nothing', async () => {
  expect(await times(9, () => list(0))).toBe(9);
  clock.advance(-3_600_000);
  expect(await times(2, () => list(0))).toBe(1);
});
