// Which kinds of callers may use which endpoint. The router's own list of endpoints is compared with the API contract: an endpoint that the contract
// lacks, or for which it declares no policy (`security`), fails this test.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES } from '../../services/failures.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import {
  CRON_SECRET,
  type Login,
  OLD_CRON_SECRET,
  OPERATOR_TOKEN,
  openApp,
  PUBLIC_URL,
  type TestApp,
} from './open-app.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly policy: string[];
}

const OPEN = [
  'GET /.well-known/jwks.json',
  'GET /.well-known/openid-configuration',
  'GET /health',
  'GET /ready',
  'GET /openapi.json',
  'GET /docs',
  'GET /api/auth/login',
  'POST /api/auth/login',
  'GET /invitation/00000000-0000-4000-8000-000000000000',
  'GET /calendar/00000000-0000-4000-8000-000000000000',
  'GET /confirm/00000000-0000-4000-8000-000000000000',
  'POST /confirm/00000000-0000-4000-8000-000000000000',
];
const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
let endpoints: Endpoint[];
beforeAll(async () => {
  app = await openApp(clock);
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
  const { json } = await app.ask('GET', '/openapi.json');
  endpoints = Object.entries<Record<string, { security?: Record<string, unknown>[] }>>(json.paths).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{(?:id|invitation|code|secret)\}/, '00000000-0000-4000-8000-000000000000'),
        policy: security?.flatMap((scheme) => Object.keys(scheme)) ?? ['undeclared'],
      })),
  );
});
afterAll(() => app.stop());

const behind = (policy: string) => endpoints.filter((one) => one.policy.includes(policy));
const valid: Record<string, unknown> = {
  'POST /api/booking': { boxId: '00000000-0000-4000-8000-000000000000', day: '20260302', classId: '501' },
  'DELETE /api/booking': { boxId: '00000000-0000-4000-8000-000000000000', day: '20260302', reservationId: '1' },
  'POST /api/prebookings': { boxId: '00000000-0000-4000-8000-000000000000', day: '20260302', timeId: '1800_60' },
};
const bodyOf = ({ method, path }: Endpoint) => {
  const body = valid[`${method} ${path}`];
  return body === undefined ? {} : { body };
};

describe('the contract', () => {
  test('says what text is with patterns that a validator can use', async () => {
    const contract: { components: { schemas: Record<string, { properties: Record<string, { pattern?: string }> }> } } =
      (await app.ask('GET', '/openapi.json')).json;
    const { classId, className } = contract.components.schemas['Wish']?.properties ?? {};
    for (const field of [classId, className]) {
      const pattern = new RegExp(field?.pattern ?? '(?!)', 'u');
      expect(['501', 'Yoga Ñandú 💪', 'a\u0000b', '\ud800'].map((words) => pattern.test(words))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    }
  });

  test('names every code an error can have', async () => {
    const { components } = (await app.ask('GET', '/openapi.json')).json;
    expect(components.schemas.Error.properties.error.properties.code.enum).toEqual(Object.keys(FAILURES));
    const page = (await app.ask('GET', '/docs')).text;
    for (const code of Object.keys(FAILURES)) expect(page).toContain(code);
  });
});

describe('every endpoint', () => {
  test('that the router knows is in the contract, with a policy', () => {
    const mounted = app.handler.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(
        ({ method, path }) =>
          `${method} ${path.replace(/:(?:id|invitation|code|secret)(\{[^}]*\})?/, '00000000-0000-4000-8000-000000000000')}`,
      );
    expect([...new Set(mounted)].sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
    expect(endpoints.filter(({ policy }) => policy.includes('undeclared'))).toEqual([]);
  });

  test('open to anyone is one of eleven', () => {
    const open = endpoints.filter(({ policy }) => policy.length === 0).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual(OPEN.sort());
  });

  test('that is not open answers 401 to a stranger, whatever they claim to be', async () => {
    const claims: Record<string, string>[] = [
      {},
      { 'x-user-email': 'ana@example.test' },
      { 'x-user-id': ana.userId },
      { Authorization: 'Bearer undefined' },
      { Authorization: 'Bearer null' },
      { Authorization: 'Bearer ' },
      { Authorization: 'Bearer' },
      { Authorization: `Bearer ${'x'.repeat(10_000)}` },
      { Authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
      { Cookie: '__Host-puntual=; sb-abc-auth-token=%%%; =' },
    ];
    for (const endpoint of endpoints.filter(({ policy }) => policy.length > 0)) {
      for (const headers of claims) {
        const answer = await app.ask(endpoint.method, `${endpoint.path}?email=ana@example.test&userId=${ana.userId}`, {
          ...bodyOf(endpoint),
          headers,
        });
        // From the eleventh request with wrong credentials in a minute on, the status may be 429 instead of 401, which gives no access either.
        expect([endpoint, headers, answer.status]).toEqual([endpoint, headers, answer.status === 429 ? 429 : 401]);
        expect(answer.json.error.code).toMatch(/^(auth\/(missing|refused)|queue\/signature-refused|request\/limited)$/);
      }
    }
  });

  test('answers in the headers that nothing may be kept', async () => {
    for (const endpoint of endpoints) {
      const { headers } = await app.ask(endpoint.method, endpoint.path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('refuses a token in its URL, and the log has no trace of it', async () => {
    const plain = ['accessToken', 'token', 'access_token', 'apikey', 'AccessToken'];
    for (const name of [...plain, 'access-token', 'jwt', 'currentToken', 'current_token', 'refresh-token']) {
      const answer = await app.ask('GET', `/api/booking?${name}=canary-in-url`, { bearer: ana.bearer });
      expect([answer.status, answer.json.error.code]).toEqual([400, 'request/token-in-url']);
    }
    expect(app.log.join('\n')).not.toContain('canary-in-url');
  });
});

describe('cron', () => {
  test('opens to its secret, and to the one before it', async () => {
    for (const bearer of [CRON_SECRET, OLD_CRON_SECRET])
      expect((await app.ask('POST', '/cron/refresh-tokens', { bearer })).status).toBe(200);
  });

  test('does not open to the operator, to a member, or to a secret with more or less', async () => {
    for (const bearer of [
      OPERATOR_TOKEN,
      ana.bearer,
      CRON_SECRET.slice(0, -1),
      `${CRON_SECRET}x`,
      CRON_SECRET.toUpperCase(),
    ])
      expect((await app.ask('GET', '/cron/refresh-tokens', { bearer })).status).toBeGreaterThanOrEqual(401);
  });

  test('asks for the secret whenever none is brought, so that a browser always gets to ask its person', async () => {
    const fresh = await openDoors();
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await fresh.ask('GET', '/monitor', {})).status);
    expect(statuses).toEqual(Array(12).fill(401));
  });

  test('tells a guesser to wait, and still opens to the right secret', async () => {
    const fresh = await openDoors();
    const statuses = [];
    for (let n = 0; n < 11; n += 1)
      statuses.push((await fresh.ask('GET', '/cron/refresh-tokens', { bearer: `guess-${n}` })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    expect((await fresh.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET })).status).toBe(200);
  });
});

/** Makes a second app with the services of `app`. The second app has not counted any request with wrong credentials yet. */
async function openDoors() {
  const { createApp } = await import('../../worker/app.ts');
  const { ask } = await import('./open-app.ts');
  const handler = createApp(app.services, app.context);
  return { ask: (method: string, path: string, asked: Parameters<typeof ask>[3]) => ask(handler, method, path, asked) };
}

describe('a member', () => {
  const list = (headers: Record<string, string>) => app.ask('GET', '/api/auth/sessions', { headers });
  const ssrCookie = (token: string) =>
    `base64-${Buffer.from(JSON.stringify({ access_token: token })).toString('base64url')}`;

  test('is known by Bearer, by our own cookie, and by Supabase’s, whole or in chunks', async () => {
    const whole = ssrCookie(ana.bearer);
    const half = Math.ceil(whole.length / 2);
    for (const headers of [
      { Authorization: `Bearer ${ana.bearer}` },
      { Cookie: ana.cookies.access },
      { Cookie: `sb-abc-auth-token=${whole}` },
      { Cookie: `sb-abc-auth-token.0=${whole.slice(0, half)}; sb-abc-auth-token.1=${whole.slice(half)}` },
      { Cookie: `sb-abc-auth-token=${encodeURIComponent(JSON.stringify({ access_token: ana.bearer }))}` },
    ])
      expect((await list(headers)).status).toBe(200);
  });

  test('is the Bearer’s when the cookies say another', async () => {
    const { json } = await app.ask('GET', '/api/auth/session', {
      bearer: ana.bearer,
      headers: { Cookie: bea.cookies.access },
    });
    expect(json.fingerprint).toBe(ana.fingerprint);
  });

  test('is none when the Bearer is wrong, whatever the cookies say', async () => {
    for (const Authorization of ['Bearer nonsense', 'Bearer', 'Bearer ', 'bearer a b'])
      expect((await list({ Authorization, Cookie: ana.cookies.access })).status).toBe(401);
  });

  test('with a valid Bearer is not troubled by any Cookie header', async () => {
    const odd = [
      '=',
      ';;;',
      '%',
      'a=%E0%A4%A',
      '__Host-puntual=%',
      'sb-x-auth-token=base64-!!!',
      'sb-x-auth-token.0=a',
      '__proto__=1',
      'a="',
      `x=${'y'.repeat(40_000)}`,
      'sb-x-auth-token=base64-bnVsbA',
    ];
    for (const Cookie of odd) {
      expect((await list({ Cookie, Authorization: `Bearer ${ana.bearer}` })).status).toBe(200);
      expect((await list({ Cookie })).status).toBe(401);
    }
  });

  test('is not turned into another by Supabase’s cookies when a session of ours ends, or waits for its refresh', async () => {
    const beas = `sb-abc-auth-token=${ssrCookie(bea.bearer)}`;
    const once = await app.login('ana@example.test');
    const both = `${once.cookies.access}; ${beas}`;
    expect((await list({ Cookie: both })).status).toBe(200);
    await app.ask('POST', '/api/auth/logout', { bearer: once.bearer });
    expect((await list({ Cookie: both })).json.error.code).toBe('auth/session-revoked');
    expect((await list({ Cookie: `${ana.cookies.refresh}; ${beas}` })).json.error.code).toBe('auth/missing');
    expect((await list({ Cookie: beas })).status).toBe(200);
  });
});

describe('another site', () => {
  const hostile: Record<string, string>[] = [
    {},
    { Origin: 'null' },
    { Origin: 'https://evil.example' },
    { Origin: `${PUBLIC_URL}.evil.example` },
    { Origin: `http://evil.example/${PUBLIC_URL}` },
    { Origin: 'http://sub.puntual.test' },
    { Origin: 'https://puntual.test' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: PUBLIC_URL },
  ];

  test('cannot make a member’s browser change anything', async () => {
    const changing = [...behind('session'), ...behind('refresh')].filter(({ method }) => method !== 'GET');
    expect(changing.map(({ method, path }) => `${method} ${path}`)).toContain('POST /api/booking');
    for (const endpoint of changing) {
      for (const headers of hostile) {
        const Cookie = `${ana.cookies.access}; ${ana.cookies.refresh}`;
        const answer = await app.ask(endpoint.method, endpoint.path, {
          ...bodyOf(endpoint),
          headers: { ...headers, Cookie },
        });
        expect([endpoint.path, headers, answer.json?.error.code]).toEqual([endpoint.path, headers, 'auth/cross-site']);
      }
    }
  });

  test('cannot hide a change in a form', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const headers = { 'Content-Type': type, Cookie: ana.cookies.access, Origin: PUBLIC_URL };
      const answer = await app.ask('POST', '/api/booking', {
        rawBody: JSON.stringify(valid['POST /api/booking']),
        headers,
      });
      expect(answer.status).toBe(415);
    }
  });

  test('is not what our own pages are taken for', async () => {
    for (const headers of [{ Origin: PUBLIC_URL }, { 'Sec-Fetch-Site': 'same-origin' }]) {
      const answer = await app.ask('POST', '/api/booking', {
        body: valid['POST /api/booking'],
        headers: { ...headers, Cookie: ana.cookies.access },
      });
      expect(answer.json.error.code).toBe('box/missing');
    }
  });

  test('is no concern of a Bearer, which no browser adds by itself', async () => {
    const answer = await app.ask('POST', '/api/booking', { body: valid['POST /api/booking'], bearer: ana.bearer });
    expect(answer.json.error.code).toBe('box/missing');
  });
});

describe('a request that does not fit', () => {
  test('is told every problem, by name', async () => {
    const answer = await app.ask('POST', '/api/auth/login', { body: { email: 'x', extra: 1, userId: ana.userId } });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request/invalid']);
    for (const name of ['email', 'password', 'extra', 'userId']) expect(answer.json.error.message).toContain(name);
  });

  test('and is no JSON is invalid, without quoting it', async () => {
    const headers = { 'Content-Type': 'application/json' };
    for (const rawBody of ['{"email":', 'canary-body', '']) {
      const answer = await app.ask('POST', '/api/auth/login', { rawBody, headers });
      expect([answer.status, answer.json.error.code]).toEqual([400, 'request/invalid']);
      expect(answer.text).not.toContain('canary-body');
    }
  });

  test('and is longer than 64 KB is refused, with its length said or not', async () => {
    const body = { email: 'x'.repeat(70_000) };
    expect((await app.ask('POST', '/api/auth/login', { body })).json.error.code).toBe('request/too-large');
    const headers = { 'Content-Length': '70000' };
    expect((await app.ask('POST', '/api/auth/login', { body, headers })).status).toBe(413);
  });

  test('with the wrong verb is told which verbs there are', async () => {
    const answer = await app.ask('PUT', '/api/booking', { bearer: ana.bearer });
    expect([answer.status, answer.json.error.code]).toEqual([405, 'route/method']);
    expect(answer.headers.get('allow')).toBe('DELETE, GET, POST');
  });

  test('for a place where nothing is finds nothing', async () => {
    for (const path of ['/', '/nowhere', '/api', '/api/debug/refresh', '/cron/../metrics/x', '/.env'])
      expect([path, (await app.ask('GET', path)).json.error.code]).toEqual([path, 'route/missing']);
  });
});

test('a crash in an endpoint says only where to look, and the log says the rest', async () => {
  const broken = {
    ...app.services,
    store: { ...app.services.store, readUserSessions: () => Promise.reject(new Error('canary: pg says column x')) },
  };
  const { createApp } = await import('../../worker/app.ts');
  const { ask } = await import('./open-app.ts');
  const answer = await ask(createApp(broken, app.context), 'GET', '/api/auth/sessions', { bearer: ana.bearer });
  expect(answer.status).toBe(500);
  expect(answer.json).toEqual({
    error: { code: 'internal/unexpected', message: expect.stringMatching(/incident [0-9a-f-]{36}/) },
  });
  expect(answer.text).not.toContain('canary');
  const incident = /incident ([0-9a-f-]{36})/.exec(answer.text)?.[1] ?? '';
  const line = app.log.find((one) => one.includes(incident) && one.includes('request: failed'));
  expect(line).toContain('canary: pg says column x');
});

test('no log line holds a token of anybody', () => {
  const log = app.log.join('\n');
  for (const secret of [
    ana.bearer,
    ana.deviceToken,
    ana.cookies.refresh.split('=')[1] ?? '',
    CRON_SECRET,
    OPERATOR_TOKEN,
  ])
    expect(log.includes(secret)).toBe(false);
});
