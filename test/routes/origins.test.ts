// Web apps at other addresses: listed origins may use members' endpoints and Socket.IO, no other origin may, and no list of origins opens the
// endpoints that machines call, such as cron's. The tests compare headers; what a browser does with such headers is not tested here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Door, openDoor, TRANSPORTS } from '../realtime/open-door.ts';
import { type Answer, type Login, PUBLIC_URL } from './open-app.ts';

const LISTED = 'https://app.example.com';
const STRANGERS = [
  'https://evil.example',
  'null',
  `${LISTED}.evil.example`,
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://APP.example.com',
  'https://sub.app.example.com',
  `${LISTED}/`,
];
/** The names of the contract's security schemes for callers that bring a token or a cookie of their own. */
const FOR_PAGES = new Set(['member', 'session', 'refresh']);

let door: Door;
let ana: Login;
let endpoints: { method: string; path: string; forPages: boolean }[];
beforeAll(async () => {
  door = await openDoor({ allowedOrigins: [LISTED] });
  ana = await door.app.login('ana@example.test');
  const { json } = await door.app.ask('GET', '/openapi.json');
  endpoints = Object.entries<Record<string, { security?: Record<string, unknown>[] }>>(json.paths).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, { security = [] }]) => ({
        method: method.toUpperCase(),
        path,
        forPages:
          path === '/api/auth/login' || security.some((one) => Object.keys(one).some((at) => FOR_PAGES.has(at))),
      })),
  );
});
afterAll(() => door.stop());

const corsOf = ({ headers }: Answer) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));
const varyOf = ({ headers }: Answer) => (headers.get('vary') ?? '').split(/, */);
const preflight = (method: string, path: string, Origin: string) =>
  door.app.ask('OPTIONS', path, {
    headers: { Origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'authorization' },
  });

describe('a page of a listed origin', () => {
  test('is told beforehand that it may use every endpoint of members, and none of machines', async () => {
    expect(endpoints.filter(({ forPages }) => forPages).length).toBeGreaterThan(20);
    for (const { method, path, forPages } of endpoints) {
      const answer = await preflight(method, path, LISTED);
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, forPages ? LISTED : null]);
      if (!forPages) expect([path, corsOf(answer)]).toEqual([path, []]);
      else {
        expect(answer.status).toBe(204);
        expect(answer.headers.get('access-control-allow-methods')).toContain(method);
        expect(answer.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Idempotency-Key/);
        expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
        expect(varyOf(answer)).toContain('Origin');
      }
    }
  });

  test('reads what a Bearer is answered, refusals too, and no cache may give it to another', async () => {
    const headers = { Origin: LISTED, 'Sec-Fetch-Site': 'cross-site' };
    for (const [bearer, status] of [
      [ana.bearer, 200],
      ['x', 401],
    ] as const) {
      const answer = await door.app.ask('GET', '/api/usage', { bearer, headers });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, LISTED]);
      expect(varyOf(answer)).toEqual(expect.arrayContaining(['Authorization', 'Cookie', 'Origin']));
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('acts by cookie only within the same site', async () => {
    const leave = (more: Record<string, string>) =>
      door.app.ask('DELETE', '/api/auth/sessions/00000000-0000-4000-8000-000000000000', {
        headers: { Origin: LISTED, Cookie: ana.cookies.access, ...more },
      });
    expect((await leave({ 'Sec-Fetch-Site': 'same-site' })).status).toBe(404);
    for (const site of ['cross-site', 'same-origin', 'none'])
      expect([site, (await leave({ 'Sec-Fetch-Site': site })).json.error.code]).toEqual([site, 'auth/cross-site']);
  });

  test.each(TRANSPORTS)('opens a socket over %s with a token, and with a cookie within the same site', async (one) => {
    const transports = [one];
    const cookie = { Origin: LISTED, Cookie: ana.cookies.access };
    const enter = (headers: Record<string, string>, token?: string) =>
      door.connect({ transports, headers, ...(token !== undefined && { token }) }).outcome;
    expect(await enter({ Origin: LISTED, 'Sec-Fetch-Site': 'cross-site' }, ana.bearer)).toBe('in');
    expect(await enter({ ...cookie, 'Sec-Fetch-Site': 'same-site' })).toBe('in');
    expect(await enter({ ...cookie, 'Sec-Fetch-Site': 'cross-site' })).toBe('auth/missing');
  });

  test('reads what the socket’s polls are answered', async () => {
    const poll = (origin: string) =>
      fetch(`${door.url}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: origin } });
    expect((await poll(LISTED)).headers.get('access-control-allow-origin')).toBe(LISTED);
    expect((await poll(PUBLIC_URL)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe.each(STRANGERS)('a page of %s', (Origin) => {
  test('is told nothing, before or after, by HTTP or by socket', async () => {
    for (const { method, path } of endpoints)
      expect([path, corsOf(await preflight(method, path, Origin))]).toEqual([path, []]);
    const answer = await door.app.ask('GET', '/api/usage', { bearer: ana.bearer, headers: { Origin } });
    expect([answer.status, corsOf(answer)]).toEqual([200, []]);
    expect(varyOf(answer)).toContain('Origin');
    const client = door.connect({ token: ana.bearer, headers: { Origin } });
    expect(await client.outcome).toMatch(/^refused/);
  });
});
