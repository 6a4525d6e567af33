// Booking by hand for a member's child: the child's places are listed, taken and given back separately.
import { afterAll, beforeAll, expect, test } from 'vitest';
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
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON), scenario);
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
