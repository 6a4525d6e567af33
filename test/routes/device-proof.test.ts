// A device with a gym token that is too old to prove the device is accepted when it proves itself by its own puntual session, and by nothing else.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Answer, cookieOf, type Login, openApp, PUBLIC_URL, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.cloud.pool.query('delete from members');
  ana = await app.login('ana@example.test', { fingerprint: 'ana-phone' });
  bea = await app.login('bea@example.test', { fingerprint: 'bea-phone' });
});

const own = { Origin: PUBLIC_URL };
const prove = (fingerprint: unknown, cookie = ana.cookies.refresh, headers: Record<string, string> = own) =>
  app.ask('POST', '/api/auth/device-proof', { body: { fingerprint }, headers: { ...headers, Cookie: cookie } });
const renew = async (token: string) =>
  (await app.ask('POST', '/api/auth/token-update', { bearer: ana.bearer, body: { fingerprint: 'ana-phone', token } }))
    .json.token as string;
const syncWith = (currentToken: string) =>
  app.ask('POST', '/api/auth/sync-device-session', {
    bearer: ana.bearer,
    body: { fingerprint: 'ana-phone', currentToken },
  });
const nextOf = (answer: Answer) => cookieOf(answer, '__Host-puntual-refresh');
const codeOf = ({ status, json }: Answer) => [status, json.error?.code];

describe('a device two renewals behind', () => {
  test('gets the token in force by the session that was opened on it, without a password', async () => {
    clock.advance(MINUTE_MS);
    const second = await renew(ana.deviceToken);
    clock.advance(MINUTE_MS);
    const third = await renew(second);
    expect(codeOf(await syncWith(ana.deviceToken))).toEqual([403, 'session/proof-refused']);
    await app.gym.control.clearHistory();
    const answer = await prove('ana-phone');
    expect([answer.status, answer.json]).toEqual([200, { token: third }]);
    expect((await syncWith(answer.json.token)).json).toEqual({ needsSync: false });
    // To check the device's proof, the service calls no page of the gym: no token is renewed, and no password is used.
    expect(await app.gym.control.history({})).toEqual([]);
  });

  test('exchanges its refresh cookie on the way: the next one serves, and one from further back ends the session', async () => {
    const first = await prove('ana-phone');
    const second = await prove('ana-phone', nextOf(first));
    expect([first.status, second.status, nextOf(first) === nextOf(second)]).toEqual([200, 200, false]);
    expect(codeOf(await prove('ana-phone'))).toEqual([401, 'auth/refused']);
    expect(codeOf(await prove('ana-phone', nextOf(second)))).toEqual([401, 'auth/refused']);
  });

  test('is told to log in where the gym has ended its login', async () => {
    await app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where fingerprint = 'ana-phone'`);
    expect(codeOf(await prove('ana-phone'))).toEqual([409, 'session/needs-login']);
  });
});

describe('anybody else', () => {
  test('hears one and the same refusal for whatever is not the device of that session', async () => {
    const { rows } = await app.cloud.pool.query(
      `select fingerprint from auth_sessions where user_id = $1 and session_type = 'background'`,
      [ana.userId],
    );
    const heard = new Set<string>();
    const claims = [
      'bea-phone',
      rows[0].fingerprint,
      'nobody',
      '',
      'ANA-PHONE',
      'ana-phone ',
      'ana-phone\0',
      undefined,
    ];
    for (const fingerprint of [...claims, null, 1, ['ana-phone'], { is: 'ana-phone' }]) {
      const answer = await prove(fingerprint);
      heard.add(answer.text);
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain('|');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(heard.size).toBe(1);
    // None of the refused proofs in this test has ended the device's puntual session.
    expect((await prove('ana-phone')).status).toBe(200);
  });

  test('has no part in another member’s device, by whatever cookie', async () => {
    expect(codeOf(await prove('ana-phone', bea.cookies.refresh))).toEqual([403, 'session/proof-refused']);
    expect(codeOf(await prove('ana-phone', ana.cookies.access))).toEqual([401, 'auth/missing']);
    expect(codeOf(await prove('ana-phone', '__Host-puntual-refresh=x'))).toEqual([401, 'auth/refused']);
  });

  test('asks in vain from another site, and nothing is exchanged', async () => {
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, {}])
      expect(codeOf(await prove('ana-phone', ana.cookies.refresh, headers))).toEqual([403, 'auth/cross-site']);
    const rows = await app.cloud.pool.query('select counter from refresh_tokens where rotated_at is not null');
    expect(rows.rows).toEqual([]);
  });

  test('asks in vain with the cookie of a session that has ended, or that no device was opened in', async () => {
    await app.ask('POST', '/api/auth/logout', { bearer: ana.bearer });
    expect(codeOf(await prove('ana-phone'))).toEqual([401, 'auth/refused']);
    const token = await supabaseToken(app.cloud, { sub: bea.userId }, clock.now());
    const bridged = await app.ask('POST', '/api/auth/session/bridge', { bearer: token });
    expect(bridged.status).toBe(200);
    expect(codeOf(await prove('bea-phone', nextOf(bridged)))).toEqual([403, 'session/proof-refused']);
  });
});
