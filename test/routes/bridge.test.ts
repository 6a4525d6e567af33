// The bridge from Supabase's sign-in to a puntual session, and a bridged member's later sign-in with the gym login. All steps of the bridge take
// effect or none, and two members are never merged into one.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { supabaseToken, type TheirClaims } from '../identity/supabase-token.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { ask, cookieOf, openApp, PUBLIC_URL, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.cloud.pool.query('delete from members');
});

const theirs = (claims: TheirClaims) => supabaseToken(app.cloud, { email: 'sol@example.test', ...claims }, clock.now());
const bridge = (bearer: string) => app.ask('POST', '/api/auth/session/bridge', { bearer });
const count = async (table: string): Promise<number> =>
  (await app.cloud.pool.query(`select count(*)::integer as n from ${table}`)).rows[0].n;
const logIn = (email: string, headers: Record<string, string>) =>
  app.ask('POST', '/api/auth/login', { body: { email, password: 'right', fingerprint: 'phone' }, headers });

describe('a token of Supabase', () => {
  test('begins a session here: member, session, refresh token, cookies', async () => {
    const sub = randomUUID();
    const answer = await bridge(await theirs({ sub }));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      session: { id: expect.any(String), expiresAt: '2026-03-31T12:00:00.000Z' },
      accessToken: expect.any(String),
    });
    expect(cookieOf(answer, '__Host-puntual-refresh')).toMatch(/=.{70}$/);
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/HttpOnly; Secure/);
    const { rows } = await app.cloud.pool.query('select id, email, platform_user_id from members');
    expect(rows).toEqual([{ id: sub, email: 'sol@example.test', platform_user_id: null }]);
    const own = await app.ask('GET', '/api/auth/sessions', { bearer: answer.json.accessToken });
    expect(own.json.sessions).toMatchObject([{ id: answer.json.session.id, current: true }]);
  });

  test('bridged twice makes two sessions of one member', async () => {
    const token = await theirs({ sub: randomUUID() });
    await Promise.all([bridge(token), bridge(token)]);
    expect([await count('members'), await count('user_sessions'), await count('refresh_tokens')]).toEqual([1, 2, 2]);
  });

  test('begins sixty sessions an hour and no more; the other members’ go on', async () => {
    const sub = randomUUID();
    await bridge(await theirs({ sub }));
    await app.cloud.pool.query(
      `insert into user_sessions (id, user_id, created_at, last_seen_at)
       select gen_random_uuid(), $1, $2, $2 from generate_series(1, 59)`,
      [sub, clock.now()],
    );
    const refused = await bridge(await theirs({ sub }));
    expect([refused.status, refused.json.error?.code]).toEqual([429, 'request/limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await bridge(await theirs({ sub: randomUUID() }))).status).toBe(200);
    clock.advance(60 * MINUTE_MS);
    expect((await bridge(await theirs({ sub }))).status).toBe(200);
  });

  test('is wanted in the Bearer: cookies are not asked', async () => {
    const token = await theirs({ sub: randomUUID() });
    const value = `base64-${Buffer.from(JSON.stringify({ access_token: token })).toString('base64url')}`;
    const headers = { Cookie: `sb-abc-auth-token=${value}`, Origin: PUBLIC_URL };
    expect((await app.ask('POST', '/api/auth/session/bridge', { headers })).json.error.code).toBe('auth/missing');
  });

  test('is no body: what it says of a user is refused', async () => {
    const bearer = await theirs({ sub: randomUUID() });
    const answer = await app.ask('POST', '/api/auth/session/bridge', { bearer, body: { userId: randomUUID() } });
    expect([answer.status, await count('members')]).toEqual([400, 0]);
  });

  test('of ours is refused, or ten minutes would become three months', async () => {
    const { bearer } = await app.login('ana@example.test');
    expect(await bridge(bearer)).toMatchObject({ status: 401, json: { error: { code: 'auth/refused' } } });
  });

  test.each<[string, Omit<TheirClaims, 'sub'>]>([
    ['an anon key', { more: { role: 'anon' } }],
    ['a service key', { more: { role: 'service_role' } }],
    ['an expired one', { lifeS: -60 }],
    ['another audience', { more: { aud: 'else' } }],
    ['another project', { more: { iss: 'https://evil.example/auth/v1' } }],
    ['no subject', { more: { sub: undefined } }],
  ])('that is %s leaves nothing behind', async (_what, claims) => {
    const answer = await bridge(await theirs({ sub: randomUUID(), ...claims }));
    expect([answer.status, answer.headers.getSetCookie(), await count('members')]).toEqual([401, [], 0]);
  });

  test('leaves nothing behind when the session cannot be written', async () => {
    await app.cloud.pool.query(`alter table refresh_tokens add constraint never check (counter < 0) not valid`);
    const answer = await bridge(await theirs({ sub: randomUUID() }));
    await app.cloud.pool.query('alter table refresh_tokens drop constraint never');
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([500, []]);
    expect([await count('members'), await count('user_sessions')]).toEqual([0, 0]);
  });
});

describe('a bridged session', () => {
  test('ends with the Supabase session it grew from', async () => {
    const [sub, sessionId] = [randomUUID(), randomUUID()];
    await app.cloud.pool.query(
      'create table auth.sessions (id uuid primary key, user_id uuid not null, not_after timestamptz)',
    );
    try {
      await app.cloud.pool.query('insert into auth.sessions values ($1, $2)', [sessionId, sub]);
      const answer = await bridge(await theirs({ sub, sessionId }));
      const list = (handler = app.handler) =>
        ask(handler, 'GET', '/api/auth/sessions', { bearer: answer.json.accessToken });
      expect((await list()).status).toBe(200);
      await app.cloud.pool.query('delete from auth.sessions');
      // A new app stands for another process, which lacks the two-second cache of puntual sessions that this process has.
      const elsewhere = createApp(app.services, app.context);
      expect((await list(elsewhere)).json.error.code).toBe('auth/session-revoked');
      const headers = { Origin: PUBLIC_URL, Cookie: cookieOf(answer, '__Host-puntual-refresh') };
      expect((await app.ask('POST', '/api/auth/session/refresh', { headers })).status).toBe(401);
    } finally {
      await app.cloud.pool.query('drop table auth.sessions');
    }
  });
});

describe('a member that Supabase has signed out, banned or deleted', () => {
  // Adds the table of sessions and the columns for bans and deletions that a hosted Supabase project has, because the embedded database lacks them.
  beforeEach(async () => {
    await app.cloud.pool.query(`create table auth.sessions (id uuid primary key, user_id uuid not null, not_after timestamptz);
      alter table auth.users add column banned_until timestamptz, add column deleted_at timestamptz`);
  });
  afterEach(async () => {
    await app.cloud.pool.query(
      'drop table auth.sessions; delete from auth.users; alter table auth.users drop column banned_until, drop column deleted_at',
    );
  });
  const arrives = async (sessionId: string | undefined) => {
    const sub = randomUUID();
    await app.cloud.pool.query('insert into auth.users (id) values ($1)', [sub]);
    if (sessionId) await app.cloud.pool.query('insert into auth.sessions values ($1, $2)', [sessionId, sub]);
    const token = await theirs({ sub, ...(sessionId && { sessionId }) });
    const bridged = await bridge(token);
    expect(bridged.status).toBe(200);
    return { sub, token, bridged };
  };
  const END: Record<string, string> = {
    banned: `update auth.users set banned_until = '2126-01-01'`,
    deleted: 'update auth.users set deleted_at = now()',
    'signed out': 'delete from auth.sessions',
  };

  test.each([
    ['banned', true],
    ['banned', false],
    ['deleted', true],
    ['signed out', true],
  ] as const)('%s (its tokens naming a session: %s) is out of every door at once', async (how, names) => {
    const { token, bridged } = await arrives(names ? randomUUID() : undefined);
    await app.cloud.pool.query(END[how] ?? '');
    const elsewhere = createApp(app.services, app.context);
    for (const bearer of [token, bridged.json.accessToken]) {
      const answer = await ask(elsewhere, 'GET', '/api/auth/sessions', { bearer });
      expect([answer.status, answer.json.error.code]).toEqual([401, 'auth/session-revoked']);
    }
    expect((await ask(elsewhere, 'POST', '/api/chat/session', { bearer: token })).status).toBe(401);
    const headers = { Origin: PUBLIC_URL, Cookie: cookieOf(bridged, '__Host-puntual-refresh') };
    expect((await ask(elsewhere, 'POST', '/api/auth/session/refresh', { headers })).status).toBe(401);
    const before = await count('user_sessions');
    expect([(await bridge(token)).status, await count('user_sessions')]).toEqual([401, before]);
  });

  test('for a while is in again when the ban is over', async () => {
    const { sub, token } = await arrives(randomUUID());
    await app.cloud.pool.query('update auth.users set banned_until = $2 where id = $1', [sub, clock.now()]);
    expect((await app.ask('GET', '/api/auth/sessions', { bearer: token })).status).toBe(200);
  });
});

describe('a gym account', () => {
  test('becomes that of the bridged member that signs in there', async () => {
    const [sub, sessionId] = [randomUUID(), randomUUID()];
    const token = await theirs({ sub, sessionId });
    const { json } = await bridge(token);
    const answer = await logIn('ana@example.test', { Authorization: `Bearer ${json.accessToken}` });
    expect([answer.status, answer.json.member.id]).toEqual([200, sub]);
    expect(await count('members')).toBe(1);
  });

  test('is found by Supabase’s own token from then on, with the device of that sign-in', async () => {
    const token = await theirs({ sub: randomUUID(), sessionId: randomUUID() });
    const Authorization = `Bearer ${token}`;
    expect((await logIn('ana@example.test', { Authorization })).status).toBe(200);
    const state = await app.ask('GET', '/api/auth/session', { bearer: token });
    expect([state.status, state.json.fingerprint]).toEqual([200, 'phone']);
  });

  test('gives its device to every session bridged from the same Supabase session, before and after', async () => {
    const token = await theirs({ sub: randomUUID(), sessionId: randomUUID() });
    const before = await bridge(token);
    const deviceOf = (bearer: string) => app.ask('GET', '/api/auth/session', { bearer });
    expect((await deviceOf(before.json.accessToken)).status).toBe(404);
    expect((await logIn('ana@example.test', { Authorization: `Bearer ${token}` })).status).toBe(200);
    const after = await bridge(token);
    for (const bearer of [token, before.json.accessToken, after.json.accessToken])
      expect((await deviceOf(bearer)).json.fingerprint).toBe('phone');
  });

  test('joins no member by a cookie, which may be planted or another person’s: ours or Supabase’s, on our own page', async () => {
    const sub = randomUUID();
    const access_token = await theirs({ sub });
    const ours = cookieOf(await bridge(access_token), '__Host-puntual');
    const value = `base64-${Buffer.from(JSON.stringify({ access_token })).toString('base64url')}`;
    const own = { Origin: PUBLIC_URL, 'Sec-Fetch-Site': 'same-origin' };
    for (const Cookie of [ours, `sb-127-auth-token=${value}`]) {
      const answer = await logIn('ana@example.test', { Cookie, ...own });
      expect(answer.status).toBe(200);
      expect(answer.json.member.id).not.toBe(sub);
    }
  });

  test('that is another member’s stays so, and nothing is merged', async () => {
    const ana = await app.login('ana@example.test');
    const sub = randomUUID();
    const answer = await logIn('ana@example.test', { Authorization: `Bearer ${await theirs({ sub })}` });
    expect([answer.status, answer.json.error.code]).toEqual([409, 'auth/account-taken']);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const { rows } = await app.cloud.pool.query('select id, platform_user_id from members');
    expect(rows).toEqual([{ id: ana.userId, platform_user_id: '1' }]);
  });

  test('of a browser signed in as another gym member is a change of member, not a merger', async () => {
    const ana = await app.login('ana@example.test');
    const answer = await logIn('bea@example.test', { Authorization: `Bearer ${ana.bearer}` });
    expect(answer.json.member.id).not.toBe(ana.userId);
    expect(await count('members')).toBe(2);
  });

  test('is not signed in to under a Bearer that does not hold', async () => {
    expect((await logIn('ana@example.test', { Authorization: 'Bearer stale' })).status).toBe(401);
    expect(await app.gym.control.history({ op: 'login' })).toEqual([]);
  });

  test('is signed in to whatever stale cookies a browser still has', async () => {
    const headers = { Cookie: '__Host-puntual=stale; sb-x-auth-token=base64-!', Origin: PUBLIC_URL };
    expect((await logIn('ana@example.test', headers)).status).toBe(200);
  });
});

describe('wrong passwords', () => {
  const wrong = (email: string, ip = '10.0.0.1') =>
    app.ask('POST', '/api/auth/login', {
      body: { email, password: 'wrong' },
      headers: { 'X-Forwarded-For': ip },
    });
  beforeEach(() => app.cloud.pool.query('delete from login_limits'));

  test('a thousand of them ask the gym three times, across processes, and a signed-in device is served all the while', async () => {
    const ana = await app.login('ana@example.test');
    await app.gym.control.clearHistory();
    const other = createApp(app.services, app.context);
    const body = { email: 'ana@example.test', password: 'wrong' };
    for (let n = 0; n < 10; n += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          ask(i % 2 ? app.handler : other, 'POST', '/api/auth/login', {
            body,
            headers: { 'X-Forwarded-For': `10.0.${n}.${i}` },
          }),
        ),
      );
      expect(answers.filter(({ status }) => status !== 429)).toHaveLength(n === 0 ? 3 : 0);
    }
    expect(await app.gym.control.history({ op: 'login' })).toHaveLength(3);
    const day = await app.ask('GET', `/api/booking?day=20260302&boxId=${ana.boxes[0]?.id}`, { bearer: ana.bearer });
    expect(day.status).toBe(200);
  });

  test('are forgotten after a quarter of an hour', async () => {
    for (let n = 0; n < 3; n += 1) await wrong('cleo@example.test');
    const limited = await app.ask('POST', '/api/auth/login', {
      body: { email: 'cleo@example.test', password: 'right' },
    });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '900']);
    clock.advance(15 * MINUTE_MS);
    expect((await app.login('cleo@example.test')).userId).toBeDefined();
    clock.set(SUNDAY_NOON);
  });

  test('from one address stop at twenty, over all accounts', async () => {
    const statuses = [];
    for (let n = 0; n < 21; n += 1) statuses.push((await wrong(`n${n}@example.test`, '10.9.9.9')).status);
    expect(statuses).toEqual([...Array(20).fill(401), 429]);
    expect((await wrong('n99@example.test', '10.9.9.8')).status).toBe(401);
  });

  test('from many addresses, for many accounts, stop at a hundred, and a device that is known still gets in', async () => {
    const ana = await app.login('ana@example.test', { fingerprint: 'a-phone-of-ana' });
    await app.gym.control.clearHistory();
    const others = (n: number) => wrong(`n${n}@example.test`, `10.7.${n % 50}.1`);
    const statuses = [];
    for (let n = 0; n < 97; n += 1) statuses.push((await others(n)).status);
    statuses.push(...(await Promise.all([97, 98, 99, 100, 101].map(others))).map(({ status }) => status));
    expect(statuses.toSorted()).toEqual([...Array(100).fill(401), 429, 429]);
    expect(await app.gym.control.history({ op: 'login' })).toHaveLength(100);
    const from = (body: object) =>
      app.ask('POST', '/api/auth/login', { body, headers: { 'X-Forwarded-For': '10.8.0.1' } });
    const right = { email: 'Ana@Example.test ', password: 'right' };
    const fingerprint = ana.fingerprint;
    expect((await from({ ...right, fingerprint })).status).toBe(200);
    expect([(await from(right)).status, (await from({ ...right, fingerprint: 'no-device-of-ana' })).status]).toEqual([
      429, 429,
    ]);
    // The limit of a hundred wrong logins still stops a login to another account from Ana's device. Ana's own account is allowed three wrong
    // passwords only.
    expect((await from({ email: 'bea@example.test', password: 'right', fingerprint })).status).toBe(429);
    const guesses = [];
    for (let n = 0; n < 4; n += 1) guesses.push((await from({ ...right, password: 'wrong', fingerprint })).status);
    expect(guesses).toEqual([401, 401, 401, 429]);
    clock.advance(15 * MINUTE_MS);
    expect((await app.login('bea@example.test')).userId).toBeDefined();
    clock.set(SUNDAY_NOON);
  });

  test('that made the gym lock the account are answered as ours are, for an hour', async () => {
    await app.gym.control.setKnob({ kind: 'lockout', after: 1 });
    const locked = await wrong('bea@example.test');
    clock.advance(59 * MINUTE_MS);
    await app.gym.control.clearHistory();
    const later = await wrong('bea@example.test');
    clock.set(SUNDAY_NOON);
    expect([locked.status, later.status, later.text]).toEqual([429, 429, locked.text]);
    // The waits in `Retry-After` come from the service's own limit on wrong passwords, which also counts wrong passwords for an account that no
    // member of the service has.
    expect([locked.headers.get('retry-after'), later.headers.get('retry-after')]).toEqual(['900', '60']);
    expect(await app.gym.control.history({ op: 'login' })).toEqual([]);
  });

  test('are not what a gym counts as that does not read them', async () => {
    await app.gym.control.setKnob({ kind: 'geo-block' });
    for (let n = 0; n < 5; n += 1) expect((await wrong('ana@example.test')).status).toBeGreaterThanOrEqual(500);
  });

  test('end after a hundred at a gym that bars our address and reads none', async () => {
    await app.gym.control.setKnob({ kind: 'geo-block' });
    const statuses = [];
    for (let n = 0; n < 101; n += 1) statuses.push((await wrong('ana@example.test', `10.6.${n}.1`)).status);
    expect([statuses.filter((status) => status >= 500).length, statuses.at(-1)]).toEqual([100, 429]);
  });

  test('that may have reached a gym whose answer is lost count as well', async () => {
    await app.gym.control.clearHistory();
    await app.gym.control.setKnob({ kind: 'lose', op: 'login', when: 'after', how: 'empty' });
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await wrong('bea@example.test')).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(9);
    expect(await app.gym.control.history({ op: 'login' })).toHaveLength(3);
  });

  test('are not what a right one counts as, whatever goes wrong after it', async () => {
    await app.login('ana@example.test');
    const bearer = await theirs({ sub: randomUUID() });
    await app.gym.control.clearHistory();
    const body = { email: 'ana@example.test', password: 'right' };
    for (let n = 0; n < 5; n += 1)
      expect((await app.ask('POST', '/api/auth/login', { bearer, body })).status).toBe(409);
    expect(await app.gym.control.history({ op: 'login' })).toHaveLength(5);
  });

  test('and right ones end somewhere: a hundred in a quarter of an hour', async () => {
    await app.login('ana@example.test');
    await app.cloud.pool.query(
      `insert into login_limits select gen_random_uuid(), account, address, verdict, tried_at from login_limits, generate_series(1, 99)`,
    );
    const body = { email: 'ana@example.test', password: 'right' };
    expect((await app.ask('POST', '/api/auth/login', { body })).status).toBe(429);
    expect((await app.login('bea@example.test')).userId).toBeDefined();
    clock.advance(15 * MINUTE_MS);
    expect((await app.login('ana@example.test')).userId).toBeDefined();
    clock.set(SUNDAY_NOON);
  });
});
