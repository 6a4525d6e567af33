// Supabase's SSR cookies (a session in cookies, for pages rendered on a server), as Supabase's own library writes them. The service reads SSR cookies
// whole or in chunks, renews a Supabase session that has run out, and sets the cookies again.
import { randomUUID } from 'node:crypto';
import { createServerClient } from '@supabase/ssr';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { createApp } from '../../worker/app.ts';
import { type Answer, ask as askApp, openApp, PUBLIC_URL, type TestApp } from '../routes/open-app.ts';
import { type AuthServer, startAuthServer, type TheirSession } from './auth-server.ts';

const sol = { id: randomUUID(), email: 'sol@example.test', password: 'right' };
let app: TestApp;
let auth: AuthServer;
let ask: (cookie: string, headers?: Record<string, string>, method?: string, path?: string) => Promise<Answer>;
beforeAll(async () => {
  app = await openApp(systemClock);
  auth = await startAuthServer(app.cloud, [sol]);
  const handler = createApp(app.services, { ...app.context, supabase: { ...app.context.supabase, url: auth.url } });
  ask = (Cookie, headers = {}, method = 'GET', path = '/api/usage') =>
    askApp(handler, method, path, { headers: { Cookie, ...headers } });
  await app.cloud.pool.query(`insert into subscriptions (user_id, plan, tokens) values ($1, 'free', 12)`, [sol.id]);
});
afterAll(async () => {
  await auth.stop();
  await app.stop();
});
beforeEach(() => {
  auth.asked.length = 0;
  auth.breakDown(undefined);
});

const NAME = 'sb-abc-auth-token';
const cookieOf = (session: Partial<TheirSession>, name = NAME): string => {
  const value = `base64-${Buffer.from(JSON.stringify(session)).toString('base64url')}`;
  if (value.length < 1000) return `${name}=${value}`;
  const third = Math.ceil(value.length / 3);
  return [0, 1, 2].map((n) => `${name}.${n}=${value.slice(n * third, (n + 1) * third)}`).join('; ');
};
/** Gives the Cookie header that a browser with the cookies `before` would send after this answer. */
const cookiesAfter = (before: string, answer: Answer): string => {
  const jar = new Map(before.split('; ').map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
  for (const line of answer.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
    if (/max-age=0/i.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
};

describe('SSR cookies', () => {
  test('that Supabase’s helper wrote are read as they are, and Auth is not asked', async () => {
    const jar = new Map<string, string>();
    const client = createServerClient(auth.url, app.cloud.publishableKey, {
      cookieOptions: { name: NAME },
      cookies: {
        getAll: () => [...jar].map(([name, value]) => ({ name, value })),
        setAll: (all) => {
          for (const { name, value } of all) jar.set(name, value);
        },
      },
    });
    await client.auth.signInWithPassword(sol);
    auth.asked.length = 0;
    const answer = await ask([...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    expect(answer.json).toEqual({ tokens: { current: 12, max: 30, unlimited: false }, plan: 'Free', status: 'active' });
    expect([answer.headers.getSetCookie(), auth.asked]).toEqual([[], []]);
  });

  test('that have run out are renewed once and set back; with what was set back no further renewal is needed', async () => {
    const stale = cookieOf(await auth.open(sol, -60));
    const answer = await ask(stale);
    expect(answer.status).toBe(200);
    expect(auth.asked).toEqual(['/auth/v1/token?grant_type=refresh_token']);
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/; Path=\/;.*SameSite=Lax/i);
    const next = cookiesAfter(stale, answer);
    expect(next).not.toBe(stale);
    expect((await ask(next)).status).toBe(200);
    expect(auth.asked).toHaveLength(1);
  });

  test('with a spent refresh token identify no member, and stay where they are', async () => {
    const answer = await ask(cookieOf({ ...(await auth.open(sol, -60)), refresh_token: 'spent' }));
    expect([answer.status, answer.json.error.code, answer.headers.getSetCookie()]).toEqual([401, 'auth/refused', []]);
  });

  test('that cannot be renewed because Auth is away are an outage, told at once, and the cookies are kept', async () => {
    for (const status of [429, 500, 502, 503]) {
      auth.breakDown(status);
      const answer = await ask(cookieOf(await auth.open(sol, -60)));
      expect([answer.status, answer.json.error.code]).toEqual([503, 'auth/unavailable']);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(auth.asked).toHaveLength(4);
  });

  test('with a forged token cause no call to Auth', async () => {
    const { access_token, ...rest } = await auth.open(sol);
    const answer = await ask(cookieOf({ ...rest, access_token: `${access_token.slice(0, -8)}AAAAAAAA` }));
    expect([answer.status, auth.asked]).toEqual([401, []]);
  });

  test('cause no call to Auth that it never signed, however many there are, and one where there is one', async () => {
    const made = { access_token: 'a.b.c', refresh_token: 'r', expires_at: 1 };
    const many = Array.from({ length: 150 }, (_, n) => cookieOf(made, `sb-${n.toString(36)}-auth-token`)).join('; ');
    expect([(await ask(many)).status, auth.asked]).toEqual([401, []]);
    const stale = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => cookieOf(await auth.open(sol, -60), `sb-${name}-auth-token`)),
    );
    await ask(stale.join('; '));
    expect(auth.asked).toHaveLength(1);
  });

  test('that Auth refuses are told in the log, not past it', async () => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
    await ask(cookieOf({ ...(await auth.open(sol, -60)), refresh_token: 'spent' }));
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
    for (const spy of printed) spy.mockRestore();
  });

  test('do not change anything for another site, nor are they renewed for it', async () => {
    const stale = cookieOf(await auth.open(sol, -60));
    const answer = await ask(stale, { Origin: 'https://evil.example' }, 'POST', '/api/auth/logout');
    expect([answer.status, auth.asked]).toEqual([403, []]);
    expect((await ask(stale, { Origin: PUBLIC_URL }, 'POST', '/api/auth/logout')).status).toBe(200);
  });

  test('are not looked at beside a Bearer', async () => {
    const stale = cookieOf(await auth.open(sol, -60));
    const { access_token } = await auth.open(sol);
    expect((await ask(stale, { Authorization: `Bearer ${access_token}` })).status).toBe(200);
    expect((await ask(stale, { Authorization: 'Bearer x' })).status).toBe(401);
    expect(auth.asked).toEqual([]);
  });

  test('are of no use where only a Bearer counts', async () => {
    const good = cookieOf(await auth.open(sol));
    const answer = await ask(good, { Origin: PUBLIC_URL }, 'POST', '/api/session/create');
    expect(answer.json.error.code).toBe('auth/missing');
  });
});
