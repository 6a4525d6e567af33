// The browser's client against the real service over real sockets: its puntual session from sign-in to sign-out, and the bridge from Supabase.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEVICE_KEY } from '../../web/client/client.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Browser, openBrowser } from './browser-in-node.ts';
import { openService, type WebService } from './open-service.ts';

const clock = handClock(SUNDAY_NOON);
const ANA = { email: 'ana@example.test', password: 'right' };
const BEA = { email: 'bea@example.test', password: 'right' };

let service: WebService;
let browser: Browser;
beforeAll(async () => {
  service = await openService(clock);
});
afterAll(() => service.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  service.instead = undefined;
  Object.assign(service.rotations, { count: 0, inFlight: 0, mostInFlight: 0, gate: undefined });
  await service.app.gym.control.reset(town);
  await service.app.cloud.pool.query('delete from members');
  browser = openBrowser(service.url, () => clock.now().getTime());
});
afterEach(() => browser.stop());

const soon = expect.poll;
const statusOf = ({ client }: { client: { state(): { session: { status: string } } } }) =>
  client.state().session.status;
const rotate = () => browser.requests.filter((request) => request === 'POST /api/auth/session/refresh').length;

describe('a session', () => {
  test('is begun by a sign-in, and outlives a reload by the cookie alone', async () => {
    const first = browser.tab();
    await first.client.start();
    expect(first.client.state().session).toEqual({ status: 'signed-out', proof: 'auth/missing' });
    const signedIn = await first.client.signIn(ANA);
    expect([signedIn.member.email, signedIn.boxes.map(({ subdomain }) => subdomain)]).toEqual([ANA.email, ['norte']]);
    expect(signedIn).not.toHaveProperty('accessToken');
    const reloaded = browser.tab();
    await reloaded.client.start();
    expect(reloaded.client.state().session).toEqual(first.client.state().session);
    const { sessions } = await reloaded.client.call('get', '/api/auth/sessions', {});
    expect(sessions).toHaveLength(1);
  });

  test('leaves nothing on the shelf but the device, and no access token', async () => {
    const { client } = browser.tab();
    await client.signIn(ANA);
    await client.call('get', '/api/auth/sessions', {});
    expect([...browser.shelf.values.keys()]).toEqual([DEVICE_KEY]);
    // Every JWT begins with the letters `eyJ`: no token may be in localStorage.
    expect([...browser.shelf.values.values()].join()).not.toContain('eyJ');
  });

  test('refused by the gym is told by its code, and no member is signed in', async () => {
    const { client } = browser.tab();
    await expect(client.signIn({ ...ANA, password: 'wrong' })).rejects.toMatchObject({
      code: 'gym/wrong-credentials',
      status: 401,
    });
    expect([client.state().session.status, browser.shelf.values.size]).toEqual(['unknown', 0]);
  });

  test('is rotated once for all tabs when its access token is about to end', async () => {
    const tabs = [browser.tab(), browser.tab(), browser.tab()];
    await tabs[0]?.client.signIn(ANA);
    await soon(() => tabs.map(statusOf)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    clock.advance(9 * MINUTE_MS);
    await tabs[1]?.client.call('get', '/api/auth/sessions', {});
    expect(rotate()).toBe(1);
    clock.advance(5 * MINUTE_MS);
    await Promise.all(tabs.map(({ client }) => client.call('get', '/api/auth/sessions', {})));
    expect(rotate()).toBe(1);
    clock.advance(10 * MINUTE_MS);
    await Promise.all(tabs.map(({ client }) => client.call('get', '/api/auth/sessions', {})));
    expect(service.rotations.mostInFlight).toBe(1);
  });

  test('goes on where the machine’s clock is an hour wrong', async () => {
    browser.stop();
    browser = openBrowser(service.url, () => clock.now().getTime() + 60 * MINUTE_MS);
    const { client } = browser.tab();
    await client.signIn(ANA);
    await client.call('get', '/api/auth/sessions', {});
    expect(rotate()).toBe(0);
  });

  test('whose access token is refused gets another and asks again, once', async () => {
    const { client } = browser.tab();
    await client.signIn(ANA);
    let refusals = 0;
    service.instead = (request) => {
      const isRefresh = request.url.endsWith('/refresh');
      if (!isRefresh && ++refusals > 1) service.instead = undefined;
      return isRefresh || refusals > 1
        ? service.app.handler.fetch(request)
        : Response.json({ error: { code: 'auth/refused', message: 'x' } }, { status: 401 });
    };
    const { sessions } = await client.call('get', '/api/auth/sessions', {});
    expect([sessions.length, rotate()]).toEqual([1, 1]);
  });
});

describe('nobody is signed out', () => {
  const TROUBLE: Readonly<Record<string, () => Response>> = {
    'a proxy’s page': () => new Response('<html>Bad gateway</html>', { status: 502 }),
    'a proxy’s 401': () => new Response('<html>Who are you</html>', { status: 401 }),
    'a full service': () => Response.json({ error: { code: 'database/unavailable', message: 'x' } }, { status: 503 }),
    'a refusal of the page': () => Response.json({ error: { code: 'auth/cross-site', message: 'x' } }, { status: 403 }),
    'a captive portal': () => new Response('<html>Log in to the Wi-Fi</html>'),
  };
  test.each(Object.keys(TROUBLE))('by %s', async (name) => {
    const { client, wake } = browser.tab();
    await client.signIn(ANA);
    await client.start();
    clock.advance(20 * MINUTE_MS);
    service.instead = TROUBLE[name];
    await client.syncSession();
    await expect(client.call('get', '/api/auth/sessions', {})).rejects.toThrow();
    expect([client.state().session.status, client.state().device.status]).toEqual(['signed-in', 'unreached']);
    service.instead = undefined;
    clock.advance(MINUTE_MS);
    wake();
    await soon(() => client.state().device.status).toBe('fresh');
    expect(statusOf({ client })).toBe('signed-in');
  });

  test('by a service that is away at the start: it is not known, and found out at the next look', async () => {
    await browser.tab().client.signIn(ANA);
    service.instead = () => new Response('', { status: 502 });
    const late = browser.tab();
    await late.client.start();
    expect(statusOf(late)).toBe('unknown');
    service.instead = undefined;
    late.wake();
    await soon(() => statusOf(late)).toBe('signed-in');
  });
});

describe('the end of a session', () => {
  test('by signing out is told to all tabs; the token goes, and the device is the same one afterwards', async () => {
    const [here, there] = [browser.tab(), browser.tab()];
    await here.client.signIn(ANA);
    await there.client.start();
    const { fingerprint } = here.client.state().device;
    await here.client.signOut();
    expect(here.client.state().session).toEqual({ status: 'signed-out', proof: 'left' });
    await soon(() => statusOf(there)).toBe('signed-out');
    expect(JSON.parse(browser.shelf.getItem(DEVICE_KEY) ?? '')).toMatchObject({ token: '', fingerprint });
    await expect(there.client.call('get', '/api/auth/sessions', {})).rejects.toMatchObject({
      code: 'client/signed-out',
    });
    await here.client.signIn(ANA);
    expect(here.client.state().device).toMatchObject({ fingerprint, status: 'fresh' });
    await soon(() => statusOf(there)).toBe('signed-in');
  });

  test('takes with it what was being read: an answer that comes afterwards is dropped, also where another member has signed in', async () => {
    const { client } = browser.tab();
    await client.signIn(ANA);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    service.instead = async (request) => {
      const answer = await service.app.handler.fetch(request);
      if (request.url.endsWith('/api/prebookings')) await held;
      return answer;
    };
    const reading = client.call('get', '/api/prebookings', {});
    const dropped = expect(reading).rejects.toMatchObject({ code: 'client/signed-out' });
    await soon(() => browser.requests.at(-1)).toBe('GET /api/prebookings');
    await client.signOut();
    await client.signIn(BEA);
    release();
    await dropped;
    expect((await client.call('get', '/api/auth/sessions', {})).sessions).toHaveLength(1);
  });

  test('that the service did not hear of is none', async () => {
    const { client } = browser.tab();
    await client.signIn(ANA);
    service.instead = () => new Response('', { status: 502 });
    await expect(client.signOut()).rejects.toMatchObject({ code: 'client/unreadable' });
    expect(statusOf({ client })).toBe('signed-in');
  });

  test('elsewhere is known at the next look, with the service’s own word for it', async () => {
    const { client, wake } = browser.tab();
    await client.start();
    await client.signIn(ANA);
    await service.app.services.store.revokeUserSessions(userOf(client), undefined, clock.now());
    clock.advance(MINUTE_MS);
    wake();
    await soon(() => client.state().session).toEqual({ status: 'signed-out', proof: 'auth/refused' });
    expect(JSON.parse(browser.shelf.getItem(DEVICE_KEY) ?? '')).toMatchObject({ token: '' });
  });

  test('is over when another tab has signed in while this page heard nothing: found out at a look, at most every 30 seconds', async () => {
    const tab = browser.tab();
    await tab.client.start();
    expect(statusOf(tab)).toBe('signed-out');
    for (let times = 0; times < 5; times++) tab.wake();
    const { cookies } = await service.app.login(ANA.email);
    await browser.jar.setCookie(`${cookies.refresh}; Path=/; Secure`, service.url);
    clock.advance(30_000);
    tab.wake();
    await soon(() => statusOf(tab)).toBe('signed-in');
    expect(rotate()).toBe(2);
  });

  test('does not touch a sign-in that came after it', async () => {
    const [here, there] = [browser.tab(), browser.tab()];
    await here.client.signIn(ANA);
    await soon(() => statusOf(there)).toBe('signed-in');
    const { session: before } = here.client.state();
    await here.client.signOut();
    await here.client.signIn(BEA);
    await soon(() => there.client.state().session).toEqual(here.client.state().session);
    expect(JSON.parse(browser.shelf.getItem(DEVICE_KEY) ?? '')).toMatchObject({
      status: 'fresh',
      userId: userOf(there.client),
    });
    expect(there.client.state().device.status).toBe('fresh');
    // The browser's message that the earlier puntual session was signed out reaches this tab only after the next puntual session has begun.
    const heard = new Promise<void>((resolve) => there.client.subscribe(resolve));
    browser.say({ kind: 'signed-out', sessionId: Reflect.get(before, 'sessionId'), proof: 'left' });
    browser.say({ kind: 'device' });
    await heard;
    expect(statusOf(there)).toBe('signed-in');
  });
});

describe('a bridge', () => {
  test('begins a session, once for all tabs, and a gym account can be joined to it', async () => {
    const sub = randomUUID();
    const token = await supabaseToken(service.app.cloud, { sub, sessionId: randomUUID() }, clock.now());
    const [here, there] = [browser.tab(), browser.tab()];
    await here.client.bridge(token);
    await soon(() => statusOf(there)).toBe('signed-in');
    await there.client.bridge(token);
    expect(browser.requests.filter((request) => request.endsWith('/bridge'))).toHaveLength(1);
    expect(here.client.state()).toMatchObject({ session: { userId: sub }, device: { status: 'none' } });
    const { member } = await here.client.signIn({ ...ANA, link: true });
    expect(member.id).toBe(sub);
    expect(here.client.state().device.status).toBe('fresh');
  });

  test('that is refused begins nothing', async () => {
    const { client } = browser.tab();
    await expect(client.bridge('x.y.z')).rejects.toMatchObject({ code: 'auth/refused', status: 401 });
    expect(statusOf({ client })).toBe('signed-out');
  });
});

const userOf = (client: { state(): { session: { status: string; userId?: string } } }): string =>
  client.state().session.userId ?? '';
