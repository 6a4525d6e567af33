// The mistakes of the earlier app and of similar apps, P-01 to P-24 (docs/threats.md). Each mistake has one brief test here, named by the mistake's
// number, against the real service and database. Most of these mistakes have longer tests elsewhere, too.
import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { purgeDeviceSessions } from '../../jobs/purge-device-sessions.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { openKey } from '../../services/renewal/open-session.ts';
import { createApp } from '../../worker/app.ts';
import { ask, CRON_SECRET, type Login, openApp, type TestApp } from '../routes/open-app.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { supabaseToken } from './supabase-token.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members');
  ana = await app.login('ana@example.test', { fingerprint: 'ana-phone' });
});

const refresh = () => refreshBackgroundSessions(app.services, { runId: randomUUID() });
const sql = async (text: string, ...values: unknown[]) => (await app.cloud.pool.query(text, values)).rows;
const background = async () => (await sql(`select * from auth_sessions where session_type = 'background'`))[0];
const jarOf = async (): Promise<string> => {
  const row = await app.services.store.readBackgroundSession(ana.userId);
  if (!row) throw new Error('no background session');
  return openKey(app.services.seal.openMember(ana.userId, row.wrapped), row).cookies.reveal();
};
const later = async (minutes: number): Promise<void> => {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
};
/** Gives an access token of puntual's own for the member, issued at the present time of the test's clock. */
const bearerNow = async (): Promise<string> => {
  const [{ id }] = await sql('select id from user_sessions where user_id = $1', ana.userId);
  return (await app.services.access.sign({ userId: ana.userId, sessionId: id }, clock.now())).token.reveal();
};
const book = async () =>
  app.ask('POST', '/api/booking', {
    bearer: await bearerNow(),
    body: { boxId: ana.boxes[0]?.id, day: MONDAY, classId: '501' },
  });
const lease = async (owner: string, leaseMs: number) =>
  app.services.store.leaseSession({
    id: (await background()).id,
    sessionType: 'background',
    staleAt: clock.now(),
    owner,
    leaseMs,
    throughHold: false,
    now: clock.now(),
  });
const prebooking = async (): Promise<string> => {
  const body = {
    boxId: ana.boxes[0]?.id,
    day: MONDAY,
    timeId: '1800_60',
    className: 'WOD',
    opensAt: '2026-03-01T12:00:05Z',
  };
  return (await app.ask('POST', '/api/prebookings', { bearer: ana.bearer, body })).json.prebooking.id;
};
const shipped = ['worker', 'jobs', 'embedded', 'services'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
);

test('P-01 no route hands out a token for an e-mail', async () => {
  const { paths } = (await app.ask('GET', '/openapi.json')).json;
  for (const [path, item] of Object.entries<object>(paths))
    for (const method of Object.keys(item)) {
      const asked = {
        headers: { 'x-user-email': 'ana@example.test' },
        ...(method !== 'get' && { body: { email: 'ana@example.test' } }),
      };
      const answer = await app.ask(
        method.toUpperCase(),
        `${path.replace('{id}', ana.userId)}?email=ana@example.test`,
        asked,
      );
      expect(answer.text).not.toMatch(/\d+\|\d+\|[0-9a-f]{32}/);
      expect(answer.text).not.toContain(ana.fingerprint);
    }
});

test('P-02 sync discloses nothing on a proof that fails', async () => {
  const body = { fingerprint: 'ana-phone', currentToken: `${ana.deviceToken}0` };
  const answer = await app.ask('POST', '/api/auth/sync-device-session', { bearer: ana.bearer, body });
  expect([answer.status, Object.keys(answer.json)]).toEqual([403, ['error']]);
});

test('P-03 nothing refreshes for a stranger, by no debug path either', async () => {
  await later(30);
  await app.gym.control.clearHistory();
  for (const path of [
    '/api/debug/refresh',
    '/api/debug/refresh-token',
    '/debug',
    '/api/test/refresh',
    '/cron/refresh-tokens',
  ])
    for (const method of ['GET', 'POST']) {
      const answer = await app.ask(method, `${path}?email=ana@example.test`);
      expect([401, 404]).toContain(answer.status);
    }
  expect(await app.gym.control.history()).toEqual([]);
});

test('P-04 an e-mail in a header identifies no member', async () => {
  const headers = { 'x-user-email': 'ana@example.test', 'x-user-id': ana.userId };
  expect((await app.ask('GET', '/api/auth/sessions', { headers })).status).toBe(401);
});

test('P-05 a lock that is held says no', async () => {
  await later(30);
  expect((await lease('one', 45_000)).state).toBe('leased');
  expect((await lease('two', 45_000)).state).toBe('busy');
});

test('P-06 a process that lost a lock cannot free it from under its new owner', async () => {
  await later(30);
  const first = await lease('one', -1);
  expect((await lease('two', 45_000)).state).toBe('leased');
  if (first.state !== 'leased') throw new Error('not leased');
  await app.services.store.releaseLeases([first.renewalId], clock.now());
  expect((await lease('three', 45_000)).state).toBe('busy');
});

test('P-07 token, cookies and counters change in one transaction', async () => {
  await later(30);
  await refresh();
  const [torn] = await sql(
    `select s.xmin::text = j.xmin::text as one, s.token_update_count, s.token_success_count, s.generation = j.generation as same
     from auth_sessions s join token_journal j on j.attempt_id = s.current_attempt and j.token_digest = s.token_digest
     where s.session_type = 'background'`,
  );
  expect(torn).toEqual({ one: true, token_update_count: 1, token_success_count: 1, same: true });
});

test('P-08 an attempt that failed makes nothing fresh', async () => {
  await later(30);
  await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502 });
  const before = await background();
  await expect(refresh()).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
  const after = await background();
  expect(after.last_token_update_date).toEqual(before.last_token_update_date);
  expect([before.token_update_count, after.token_update_count]).toEqual([0, 1]);
});

test('P-09 cookies are merged: the login cookie outlives answers that do not repeat it', async () => {
  await later(30);
  await app.gym.control.setKnob({ kind: 'set-cookie', variant: 'awsalb', op: 'tokenUpdate' });
  await refresh();
  expect(await jarOf()).toContain('amhrdrauth');
});

test('P-10 a date with a comma in a cookie is one cookie', async () => {
  await later(30);
  await app.gym.control.setKnob({ kind: 'set-cookie', variant: 'expires-commas', op: 'tokenUpdate' });
  expect(await refresh()).toMatchObject({ updated: 1 });
  const names = [...(await jarOf()).matchAll(/"key":"([^"]*)"/g)].map((match) => match[1]);
  expect(names).toContain('amhrdrauth');
  for (const name of names) expect(name).toMatch(/^[\w!#$%&'*+.^`|~-]+$/);
});

test('P-11 logout means the same everywhere: 1, "1" and true do, 0 does not', async () => {
  for (const [spelling, updated] of [
    [0, 1],
    ['0', 1],
    [1, 0],
    ['1', 0],
    [true, 0],
  ] as const) {
    await app.cloud.pool.query('delete from members');
    await app.gym.control.reset(town);
    await app.login('ana@example.test');
    clock.advance(30 * MINUTE_MS);
    await app.gym.control.setKnob({ kind: 'logout', spelling, op: 'tokenUpdate' });
    const report = await refresh().catch(({ code }: { code: string }) => ({ updated: 0, code }));
    expect([spelling, report.updated]).toEqual([spelling, updated]);
  }
});

test('P-12 an answer that was lost is looked for before anything is said', async () => {
  await app.gym.control.setKnob({ kind: 'lose', when: 'after', how: 'reset', op: 'book' });
  expect((await book()).json).toEqual({ outcome: 'booked', reservationId: expect.any(String) });
});

test('P-13 a status is read and written in one statement: of ten at once one claims', async () => {
  const id = await prebooking();
  const claim = () =>
    app.services.store.claimPrebookings({
      id,
      owner: randomUUID(),
      leadMs: 60_000,
      claimMs: 60_000,
      lateMs: 600_000,
      now: clock.now(),
    });
  const states = (await Promise.all(Array.from({ length: 10 }, claim))).map(({ state }) => state);
  expect(states.filter((state) => state === 'claimed')).toHaveLength(1);
});

test('P-14 a box in a webhook’s body is refused, with any signature', async () => {
  const signed = createApp(app.services, {
    ...app.context,
    verifyDelivery: async () => ({ jti: randomUUID() }) as never,
  });
  const body = { prebookingId: await prebooking(), box: 'evil.example/', subdomain: 'evil.example#' };
  expect((await ask(signed, 'POST', '/api/execute-prebooking', { body })).status).toBe(400);
});

test('P-15 cron does not answer success over a failure inside', async () => {
  await later(30);
  await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502 });
  const answer = await app.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET });
  expect([answer.status, answer.json.error.code]).toEqual([500, 'refresh/nothing-updated']);
});

test('P-16 a renewal that says logout does not keep good cookies from booking', async () => {
  await later(26);
  await app.gym.control.setKnob({ kind: 'logout', spelling: 1, op: 'tokenUpdate' });
  expect((await book()).json.outcome).toBe('booked');
});

test('P-17 no header, cookie or body of the gym is in the log', async () => {
  await later(26);
  await book();
  await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502, page: 'html' });
  await refresh().catch(() => {});
  const log = app.log.join('\n');
  expect(log).toContain('request');
  expect(log).not.toMatch(/amhrdrauth|AWSALB|PHPSESSID|set-cookie|\d+\|\d+\|[0-9a-f]{32}|<html/i);
});

test('P-18 a function has minutes for what takes a minute, and no fixed wait eats them', () => {
  const { functions } = JSON.parse(readFileSync(join(ROOT, 'vercel.json'), 'utf8'));
  // A race that is woken as early as possible takes about a minute and a half, with the read-back. A race that Vercel would cut off is left to
  // another call of the function (test W11 in test/prebooking/alarm.test.ts).
  expect(functions['index.js'].maxDuration).toBeGreaterThanOrEqual(120);
});

test('P-19 a MAC of our own is no signature', async () => {
  const body = { prebookingId: randomUUID() };
  const mac = createHmac('sha256', CRON_SECRET).update(JSON.stringify(body)).digest('hex');
  for (const headers of [{ 'x-signature': mac }, { 'Upstash-Signature': mac }, { Authorization: `Bearer ${mac}` }])
    expect((await app.ask('POST', '/api/execute-prebooking', { body, headers })).status).toBe(401);
  expect((await app.ask('POST', '/api/execute-prebooking', { body: { ...body, token: mac } })).status).toBe(401);
});

test('P-20 a device in daily use is kept, however old; one not seen for long leaves', async () => {
  await app.login('bea@example.test', { fingerprint: 'bea-phone' });
  await sql(`update auth_sessions set created_at = $1`, new Date('2025-01-01'));
  await sql(`update auth_sessions set last_seen_at = $1 where fingerprint = 'bea-phone'`, new Date('2025-06-01'));
  expect(await purgeDeviceSessions(app.services)).toEqual({ purged: 1, sessions: 0 });
  expect(await sql(`select fingerprint from auth_sessions where session_type = 'device'`)).toEqual([
    { fingerprint: 'ana-phone' },
  ]);
});

test('P-21 nothing that ships sleeps a number of milliseconds in the hope that something has happened', () => {
  const hopeful = shipped.filter((file) => /\bsleep\(\s*\d|setTimeout\([^,()]*,\s*\d/.test(readFileSync(file, 'utf8')));
  expect(hopeful).toEqual([]);
});

test('P-22 a bridge that failed opens nothing: no cookie, no member, no session', async () => {
  const broken = { ...app.services.store, bridgeMember: () => Promise.reject(new Error('canary')) };
  const handler = createApp({ ...app.services, store: broken }, app.context);
  const bearer = await supabaseToken(app.cloud, { sub: randomUUID() }, clock.now());
  const answer = await ask(handler, 'POST', '/api/auth/session/bridge', { bearer });
  expect([
    answer.status,
    answer.headers.getSetCookie(),
    await sql('select id from members where id <> $1', ana.userId),
  ]).toEqual([500, [], []]);
});

test('P-23 a missing Bearer is 401, and no answer repeats what a driver said', async () => {
  for (const path of ['/api/session/create', '/api/chat/session', '/api/auth/session/bridge'])
    expect((await app.ask('POST', path)).json.error.code).toBe('auth/missing');
  const broken = {
    ...app.services.store,
    readUsage: () => Promise.reject(new Error('canary: relation "subscriptions"')),
  };
  const answer = await ask(createApp({ ...app.services, store: broken }, app.context), 'GET', '/api/usage', {
    bearer: ana.bearer,
  });
  expect([answer.status, answer.text.includes('canary')]).toEqual([500, false]);
});

test('P-24 a token in a URL and a userId in a body have no say', async () => {
  const url = await app.ask('POST', `/api/session/create?accessToken=${ana.bearer}`);
  expect(url.json.error.code).toBe('request/token-in-url');
  const bearer = await supabaseToken(app.cloud, { sub: randomUUID() }, clock.now());
  expect((await app.ask('POST', '/api/session/create', { bearer, body: { userId: ana.userId } })).status).toBe(400);
  expect(await sql('select 1 from sessions')).toEqual([]);
});
