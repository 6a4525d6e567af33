// Signing in, keeping a puntual session alive, listing and ending puntual sessions: over HTTP, on real parts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';
import { cookieOf, openApp, PUBLIC_URL, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());

const own = { Origin: PUBLIC_URL };
const refresh = (cookie: string, headers: Record<string, string> = own) =>
  app.ask('POST', '/api/auth/session/refresh', { headers: { ...headers, Cookie: cookie } });
const sessions = (bearer: string) => app.ask('GET', '/api/auth/sessions', { bearer });

let nextMember = 900;

describe('signing in', () => {
  test('answers the member, their boxes, and a device of their own', async () => {
    const answer = await app.ask('POST', '/api/auth/login', { body: { email: 'bea@example.test', password: 'right' } });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      member: { id: expect.any(String), email: 'bea@example.test', name: 'Bea' },
      boxes: [
        {
          id: expect.any(String),
          aimharderBoxId: '77',
          subdomain: 'norte',
          name: 'Box Norte',
          timeZone: 'Europe/Madrid',
        },
        {
          id: expect.any(String),
          aimharderBoxId: '88',
          subdomain: 'sur',
          name: 'Box Sur',
          timeZone: expect.any(String),
        },
      ],
      unplaced: [],
      device: { fingerprint: expect.stringMatching(/^[0-9a-f]{50}$/), token: expect.stringMatching(/^2\|/) },
      accessToken: expect.any(String),
      expiresAt: '2026-03-01T12:10:00.000Z',
    });
  });

  test('opens one device and one background session, with fingerprints of their own', async () => {
    await app.login('ana@example.test', { fingerprint: 'my-phone' });
    const { rows } = await app.cloud.pool.query(
      `select session_type, fingerprint from auth_sessions where user_email = 'ana@example.test' order by session_type`,
    );
    expect(rows).toEqual([
      { session_type: 'background', fingerprint: expect.stringMatching(/^[0-9a-f]{50}$/) },
      { session_type: 'device', fingerprint: 'my-phone' },
    ]);
  });

  test('sets cookies that only this host gets, no script reads, and no other site can make the browser use', async () => {
    const answer = await app.ask('POST', '/api/auth/login', { body: { email: 'ana@example.test', password: 'right' } });
    const [access, refreshed] = answer.headers.getSetCookie();
    for (const cookie of [access, refreshed]) expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure/);
    expect(access).toMatch(/^__Host-puntual=.*Max-Age=600;.*SameSite=Lax/);
    expect(refreshed).toMatch(/^__Host-puntual-refresh=.*SameSite=Strict/);
    expect(answer.headers.getSetCookie().join()).not.toMatch(/domain/i);
  });

  test.each([
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
  ])('is not begun by a stranger’s page: %j', async (headers) => {
    const body = { email: 'ana@example.test', password: 'right' };
    const answer = await app.ask('POST', '/api/auth/login', { body, headers });
    expect([answer.status, answer.json.error.code]).toEqual([403, 'auth/cross-site']);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test.each([
    ['blanks around it', ' lola@example.test\u00a0', 'lola@example.test'],
    ['a sign', 'lola&co@example.test', 'lola&co@example.test'],
    ['a dot before the @', 'lola.@example.test', 'lola.@example.test'],
    ['letters of Spanish', 'ñandú@example.test', 'ñandú@example.test'],
    ['a host of one word', 'lola@x', 'lola@x'],
    ['254 characters', `${'l'.repeat(241)}@example.test`, `${'l'.repeat(241)}@example.test`],
  ])('F9: takes an e-mail with %s, and the gym judges it', async (_what, typed, known) => {
    nextMember += 1;
    await app.gym.control.addMember({
      id: nextMember,
      name: 'Lola',
      email: known,
      password: 'right',
      boxes: ['norte'],
    });
    const wrong = await app.ask('POST', '/api/auth/login', { body: { email: typed, password: 'wrong' } });
    expect([wrong.status, wrong.json.error.code]).toEqual([401, 'gym/wrong-credentials']);
    const answer = await app.ask('POST', '/api/auth/login', { body: { email: typed, password: 'right' } });
    expect([answer.status, answer.json.member?.email]).toEqual([200, known]);
  });

  test.each([
    ['nothing', '  '],
    ['no @', 'lola'],
    ['nobody before it', '@example.test'],
    ['no host', 'lola@'],
    ['two of them', 'lola@norte@example.test'],
    ['a blank inside', 'lo la@example.test'],
    ['a control character', 'lola\u0000@example.test'],
    ['half a surrogate', 'lola\ud800@example.test'],
    ['255 characters', `${'l'.repeat(242)}@example.test`],
  ])('F9: an e-mail with %s stays 400, and the gym is not asked', async (_what, email) => {
    const answer = await app.ask('POST', '/api/auth/login', { body: { email, password: 'right' } });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request/invalid']);
  });

  test('leaves the password nowhere', async () => {
    await app.gym.control.addMember({
      id: 9,
      name: 'Dora',
      email: 'dora@example.test',
      password: 'canary-password',
      boxes: ['norte'],
    });
    const body = { email: 'dora@example.test', password: 'canary-password' };
    expect((await app.ask('POST', '/api/auth/login', { body })).status).toBe(200);
    expect(app.log.join('\n')).not.toContain('canary-password');
    const { rows } = await app.cloud.pool.query(
      `select string_agg(t::text, '') as all from (select to_jsonb(m) t from members m union all select to_jsonb(s) from auth_sessions s union all select to_jsonb(j) from token_journal j) x`,
    );
    expect(rows[0].all).not.toContain('canary-password');
  });

  test('with a wrong password is refused in the gym’s name', async () => {
    const answer = await app.ask('POST', '/api/auth/login', {
      body: { email: 'cleo@example.test', password: 'wrong' },
    });
    expect([answer.status, answer.json.error.code]).toEqual([401, 'gym/wrong-credentials']);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('F13: refused by a key that is not about the password says so, and counts as no guess', async () => {
    const body = { email: 'cleo@example.test', password: 'right' };
    const knobId = await app.gym.control.setKnob({ kind: 'login-error', key: 'LOGIN_ERROR_MALFORMED_BODY', member: 3 });
    for (let turn = 0; turn < 5; turn++) {
      const { status, json } = await app.ask('POST', '/api/auth/login', { body });
      expect([status, json.error.code]).toEqual([502, 'gym/unreadable']);
      expect(json.error.message).toContain('LOGIN_ERROR_MALFORMED_BODY');
    }
    await app.gym.control.clearKnobs({ knobId });
    expect((await app.ask('POST', '/api/auth/login', { body })).status).toBe(200);
  });

  test('F16: again and again is two devices at the gym, the background login always the same one', async () => {
    await app.gym.control.addMember({
      id: 16,
      name: 'Fina',
      email: 'fina@example.test',
      password: 'right',
      boxes: ['sur'],
    });
    const fingerprints = async () => {
      const [account] = (await app.gym.control.truth({ member: 16 })).accounts;
      return account?.devices.map(({ fingerprint, logins }) => [fingerprint, logins]);
    };
    const body = { email: 'fina@example.test', password: 'right', fingerprint: 'fina-phone' };
    for (let turn = 0; turn < 3; turn++) expect((await app.ask('POST', '/api/auth/login', { body })).status).toBe(200);
    const first = await fingerprints();
    expect(first).toEqual([
      ['fina-phone', 3],
      [expect.stringMatching(/^[0-9a-f]{50}$/), 3],
    ]);
    // At a further login the service gives the gym the same two fingerprints (the device's and the background session's), even if the rows of both
    // sessions are gone from the database.
    await app.cloud.pool.query("delete from auth_sessions where user_email = 'fina@example.test'");
    await app.ask('POST', '/api/auth/login', { body });
    expect(await fingerprints()).toEqual(first?.map(([fingerprint]) => [fingerprint, 4]));
  });

  test.each([
    'setrefresh',
    'schedule',
    'either',
  ] as const)('F13: warms the session up, so that a box that demands %s shows its list, and no address with a token is logged', async (by) => {
    const knobId = await app.gym.control.setKnob({ kind: 'warm-up', by });
    const { bearer, boxes } = await app.login('bea@example.test');
    for (const { id } of boxes) {
      const path = `/api/booking?day=${MONDAY}&boxId=${id}`;
      expect((await app.ask('GET', path, { bearer })).status).toBe(200);
    }
    await app.gym.control.clearKnobs({ knobId });
    expect(app.log.join('\n')).not.toMatch(/setrefresh\?|434e5259/);
  });

  test('with a hundred wrong passwords at once asks the gym three times, and then not for a while', async () => {
    await app.gym.control.clearHistory();
    const body = { email: 'nobody@example.test', password: 'wrong' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => app.ask('POST', '/api/auth/login', { body })));
    expect(answers.filter((one) => one.status === 429)).toHaveLength(97);
    expect(await app.gym.control.history({ op: 'login' })).toHaveLength(3);
    const upper = await app.ask('POST', '/api/auth/login', { body: { ...body, email: 'NOBODY@example.test' } });
    expect([upper.status, upper.json.error.code]).toEqual([429, 'request/limited']);
    expect(Number(upper.headers.get('retry-after'))).toBeGreaterThan(800);
  });
});

describe('a session of ours', () => {
  test('is kept alive by its refresh cookie, which is exchanged', async () => {
    const { cookies } = await app.login('ana@example.test');
    const answer = await refresh(cookies.refresh);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      session: { id: expect.any(String), expiresAt: expect.stringMatching(/Z$/) },
      accessToken: expect.any(String),
      expiresAt: '2026-03-01T12:10:00.000Z',
    });
    expect(cookieOf(answer, '__Host-puntual-refresh')).not.toBe(cookies.refresh);
    expect((await sessions(answer.json.accessToken)).status).toBe(200);
  });

  test('gets the same child when its parent is replayed, so a lost answer costs nothing', async () => {
    const { cookies } = await app.login('ana@example.test');
    const [first, second] = [await refresh(cookies.refresh), await refresh(cookies.refresh)];
    expect(cookieOf(second, '__Host-puntual-refresh')).toBe(cookieOf(first, '__Host-puntual-refresh'));
  });

  test('is exchanged 300 times an hour and no more; it stands meanwhile, and goes on when the hour is over', async () => {
    const { cookies } = await app.login('ana@example.test');
    let cookie = cookies.refresh;
    const next = async () => {
      const answer = await refresh(cookie);
      if (answer.status === 200) cookie = cookieOf(answer, '__Host-puntual-refresh') ?? '';
      return answer;
    };
    for (let at = 1; at < 300; at += 1) expect((await next()).status).toBe(200);
    const refused = await next();
    expect([refused.status, refused.json.error.code, refused.headers.getSetCookie()]).toEqual([
      429,
      'request/limited',
      [],
    ]);
    expect((await next()).status).toBe(429);
    clock.advance(60 * MINUTE_MS);
    expect((await next()).status).toBe(200);
    clock.set(SUNDAY_NOON);
  });

  test('ends, with all its tokens, when a grandparent is replayed', async () => {
    const { cookies, bearer } = await app.login('ana@example.test');
    const child = cookieOf(await refresh(cookies.refresh), '__Host-puntual-refresh');
    const grandchild = cookieOf(await refresh(child), '__Host-puntual-refresh');
    expect(await refresh(cookies.refresh)).toMatchObject({ status: 401, json: { error: { code: 'auth/refused' } } });
    expect((await refresh(grandchild)).status).toBe(401);
    expect(await sessions(bearer)).toMatchObject({ status: 401, json: { error: { code: 'auth/session-revoked' } } });
  });

  test('that was used twice is told: to the operator by an alert, to the member by one notice', async () => {
    const { cookies, userId } = await app.login('ana@example.test');
    await app.cloud.pool.query('delete from outbox');
    const child = cookieOf(await refresh(cookies.refresh), '__Host-puntual-refresh');
    await refresh(child);
    app.log.length = 0;
    for (let n = 0; n < 2; n += 1) expect((await refresh(cookies.refresh)).status).toBe(401);
    const alerts = app.log.filter((line) => line.includes('alert: a refresh token was used again'));
    expect(alerts.map((line) => JSON.parse(line))).toMatchObject([{ userId, sessionId: expect.any(String) }]);
    const { rows } = await app.cloud.pool.query('select user_id, kind from outbox');
    expect(rows).toEqual([{ user_id: userId, kind: 'session-reused' }]);
  });

  test('keeps its member’s e-mail in the access token when it is refreshed', async () => {
    const { cookies, bearer } = await app.login('ana@example.test');
    const { json } = await refresh(cookies.refresh);
    const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claimsOf(json.accessToken)).toEqual(claimsOf(bearer));
    expect(claimsOf(json.accessToken).email).toBe('ana@example.test');
  });

  test('that has run out is not listed, and leaves with its tokens when long gone; one in use stays', async () => {
    const DAY_MS = 24 * 60 * MINUTE_MS;
    const start = clock.now();
    const [old, kept] = [await app.login('bea@example.test'), await app.login('bea@example.test')];
    let cookie = kept.cookies.refresh;
    for (let day = 0; day < 80; day += 20) {
      clock.advance(20 * DAY_MS);
      cookie = cookieOf(await refresh(cookie), '__Host-puntual-refresh');
    }
    const { json } = await refresh(cookie);
    const { sessions: listed } = (await sessions(json.accessToken)).json;
    expect(listed.map((one: { id: string }) => one.id)).toEqual([json.session.id]);
    const rowsOf = async (userId: string) =>
      (
        await app.cloud.pool.query(
          'select s.id, count(*)::integer as tokens from user_sessions s join refresh_tokens t on t.session_id = s.id where s.user_id = $1 group by 1',
          [userId],
        )
      ).rows;
    expect((await rowsOf(old.userId)).length).toBeGreaterThan(1);
    clock.advance(9 * DAY_MS);
    await app.services.store.purgeUserSessions(new Date(clock.now().getTime() - 30 * DAY_MS));
    expect(await rowsOf(old.userId)).toEqual([{ id: json.session.id, tokens: 4 }]);
    expect((await refresh(cookie)).status).toBe(200);
    clock.set(start);
  });

  test('cannot be refreshed without the cookie, nor with a made-up one', async () => {
    expect((await app.ask('POST', '/api/auth/session/refresh', { headers: own })).json.error.code).toBe('auth/missing');
    expect((await refresh('__Host-puntual-refresh=AAAA')).json.error.code).toBe('auth/refused');
  });

  test('is listed, the one in use marked', async () => {
    const first = await app.login('cleo@example.test');
    await app.login('cleo@example.test');
    const { sessions: listed } = (await sessions(first.bearer)).json;
    expect(listed).toHaveLength(2);
    expect(listed.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
    expect(Object.keys(listed[0])).toEqual(['id', 'userAgent', 'createdAt', 'lastSeenAt', 'current']);
  });

  test('is ended by name, and its access token at once with it', async () => {
    const [phone, laptop] = [await app.login('cleo@example.test'), await app.login('cleo@example.test')];
    const { sessions: listed } = (await sessions(phone.bearer)).json;
    const { id } = listed.find((one: { current: boolean }) => one.current);
    expect((await app.ask('DELETE', `/api/auth/sessions/${id}`, { bearer: laptop.bearer })).json).toEqual({ ended: 1 });
    expect((await sessions(phone.bearer)).status).toBe(401);
    expect((await sessions(laptop.bearer)).status).toBe(200);
    expect((await app.ask('DELETE', `/api/auth/sessions/${id}`, { bearer: laptop.bearer })).status).toBe(404);
  });

  test('of another member is not ended', async () => {
    const [ana, cleo] = [await app.login('ana@example.test'), await app.login('cleo@example.test')];
    const { sessions: listed } = (await sessions(ana.bearer)).json;
    for (const { id } of listed)
      expect((await app.ask('DELETE', `/api/auth/sessions/${id}`, { bearer: cleo.bearer })).status).toBe(404);
    expect((await sessions(ana.bearer)).json.sessions).toHaveLength(listed.length);
  });

  test('ends everywhere with `all`', async () => {
    const [one, two] = [await app.login('cleo@example.test'), await app.login('cleo@example.test')];
    expect(
      (await app.ask('DELETE', '/api/auth/sessions/all', { bearer: one.bearer })).json.ended,
    ).toBeGreaterThanOrEqual(2);
    for (const { bearer } of [one, two]) expect((await sessions(bearer)).status).toBe(401);
    expect((await refresh(two.cookies.refresh)).status).toBe(401);
  });

  test('ends by leaving, and the cookies go', async () => {
    const { cookies, bearer } = await app.login('cleo@example.test');
    const answer = await app.ask('POST', '/api/auth/logout', { headers: { ...own, Cookie: cookies.access } });
    expect([answer.status, answer.json]).toEqual([200, { ended: 1 }]);
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/=; Max-Age=0/);
    expect((await sessions(bearer)).status).toBe(401);
  });

  test('is left by its refresh cookie alone, when the access cookie has run out', async () => {
    const { cookies } = await app.login('cleo@example.test');
    const child = cookieOf(await refresh(cookies.refresh), '__Host-puntual-refresh');
    // An earlier refresh cookie of the same sign-in, which another tab may still hold, can be used for signing out as well.
    const answer = await app.ask('POST', '/api/auth/logout', { headers: { ...own, Cookie: cookies.refresh } });
    expect([answer.status, answer.json]).toEqual([200, { ended: 1 }]);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toMatch(/=; Max-Age=0/);
    expect((await refresh(child)).status).toBe(401);
  });

  test('is left, also with another member’s token beside its refresh cookie', async () => {
    const [phone, other] = [await app.login('cleo@example.test'), await app.login('ana@example.test')];
    const ssr = `base64-${Buffer.from(JSON.stringify({ access_token: other.bearer })).toString('base64url')}`;
    const Cookie = `${phone.cookies.refresh}; sb-127-auth-token=${ssr}`;
    expect((await app.ask('POST', '/api/auth/logout', { headers: { ...own, Cookie } })).json).toEqual({ ended: 1 });
    expect((await refresh(phone.cookies.refresh)).status).toBe(401);
    expect((await sessions(other.bearer)).status).toBe(200);
    const tablet = await app.login('cleo@example.test');
    const headers = { ...own, Cookie: tablet.cookies.refresh };
    expect((await app.ask('POST', '/api/auth/logout', { bearer: other.bearer, headers })).json).toEqual({ ended: 2 });
    for (const { cookies } of [tablet, other]) expect((await refresh(cookies.refresh)).status).toBe(401);
  });

  test('is not left for another site, nor are its cookies cleared', async () => {
    const { cookies } = await app.login('cleo@example.test');
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, {}]) {
      const answer = await app.ask('POST', '/api/auth/logout', { headers: { ...headers, Cookie: cookies.refresh } });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    }
    expect((await refresh(cookies.refresh)).status).toBe(200);
  });

  test('that does not hold is cleared from the browser by leaving', async () => {
    const headers = { ...own, Cookie: '__Host-puntual=stale; __Host-puntual-refresh=made-up' };
    const answer = await app.ask('POST', '/api/auth/logout', { headers });
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([401, 2]);
  });

  test('and its cookies go with `all`, also when the cookie’s is another than the Bearer’s', async () => {
    const [cleo, ana] = [await app.login('cleo@example.test'), await app.login('ana@example.test')];
    const headers = { ...own, Cookie: ana.cookies.refresh };
    const answer = await app.ask('DELETE', '/api/auth/sessions/all', { bearer: cleo.bearer, headers });
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 2]);
    for (const { cookies } of [cleo, ana]) expect((await refresh(cookies.refresh)).status).toBe(401);
  });

  test('is not ended or exchanged by a request with an unread body', async () => {
    const { cookies, bearer } = await app.login('cleo@example.test');
    const { sessions: listed } = (await sessions(bearer)).json;
    const { id } = listed.find((one: { current: boolean }) => one.current);
    const body = { userId: 'x' };
    const headers = { ...own, Cookie: cookies.refresh };
    for (const [method, path] of [
      ['POST', '/api/auth/logout'],
      ['POST', '/api/auth/session/refresh'],
      ['DELETE', `/api/auth/sessions/${id}`],
    ] as const)
      expect([path, (await app.ask(method, path, { bearer, headers, body })).status]).toEqual([path, 400]);
    expect((await sessions(bearer)).status).toBe(200);
  });

  test('outlives its access token by its refresh cookie alone', async () => {
    const { cookies, bearer } = await app.login('cleo@example.test');
    clock.advance(11 * MINUTE_MS);
    expect((await sessions(bearer)).status).toBe(401);
    const { json } = await refresh(cookies.refresh);
    expect((await sessions(json.accessToken)).status).toBe(200);
  });
});

describe('the state of a gym session', () => {
  test('is the device’s unless the background’s is asked for, and holds no secret', async () => {
    const { bearer, fingerprint, deviceToken } = await app.login('bea@example.test');
    const device = await app.ask('GET', '/api/auth/session', { bearer });
    expect(device.json).toEqual({
      sessionType: 'device',
      fingerprint,
      status: 'live',
      tokenUpdateCount: 0,
      lastTokenUpdateDate: clock.now().toISOString(),
      lastTokenUpdateError: null,
    });
    const background = await app.ask('GET', '/api/auth/session?sessionType=background', { bearer });
    expect(background.json).toMatchObject({ sessionType: 'background', status: 'live' });
    expect(background.json.fingerprint).not.toBe(fingerprint);
    expect(device.text + background.text).not.toContain(deviceToken);
  });

  test('of a device one does not have is missing, never the background’s', async () => {
    const { bearer } = await app.login('bea@example.test');
    const answer = await app.ask('GET', '/api/auth/session?fingerprint=unknown', { bearer });
    expect([answer.status, answer.json.error.code]).toEqual([404, 'session/missing']);
  });

  test('of another kind than the two is refused', async () => {
    const { bearer } = await app.login('bea@example.test');
    expect((await app.ask('GET', '/api/auth/session?sessionType=any', { bearer })).status).toBe(400);
  });
});
