// Rate limits of the pretend gym, which count calls: one account, the members of one box, or all callers are told to come back later.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, demoScenario } from './demo-scenario.ts';
import { signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
  await sim.control.addBox({ slug: 'other', boid: 78, name: 'Other Box' });
  const [id, email] = [4, 'dan@example.test'];
  await sim.control.addMember({ id, email, name: 'Dan', password: 'right', boxes: ['other'] });
});
afterAll(() => sim.stop());

/**
 * Signs in Ana and Bea (both of one box) and Dan (of another box); gives a function that lets them call one after the other and returns the statuses.
 */
async function round() {
  const gyms = [await signIn(sim), await signIn(sim, 'bea@example.test'), await signIn(sim, 'dan@example.test')];
  return async () => {
    const statuses: number[] = [];
    for (const gym of gyms) statuses.push((await gym.whoami()).status);
    return statuses;
  };
}

test.each([
  ['account', [200, 200, 200], [429, 429, 429]],
  ['box', [200, 429, 200], [429, 429, 429]],
  ['gym', [200, 429, 429], [429, 429, 429]],
] as const)('by %s lets one call a minute through', async (by, first, second) => {
  const ask = await round();
  await sim.control.setKnob({ kind: 'rate-limit', by, max: 1, op: 'whoami' });
  expect(await ask()).toEqual(first);
  expect(await ask()).toEqual(second);
  await sim.control.advance(60_000);
  expect(await ask()).toEqual(first);
});

test('says the seconds that are left, its own word, or nothing; and changes nothing', async () => {
  const gym = await signIn(sim);
  const limit = { kind: 'rate-limit', by: 'account', op: 'tokenUpdate' } as const;
  const refused = async () => {
    const { status, headers } = await gym.renew(gym.token);
    return [status, headers.get('retry-after')];
  };
  await sim.control.setKnob({ ...limit, max: 0, windowMs: 20_000, times: 1 });
  expect(await refused()).toEqual([429, '20']);
  await sim.control.setKnob({ ...limit, retryAfter: 7, times: 1 });
  expect(await refused()).toEqual([429, '7']);
  await sim.control.setKnob({ ...limit, retryAfter: false, times: 1 });
  expect(await refused()).toEqual([429, null]);
  expect(await sim.control.tokenWorks({ token: gym.token })).toBe(true);
  expect((await sim.control.history()).at(-1)).toMatchObject({ struckBy: ['rate-limit'], effect: null });
});

test('the members of one box are struck on the main host, whatever is asked there', async () => {
  const ask = await round();
  await sim.control.setKnob({ kind: 'status', code: 429, retryAfter: 20, homeBox: 'demo' });
  expect(await ask()).toEqual([429, 429, 200]);
});
