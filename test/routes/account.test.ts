// The member's account over HTTP: the shapes of /api/me and /api/boxes, what is stored, and that two members' data never mix.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  const members = (town.members ?? []).map((one) => (one.name === 'Bea' ? { ...one, role: 'coach' as const } : one));
  app = await openApp(clock, { ...town, members });
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.cloud.pool.query('delete from members; delete from boxes');
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});

const me = (bearer = ana.bearer) => app.ask('GET', '/api/me', { bearer });
const put = (body: object, bearer = ana.bearer) => app.ask('PUT', '/api/me', { bearer, body });
const sql = (text: string, ...values: unknown[]) => app.cloud.pool.query(text, values);

const norte = () => ({
  id: ana.boxes[0]?.id,
  aimharderBoxId: '77',
  subdomain: 'norte',
  name: 'Box Norte',
  timeZone: 'Europe/Madrid',
  zoneAssumed: true,
  role: 'client',
  opening: {
    rule: null,
    source: 'none',
    words: expect.stringMatching(/^We do not know yet/),
    link: `/classes?box=${ana.boxes[0]?.id}`,
  },
});

describe('GET /api/me', () => {
  test('answers what a page needs after a reload', async () => {
    expect((await me()).json).toEqual({
      member: {
        id: ana.userId,
        email: 'ana@example.test',
        name: 'Ana',
        language: null,
        admitted: true,
        quietHours: null,
        tell: {},
        visibleToFriends: false,
      },
      boxes: [norte()],
      background: [{ status: 'live', lastTokenUpdateDate: SUNDAY_NOON.toISOString(), keptLogin: false }],
      devices: [{ fingerprint: ana.fingerprint, lastSeenAt: SUNDAY_NOON.toISOString(), current: true }],
      usage: { tokens: { current: 30, max: 30, unlimited: false }, plan: 'Free', status: 'active' },
      channels: [],
      warnings: ['no-channel', 'zone-assumed'],
    });
  });

  test('answers a person known to Supabase and not here', async () => {
    const sub = randomUUID();
    const bearer = await supabaseToken(app.cloud, { sub, email: 'new@example.test' }, clock.now());
    const { status, json } = await me(bearer);
    expect([status, json.member.id, json.member.email, json.usage]).toEqual([200, sub, 'new@example.test', null]);
    expect([json.boxes, json.background, json.devices]).toEqual([[], [], []]);
    expect(json.warnings).toEqual(['login-needed', 'no-channel']);
  });

  test('warns of a dead login, of no tokens left, and of a box that cannot be asked', async () => {
    await sql(`update auth_sessions set status = 'needs-login' where session_type = 'background'`);
    await sql('update subscriptions set tokens = 0');
    await sql(`update members set unplaced_boxes = '[{"name": "Box Este", "reason": "no-address"}]'`);
    const { json } = await me();
    expect(json.background[0].status).toBe('needs-login');
    expect(json.warnings).toEqual(['login-needed', 'no-channel', 'quota', 'zone-assumed', 'unplaced-boxes']);
  });

  test('says of a channel how the last telling there fared', async () => {
    await app.ask('PUT', '/api/notifications/webhook', {
      bearer: ana.bearer,
      body: { url: 'https://hooks.example.com/a' },
    });
    const stateNow = async () => (await me()).json.channels.map(({ kind, state }: never) => [kind, state]);
    expect(await stateNow()).toEqual([['webhook', 'live']]);
    const { rows } = await app.cloud.pool.query('select id from notice_channels');
    const note = (state: 'failing' | 'live') =>
      app.services.store.noteChannel(rows[0].id, state, 86_400_000, SUNDAY_NOON);
    await note('failing');
    expect(await stateNow()).toEqual([['webhook', 'failing']]);
    expect((await me()).json.warnings).not.toContain('no-channel');
    expect((await me()).text).not.toContain('hooks.example.com');
  });
});

describe('PUT /api/me', () => {
  test('stores what it names and leaves the rest', async () => {
    const all = {
      language: 'es',
      quietHours: { from: '22:00', to: '07:00' },
      tell: { won: false, reminder: true },
      visibleToFriends: true,
    };
    expect((await put(all)).json.member).toMatchObject(all);
    expect((await put({ tell: { won: true } })).json.member).toMatchObject({
      ...all,
      tell: { won: true, reminder: true },
    });
    expect((await put({ quietHours: null })).json.member).toMatchObject({ language: 'es', quietHours: null });
    expect((await put({})).json.member).toMatchObject({ language: 'es', visibleToFriends: true });
    expect((await me()).json.member).toMatchObject({ language: 'es', tell: { won: true, reminder: true } });
  });

  test('speaks the member’s language about their boxes', async () => {
    await put({ language: 'es' });
    expect((await me()).json.boxes[0].opening.words).toMatch(/^Aún no sabemos cuándo .* dinos cuándo se abre\.$/);
  });

  test('makes the member where Supabase alone knows the person', async () => {
    const bearer = await supabaseToken(app.cloud, { sub: randomUUID(), email: 'new@example.test' }, clock.now());
    expect((await put({ language: 'en' }, bearer)).json.member).toMatchObject({
      email: 'new@example.test',
      language: 'en',
    });
  });

  test.each([
    { language: 'fr' },
    { quietHours: { from: '24:00', to: '07:00' } },
    { quietHours: { from: '22:00' } },
    { tell: { security: false } },
    { tell: { won: 'no' } },
    { visibleToFriends: 'yes' },
    { email: 'bea@example.test' },
    { admitted: true },
    { id: randomUUID() },
  ])('refuses %j', async (body) => {
    const before = (await me()).json;
    expect(await put(body)).toMatchObject({ status: 400, json: { error: { code: 'request/invalid' } } });
    expect((await me()).json).toEqual(before);
  });
});

describe('GET /api/boxes', () => {
  const boxes = async (bearer: string) => (await app.ask('GET', '/api/boxes', { bearer })).json.boxes;

  test('says what the member is there, whether the zone is a guess, and that nothing is known of the opening', async () => {
    expect(await boxes(ana.bearer)).toEqual([norte()]);
    const roles = (await boxes(bea.bearer)).map(({ subdomain, role }: never) => [subdomain, role]);
    expect(roles).toEqual([
      ['norte', 'coach'],
      ['sur', 'coach'],
    ]);
  });

  test('follows the latest login, also downwards', async () => {
    await sql(`update user_boxes set role = 'admin' where user_id = $1`, ana.userId);
    expect((await boxes(ana.bearer))[0].role).toBe('admin');
    await app.login('ana@example.test');
    expect((await boxes(ana.bearer))[0].role).toBe('client');
  });

  test.each([
    [{ kind: 'hours-before', hours: 72 }, 'declared', 'declared', 'Booking opens 72 hours before the class begins.'],
    [
      { kind: 'days-before', days: 1 },
      'announced',
      'learned',
      'Booking opens 1 day before the class, at the hour of the class.',
    ],
    [
      { kind: 'clock', daysBefore: 2, at: '08:00' },
      'observed',
      'learned',
      'Booking opens at 08:00, 2 days before the class.',
    ],
    [{ kind: 'midnight', daysBefore: 0 }, 'declared', 'declared', 'Booking opens at 00:00, on the day of the class.'],
  ] as const)('says the rule %j in words', async (rule, source, shown, words) => {
    const [box] = await boxes(ana.bearer);
    await app.services.store.declareOpeningRule({ boxId: box.id, rule, source, timeZone: 'Atlantic/Canary' });
    const [after] = await boxes(ana.bearer);
    expect(after).toMatchObject({
      zoneAssumed: false,
      timeZone: 'Atlantic/Canary',
      opening: { rule, source: shown, words },
    });
  });
});

test('two members read and write their own account alone', async () => {
  await put({ language: 'es', visibleToFriends: true, tell: { won: false } }, bea.bearer);
  const [anas, beas] = [(await me(ana.bearer)).text, (await me(bea.bearer)).text];
  for (const word of [bea.userId, bea.fingerprint, 'bea@example.test', 'Box Sur']) expect(anas).not.toContain(word);
  for (const word of [ana.userId, ana.fingerprint, 'ana@example.test']) expect(beas).not.toContain(word);
  expect((await me(ana.bearer)).json.member).toMatchObject({ language: null, visibleToFriends: false, tell: {} });
});
