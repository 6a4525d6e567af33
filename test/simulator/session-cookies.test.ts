// Tests which cookies open a session after a renewal at the pretend gym: the old cookies, the new ones or both.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { DAY, demoScenario } from './demo-scenario.ts';
import { cookiesOf, request, signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(() => sim.control.reset());
afterAll(() => sim.stop());

/** Tells whether the gym recognises a browser with these cookies. */
async function isKnown(cookies: Record<string, string>): Promise<boolean> {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const { json } = await request(`${sim.mainUrl}/api/whoami`, { headers: { cookie } });
  return json.data.length > 0;
}

test('none: a renewal sets the balancer’s cookies alone, and the login cookie stays', async () => {
  const gym = await signIn(sim);
  const before = cookiesOf(gym.login);
  expect(Object.keys(cookiesOf(await gym.renew(gym.token)))).toEqual(['AWSALB', 'AWSALBCORS']);
  expect(await isKnown(before)).toBe(true);
});

test.each([
  ['keep', true],
  ['kill', false],
] as const)('%s: a renewal sets a new login cookie, and the old one opens doors: %s', async (mode, oldLives) => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'reissue', mode });
  const { amhrdrauth: old = '' } = cookiesOf(gym.login);
  const renewed = await gym.renew(gym.token);
  const { amhrdrauth: fresh = '' } = cookiesOf(renewed);
  expect(fresh).toMatch(/^CNRY-secret-/);
  expect(fresh).not.toBe(old);
  expect([await isKnown({ amhrdrauth: old }), await isKnown({ amhrdrauth: fresh })]).toEqual([oldLives, true]);
  expect(await sim.control.cookieWorks({ auth: old })).toBe(oldLives);
  const [login, renewal, withOld, withFresh] = await sim.control.history();
  expect([login, renewal, withOld, withFresh].map((entry) => entry?.cookies.auth)).toEqual([
    'absent',
    'current',
    oldLives ? 'older' : 'dead',
    'current',
  ]);
});

test('kill: with the dead login cookie a renewal is told logout, and its token lives on', async () => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'reissue', mode: 'kill' });
  const { newToken } = (await gym.renew(gym.token)).json;
  expect((await gym.renew(newToken)).json).toEqual({ logout: 1 });
  expect((await gym.book(DAY, 501)).json).toEqual({ logout: 1 });
  expect(await sim.control.tokenWorks({ token: newToken })).toBe(true);
});

test('a killed PHPSESSID logs the call out, and without one the login cookie opens the session', async () => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'reissue', mode: 'kill', auth: false, session: true });
  const before = cookiesOf(gym.login);
  const after = cookiesOf(await gym.renew(gym.token));
  expect(Object.keys(after)).toEqual(['PHPSESSID', 'AWSALB', 'AWSALBCORS']);
  const { amhrdrauth = '', PHPSESSID: old = '' } = before;
  expect(await isKnown({ amhrdrauth, PHPSESSID: old })).toBe(false);
  expect(await isKnown({ amhrdrauth })).toBe(true);
  expect(await isKnown({ ...before, ...after })).toBe(true);
});

test('the new cookie is real although its answer is lost', async () => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'reissue', mode: 'kill' });
  await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'reset', op: 'tokenUpdate' });
  await expect(gym.renew(gym.token)).rejects.toThrow();
  expect(await isKnown(cookiesOf(gym.login))).toBe(false);
  const { sessions } = await sim.control.truth();
  expect(sessions).toMatchObject([{ alive: true, cookieReissues: 1, tokenUpdates: 1 }]);
});
