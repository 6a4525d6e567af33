// Signing in at the pretend gym: which logins are refused and how, to which hosts the login cookie goes, which page must be loaded first, how a
// member's device list grows.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { bareCall, cookiesOf, request, signIn, tryLogin } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario, cookieDomain: '.aimharder.com' });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
});
afterAll(() => sim.stop());
const ANA = { username: 'ana@example.test', password: 'right', fingerprint: 'fp-1', iniframe: 0 };
const json = { 'content-type': 'application/json' };

describe('a login', () => {
  test('is taken on the main host too', async () => {
    const init = { method: 'POST', headers: json, body: JSON.stringify(ANA) };
    const { status, json: answer } = await request(`${sim.mainUrl}/api/login`, init);
    expect([status, answer.data.auth.authOK]).toEqual([200, true]);
  });

  test.each([
    ['a form', new URLSearchParams({ username: ANA.username, password: ANA.password }).toString()],
    ['JSON without a password', JSON.stringify({ username: ANA.username })],
    ['nothing', ''],
  ])('with %s for a body is malformed, which counts no wrong password', async (_, body) => {
    const { status, json: answer } = await request(`${sim.loginUrl}/api/login`, { method: 'POST', body });
    expect([status, answer]).toEqual([400, { error: { code: 400, message: 'LOGIN_ERROR_MALFORMED_BODY' } }]);
    expect((await sim.control.truth()).accounts[0]).toMatchObject({ wrongPasswords: 0, logins: 0 });
  });

  test('can be refused with any key, in every shape, with the right password', async () => {
    await sim.control.setKnob({ kind: 'login-error', key: 'LOGIN_ERROR_CAPTCHA' });
    expect((await tryLogin(sim, ANA.username, 'right')).json.error.message).toBe('LOGIN_ERROR_CAPTCHA');
    await sim.control.setKnob({ kind: 'login-failure', shape: 'error-200' });
    expect(await tryLogin(sim, ANA.username, 'right')).toMatchObject({
      status: 200,
      json: { error: { message: 'LOGIN_ERROR_CAPTCHA' } },
    });
    expect((await sim.control.truth()).accounts[0]).toMatchObject({ wrongPasswords: 0, logins: 0 });
  });

  test('through the old form answers a page without a cookie', async () => {
    const body = new URLSearchParams({ mail: ANA.username, pw: ANA.password, login: 'Iniciar sesión' });
    for (const host of [sim.loginUrl, sim.mainUrl]) {
      const old = await request(`${host}/login`, { method: 'POST', body });
      expect([old.status, old.text.includes('<html'), old.headers.getSetCookie()]).toEqual([200, true, []]);
    }
  });
});

describe('the login cookie', () => {
  const line = async () => (await tryLogin(sim, ANA.username, 'right')).headers.getSetCookie()[0] ?? '';

  test('reaches all hosts, or the login host alone, or another domain', async () => {
    expect(await line()).toMatch(/; Domain=\.aimharder\.com$/);
    await sim.control.setKnob({ kind: 'login-cookie', domain: 'none' });
    expect(await line()).not.toMatch(/Domain/);
    await sim.control.setKnob({ kind: 'login-cookie', domain: '.evil.test' });
    expect(await line()).toMatch(/; Domain=\.evil\.test$/);
  });
});

describe('a box of the other suffix', () => {
  const box = { slug: 'isla', boid: 90, name: 'Isla', suffix: 'es' as const };
  beforeEach(async () => {
    const slot = { id: 901, day: DAY, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 2 };
    await sim.control.addBox({ ...box, slots: [slot] });
    const member = { id: 8, email: 'eva@example.test', name: 'Eva', password: 'right', boxes: ['demo', 'isla'] };
    await sim.control.addMember(member);
  });
  const signInAt = (loginUrl: string) => signIn({ ...sim, loginUrl }, 'eva@example.test');
  const isKnown = async (mainUrl: string, cookie: string) =>
    (await request(`${mainUrl}/api/whoami`, { headers: { cookie } })).json.data.length > 0;
  const listOf = async (template: string, cookie: string) => {
    const url = `${template.replace('{box}', 'isla')}/api/bookings?day=${DAY}&box=90`;
    return (await request(url, { headers: { cookie } })).json.bookings.length;
  };

  test('is told in the roles with its own address', async () => {
    const { login } = await signInAt(sim.loginUrl);
    const roles = login.json.data.userData.roles.map((role: { centre_url: string }) => role.centre_url);
    expect(roles).toEqual([`${sim.url}/box/demo`, `${sim.url}/es/box/isla`]);
  });

  test('is served under its own suffix alone, and neither cookie is known under the other', async () => {
    const [com, es] = [await signInAt(sim.loginUrl), await signInAt(sim.es.loginUrl)];
    expect(com.login.json.data.userData.id).toBe(es.login.json.data.userData.id);
    expect(es.login.headers.getSetCookie()[0]).toMatch(/; Domain=\.aimharder\.es$/);
    const known = [sim.mainUrl, sim.es.mainUrl].map((url) => [isKnown(url, com.cookie), isKnown(url, es.cookie)]);
    expect(await Promise.all(known.flat())).toEqual([true, false, false, true]);
    expect(await listOf(sim.boxUrlTemplate, com.cookie)).toBe(0);
    expect(await listOf(sim.es.boxUrlTemplate, es.cookie)).toBe(1);
    expect((await com.renew(es.token)).json).toEqual({ logout: 1 });
    expect((await sim.control.truth({ member: 8 })).sessions.map(({ suffix }) => suffix)).toEqual(['com', 'es']);
  });

  test('is read off the Host header too', async () => {
    const { cookie } = await signInAt(sim.es.loginUrl);
    const ask = async (host: string) => {
      const head = `GET /api/bookings?day=${DAY}&box=90 HTTP/1.1\r\nhost: ${host}\r\ncookie: ${cookie}`;
      const { text } = await bareCall(sim, `${head}\r\nconnection: close\r\n\r\n`);
      return JSON.parse(text.split('\r\n\r\n')[1] ?? '').bookings.length;
    };
    expect([await ask('isla.aimharder.es'), await ask('isla.aimharder.com')]).toEqual([1, 0]);
  });
});

test('the address in a role can be left out, or be any text, for one login or for good', async () => {
  await sim.control.setKnob({ kind: 'role-address', box: 'demo', says: null, times: 1 });
  const roles = async () => (await tryLogin(sim, ANA.username, 'right')).json.data.userData.roles;
  expect(await roles()).toEqual([{ role: 'Athlete', gym: 'Demo Box', boid: 77 }]);
  await sim.control.setKnob({ kind: 'role-address', says: 'https://www.demo.aimharder.com.' });
  expect((await roles())[0].centre_url).toBe('https://www.demo.aimharder.com.');
});

describe('where a warm-up is demanded', () => {
  const states = async (gym: Awaited<ReturnType<typeof signIn>>) => [
    (await gym.list(DAY)).json.logout,
    (await gym.next()).json.logout,
  ];

  test('a box answers logout to everything until the session has been to setrefresh or the schedule', async () => {
    await sim.control.setKnob({ kind: 'warm-up' });
    const [ana, bea] = [await signIn(sim), await signIn(sim, 'bea@example.test')];
    expect(await states(ana)).toEqual([1, 1]);
    expect((await ana.book(DAY, 501)).json).toEqual({ logout: 1 });
    expect((await ana.whoami()).json.data).toHaveLength(1);
    await ana.schedule();
    expect((await ana.book(DAY, 501)).json.bookState).toBe(1);
    const query = new URLSearchParams({
      token: bea.token,
      fingerprint: 'fp-1',
      redirect: 'https://demo.aimharder.com',
    });
    const refreshed = await request(`${sim.mainUrl}/setrefresh?${query}`, { headers: { cookie: bea.cookie } });
    expect([refreshed.status, refreshed.text.includes('https://demo.aimharder.com')]).toEqual([200, true]);
    expect(await states(bea)).toEqual([undefined, undefined]);
  });

  test('by setrefresh the schedule does not help', async () => {
    await sim.control.setKnob({ kind: 'warm-up', by: 'setrefresh' });
    const gym = await signIn(sim);
    await gym.schedule();
    expect(await states(gym)).toEqual([1, 1]);
    await request(`${sim.mainUrl}/setrefresh?token=${encodeURIComponent(gym.token)}`);
    expect(await states(gym)).toEqual([undefined, undefined]);
  });
});

describe('setrefresh', () => {
  const go = (redirect: string) => request(`${sim.mainUrl}/setrefresh?${new URLSearchParams({ redirect })}`);

  test('sends its caller on by a page, which no address can break out of', async () => {
    const { status, text } = await go('</script><script>alert(1)');
    expect([status, text.match(/<script>/g)?.length]).toEqual([200, 1]);
  });

  test('sends its caller on by a redirect, if a knob wants it', async () => {
    await sim.control.setKnob({ kind: 'setrefresh-as', as: 'redirect' });
    const { status, headers } = await go('https://demo.aimharder.com/');
    expect([status, headers.get('location')]).toEqual([302, 'https://demo.aimharder.com/']);
  });
});

test('403 can strike the writes alone', async () => {
  const gym = await signIn(sim);
  await sim.control.setKnob({ kind: 'geo-block', op: ['book', 'cancelBook'] });
  expect([(await gym.book(DAY, 501)).status, (await gym.cancel(1)).status]).toEqual([403, 403]);
  expect([(await gym.list(DAY)).status, (await gym.renew(gym.token)).status]).toEqual([200, 200]);
});

test('the gym remembers each fingerprint that a member signs in with', async () => {
  for (const fingerprint of ['phone', 'laptop', 'phone']) await signIn(sim, ANA.username, fingerprint);
  await tryLogin(sim, ANA.username, 'wrong', 'thief');
  const [account] = (await sim.control.truth({ member: 1 })).accounts;
  expect(account?.devices).toMatchObject([
    { fingerprint: 'phone', logins: 2 },
    { fingerprint: 'laptop', logins: 1 },
  ]);
  const seen = (await sim.control.history({ op: 'login' })).map(({ fingerprint }) => fingerprint);
  expect(seen).toEqual(['phone', 'laptop', 'phone', 'thief']);
});

test('a renewal is taken on the box’s host too', async () => {
  const gym = await signIn(sim);
  const init = {
    method: 'POST',
    headers: { cookie: gym.cookie },
    body: new URLSearchParams({ token: gym.token, ciclo: '1', fingerprint: 'fp-1' }),
  };
  const { json: answer } = await request(`${sim.url}/box/demo/api/tokenUpdate`, init);
  expect(await sim.control.tokenWorks({ token: answer.newToken })).toBe(true);
  expect(Object.keys(cookiesOf(gym.login))).toContain('amhrdrauth');
});
