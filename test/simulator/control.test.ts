// What tests may do to the pretend gym beyond its HTTP pages: hold calls, make sessions without a login, add members with a family, reset the gym.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { request, signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
});
afterAll(() => sim.stop());
const booked = async () => (await sim.control.truth()).reservations.length;

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a gate %s the effect holds the call with %i booked until it is opened', async (when, standing) => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'gate', when, op: 'book' });
  const call = gym.book(DAY, 501);
  await expect.poll(() => sim.control.gates()).toEqual({ gate: 1 });
  expect(await booked()).toBe(standing);
  expect(await sim.control.openGate()).toBe(1);
  expect((await call).json.bookState).toBe(1);
  expect(await booked()).toBe(1);
});

test('what stood before the gate is judged by the clock it finds behind it', async () => {
  await sim.control.freeze('2026-03-01T16:59:59Z');
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'gate', when: 'before', op: 'book', name: 'early bird' });
  const call = gym.book(DAY, 501);
  await expect.poll(() => sim.control.gates()).toEqual({ 'early bird': 1 });
  await sim.control.advance(1000);
  await sim.control.openGate('early bird');
  expect((await call).json.bookState).toBe(1);
});

test('a call that stood at a gate while everything was reset changes nothing', async () => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'gate', when: 'before', op: 'book' });
  const call = gym.book(DAY, 501);
  await expect.poll(() => sim.control.gates()).toEqual({ gate: 1 });
  await sim.control.reset();
  expect((await call).status).toBe(503);
  expect(await booked()).toBe(0);
});

test('sessions opened without the wire are sessions like any other', async () => {
  const logins = [
    { member: 1, fingerprint: 'fp-a' },
    { member: 'bea@example.test', fingerprint: 'fp-b' },
  ];
  const [ana, bea] = await sim.control.openSessions(logins);
  expect([ana?.memberId, bea?.memberId]).toEqual([1, 2]);
  const cookie = bea?.setCookies.map((line) => line.split(';')[0]).join('; ') ?? '';
  const { json } = await request(`${sim.mainUrl}/api/whoami`, { headers: { cookie } });
  expect(json.data[0].id).toBe(2);
  expect(await sim.control.tokenWorks({ token: ana?.token ?? '' })).toBe(true);
});

test('a family member has bookings and an hour of their own, and a stranger has none', async () => {
  const email = 'dora@example.test';
  const family = [{ id: 41, name: 'Eva' }];
  await sim.control.addMember({ id: 40, email, name: 'Dora', password: 'right', boxes: ['demo'], family });
  const gym = await signIn(sim, email);
  expect((await gym.book(DAY, 501)).json.bookState).toBe(1);
  expect((await gym.book(DAY, 501, { familyId: 41 })).json.bookState).toBe(1);
  expect((await gym.book(DAY, 502, { familyId: 41 })).json.errorMssgLang).toBe('NOPUEDESRESERVAMISMAHORA');
  expect((await gym.book(DAY, 502, { familyId: 99 })).json.bookState).toBe(-12);
  const { reservations } = await sim.control.truth({ member: 40 });
  expect(reservations.map(({ familyId }) => familyId)).toEqual([null, 41]);
});

test('a weekly timetable makes the classes of each day, with ids that stay', async () => {
  const weekly = { weekday: 3, time: '07:00 - 08:00', classId: 1, className: 'Early', limit: 10 };
  await sim.control.addBox({ slug: 'demo', boid: 77, name: 'Demo Box', timetable: [weekly] });
  const gym = await signIn(sim);
  const ids = async (day: string) => (await gym.list(day)).json.bookings.map((row: { id: number }) => row.id);
  const wednesday = await ids('20260304');
  expect(wednesday).toHaveLength(1);
  expect(await ids('20260305')).toEqual([]);
  expect(await ids('20260311')).not.toEqual(wednesday);
  expect(await ids('20260304')).toEqual(wednesday);
  expect(await ids('20261399')).toEqual([]);
});

test('a scenario that does not fit is refused with the place of the mistake', async () => {
  await expect(sim.control.addBox({ slug: 'Not A Slug', boid: 1, name: 'x' })).rejects.toThrow('slug');
  const lost = { id: 9, email: 'x', password: 'x', name: 'x', boxes: ['elsewhere'] };
  await expect(sim.control.addMember(lost)).rejects.toThrow('elsewhere');
});
