// The pretend gym's pages of a member's coming and past classes, of the staff's list of a class, and of whoami.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
  const coach = { id: 9, email: 'leo@example.test', name: 'Leo', password: 'right', boxes: ['demo'] };
  await sim.control.addMember({ ...coach, role: 'coach' });
});
afterAll(() => sim.stop());

describe('the agenda', () => {
  test('holds what comes next, and turns into history once the class has begun', async () => {
    const gym = await signIn(sim);
    await gym.book(DAY, 501);
    const { nextClasses, history } = (await gym.next()).json;
    expect(nextClasses).toMatchObject([
      { className: 'WOD', time: '18:00 - 19:00', date: 'lunes, 2 de marzo de 2026', boxName: 'Demo Box' },
    ]);
    expect(history).toEqual([]);
    const { id } = (await sim.control.truth()).reservations[0] ?? {};
    expect([501, id]).not.toContain(nextClasses[0].id);
    await sim.control.freeze(at('18:00:00'));
    expect((await gym.next()).json).toMatchObject({ nextClasses: [], history: [{ assist: 1, lateCancel: 0 }] });
  });

  test('tells a late cancelling', async () => {
    const gym = await signIn(sim);
    const { id } = (await gym.book(DAY, 501)).json;
    await sim.control.freeze(at('17:30:00'));
    await gym.cancel(id, 1);
    expect((await gym.next()).json).toMatchObject({ nextClasses: [], history: [{ assist: 0, lateCancel: 1 }] });
  });
});

describe('the attendees', () => {
  test('are an empty body for a client, and logout for a dead session', async () => {
    const gym = await signIn(sim);
    expect(await gym.coach(DAY)).toMatchObject({ status: 200, text: '' });
    await sim.control.killSession({ member: 1 });
    expect((await gym.coach(DAY)).json).toEqual({ logout: 1 });
  });

  test('are told to the staff, a cancelled booking with the day of it', async () => {
    const [ana, bea, coach] = [
      await signIn(sim),
      await signIn(sim, 'bea@example.test'),
      await signIn(sim, 'leo@example.test'),
    ];
    await ana.book(DAY, 501);
    await bea.cancel((await bea.book(DAY, 501)).json.id);
    const { json } = await coach.coach(DAY);
    expect(json).toMatchObject({ dayYYYYMMDD: DAY, day: 'lunes, 2 de marzo de 2026', resmsgs: [] });
    expect(json.bookings[0]).toMatchObject({ className: 'WOD', startTime: '18:00', limit: 2, ocupationr: 1 });
    expect(json.bookings[0].athletes).toMatchObject([
      { name: 'Ana', bookState: 1, cancelDay: null },
      { name: 'Bea', bookState: 1, cancelDay: '2026-03-02 09:00:00' },
    ]);
  });
});

describe('whoami', () => {
  test('tells the member with their role in each box', async () => {
    const role = { gym: 'Demo Box', boid: 77, centre_url: `${sim.url}/box/demo` };
    expect((await (await signIn(sim)).whoami()).json.data).toEqual([
      { id: 1, name: 'Ana', email: 'ana@example.test', roles: [{ role: 'client', ...role }] },
    ]);
    const coach = await signIn(sim, 'leo@example.test');
    expect((await coach.whoami()).json.data[0].roles).toMatchObject([{ role: 'coach' }]);
    expect(coach.login.json.data.userData.roles).toMatchObject([{ role: 'coach' }]);
  });

  test('can be an object, and is an empty list for a dead session all the same', async () => {
    await sim.control.setKnob({ kind: 'whoami-as', as: 'object' });
    const gym = await signIn(sim);
    expect((await gym.whoami()).json.data).toMatchObject({ id: 1, roles: [{ role: 'client' }] });
    await sim.control.killSession({ member: 1 });
    expect((await gym.whoami()).json).toEqual({ data: [] });
  });
});
