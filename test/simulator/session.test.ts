// Logins, the replacing of tokens, and dead sessions at the pretend gym: the rules on which the service's renewals rely.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { DAY, demoScenario } from './demo-scenario.ts';
import { signIn, tryLogin } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(() => sim.control.reset());
afterAll(() => sim.stop());
const only = async () => (await sim.control.truth()).sessions[0];

describe('login', () => {
  test('answers the member, the boxes and a token, and sets the login cookie with a comma in its date', async () => {
    const { login, token } = await signIn(sim);
    expect(login.json.data.auth.authOK).toBe(true);
    expect(login.json.data.userData).toEqual({
      id: 1,
      name: 'Ana',
      roles: [{ role: 'Athlete', gym: 'Demo Box', boid: 77, centre_url: `${sim.url}/box/demo` }],
    });
    expect(token).toMatch(/^1\|\d{10}\|[0-9a-f]{32}$/);
    const names = login.headers.getSetCookie().map((line) => line.split('=')[0]);
    expect(names).toEqual(['amhrdrauth', 'AWSALB', 'AWSALBCORS', 'PHPSESSID']);
    expect(login.headers.getSetCookie()[0]).toMatch(/Expires=\w{3}, \d\d .*HttpOnly$/);
  });

  test('refuses a wrong password with 401 and a code, with 200 and a message, or with authOK false', async () => {
    const plain = await tryLogin(sim, 'ana@example.test', 'wrong');
    expect([plain.status, plain.json]).toEqual([401, { error: { code: 401, message: 'LOGIN_ERROR_LOGIN' } }]);
    expect(plain.headers.getSetCookie()).toEqual([]);
    await sim.control.setKnob({ kind: 'login-failure', shape: 'error-200', times: 1 });
    const mild = await tryLogin(sim, 'ana@example.test', 'wrong');
    expect([mild.status, mild.json]).toEqual([200, { error: { message: 'LOGIN_ERROR_LOGIN' } }]);
    await sim.control.setKnob({ kind: 'login-failure', shape: 'auth-not-ok' });
    expect((await tryLogin(sim, 'ana@example.test', 'wrong')).json.data.auth.authOK).toBe(false);
  });

  test('locks an account after n wrong passwords until it is unlocked', async () => {
    await sim.control.setKnob({ kind: 'lockout', after: 2 });
    await tryLogin(sim, 'ana@example.test', 'wrong');
    await tryLogin(sim, 'ana@example.test', 'wrong');
    const locked = await tryLogin(sim, 'ana@example.test', 'right');
    expect(locked.json.error.message).toContain('demasiadas veces');
    await sim.control.unlock('ana@example.test');
    expect((await tryLogin(sim, 'ana@example.test', 'right')).json.data.auth.authOK).toBe(true);
  });

  test('keeps the password out of the history', async () => {
    await signIn(sim);
    const history = JSON.stringify(await sim.control.history());
    expect(history).toContain('"op":"login"');
    expect(history).not.toContain('right');
    expect(history).not.toMatch(/[0-9a-f]{32}/);
  });
});

describe('rotation', () => {
  test('strict: the old token is dead at once and the session lives on', async () => {
    const gym = await signIn(sim);
    const first = await gym.renew(gym.token);
    expect(first.headers.get('content-type')).toContain('text/html');
    expect(first.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['AWSALB', 'AWSALBCORS']);
    expect((await gym.renew(gym.token)).json).toEqual({ logout: 1 });
    expect((await gym.renew(first.json.newToken)).json.newToken).toMatch(/^1\|/);
    expect(await only()).toMatchObject({ alive: true, tokenUpdates: 2, tokenUpdateCalls: 3 });
  });

  test('grace: the old token works for so long and no longer', async () => {
    await sim.control.freeze('2026-03-01T10:00:00Z');
    await sim.control.setKnob({ kind: 'rotation', mode: 'grace', graceMs: 5000 });
    const gym = await signIn(sim);
    const { newToken } = (await gym.renew(gym.token)).json;
    await sim.control.advance(5000);
    expect(await sim.control.tokenWorks({ token: gym.token })).toBe(true);
    await sim.control.advance(1);
    expect((await gym.renew(gym.token)).json).toEqual({ logout: 1 });
    expect(await sim.control.tokenWorks({ token: newToken })).toBe(true);
  });

  test('lax: an old token works', async () => {
    await sim.control.setKnob({ kind: 'rotation', mode: 'lax' });
    const gym = await signIn(sim);
    await gym.renew(gym.token);
    expect((await gym.renew(gym.token)).json.newToken).toBeDefined();
  });

  test('one-per-fingerprint: a second login with the same fingerprint ends the first', async () => {
    await sim.control.setKnob({ kind: 'rotation', mode: 'one-per-fingerprint' });
    const first = await signIn(sim);
    const other = await signIn(sim, 'ana@example.test', 'fp-2');
    const second = await signIn(sim);
    expect((await first.renew(first.token)).json).toEqual({ logout: 1 });
    expect((await other.renew(other.token, 'fp-1')).json).toEqual({ logout: 1 });
    expect((await second.renew(second.token)).json.newToken).toBeDefined();
  });

  test('on a stale token that kills, the whole session ends', async () => {
    await sim.control.setKnob({ kind: 'rotation', mode: 'strict', onStale: 'kill' });
    const gym = await signIn(sim);
    await gym.renew(gym.token);
    expect(await sim.control.tokenWorks({ token: gym.token })).toBe(false);
    expect((await only())?.alive).toBe(true);
    await gym.renew(gym.token);
    expect(await only()).toMatchObject({ alive: false, endedBy: 'stale-token' });
  });

  test('a token without the login cookie is refused', async () => {
    const { token } = await signIn(sim);
    const stranger = await signIn(sim, 'bea@example.test');
    expect((await stranger.renew(token)).json).toEqual({ logout: 1 });
    await sim.control.setKnob({ kind: 'token-without-cookie' });
    expect((await stranger.renew(token)).json.newToken).toBeDefined();
  });

  test.each([1, '1', true])('logout %j refuses without rotating', async (spelling) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'logout', spelling, op: 'tokenUpdate', times: 1 });
    expect((await gym.renew(gym.token)).json).toEqual({ logout: spelling });
    expect(await sim.control.tokenWorks({ token: gym.token })).toBe(true);
  });

  test.each([0, '0', null])('logout %j comes beside a new token', async (spelling) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'logout', spelling, op: 'tokenUpdate' });
    const { json } = await gym.renew(gym.token);
    expect(json.logout).toBe(spelling);
    expect(await sim.control.tokenWorks({ token: json.newToken })).toBe(true);
  });

  test('odd tokens (same, malformed, expired by their own stamp, huge) are live tokens', async () => {
    const gym = await signIn(sim);
    let { token } = gym;
    for (const shape of ['same', 'malformed', 'expired', 'huge'] as const) {
      await sim.control.setKnob({ kind: 'token', shape, times: 1 });
      const { newToken } = (await gym.renew(token)).json;
      expect(newToken === token).toBe(shape === 'same');
      expect(await sim.control.tokenWorks({ token: newToken })).toBe(true);
      token = newToken;
    }
    expect(token.length).toBeGreaterThan(100 * 1024);
  });

  test.each([
    ['awsalb', 2],
    ['expires-commas', 2],
    ['quotes', 2],
    ['delete-auth', 2],
    ['duplicates', 5],
    ['sixty', 60],
    ['none', 0],
  ] as const)('cookies in the manner %s are %i lines', async (variant, count) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'set-cookie', variant, op: 'tokenUpdate' });
    expect((await gym.renew(gym.token)).headers.getSetCookie()).toHaveLength(count);
  });
});

describe('a dead session', () => {
  test('gets logout with 200 everywhere, an empty whoami, and a list with nothing of its own', async () => {
    const gym = await signIn(sim);
    await sim.control.freeze('2026-03-02T10:00:00+01:00');
    await gym.book(DAY, 501);
    expect((await gym.list(DAY)).json.bookings[0].bookState).toBe(1);
    expect((await gym.whoami()).json.data).toHaveLength(1);
    expect(await sim.control.killSession({ member: 1 })).toBe(1);
    for (const call of [gym.renew(gym.token), gym.book(DAY, 502), gym.cancel(1), gym.next()])
      expect(await call).toMatchObject({ status: 200, json: { logout: 1 } });
    expect((await gym.schedule()).text).toContain('<html');
    expect((await gym.whoami()).json).toEqual({ data: [] });
    const { bookings } = (await gym.list(DAY)).json;
    expect(bookings.map((row: { bookState: unknown }) => row.bookState)).toEqual([null, null, null]);
  });

  test('dies of age when it is not renewed', async () => {
    await sim.control.freeze('2026-03-01T10:00:00Z');
    await sim.control.setKnob({ kind: 'session-life', lifeMs: 30 * 60_000 });
    const gym = await signIn(sim);
    await sim.control.advance(30 * 60_000);
    const { newToken } = (await gym.renew(gym.token)).json;
    await sim.control.advance(30 * 60_000 + 1);
    expect((await gym.renew(newToken)).json).toEqual({ logout: 1 });
  });
});
