// The operator sets time zones and opening rules of boxes, and none of the answers to the operator holds a secret.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { type Login, OPERATOR_TOKEN, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
const operator = { bearer: OPERATOR_TOKEN };
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON));
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  ana = await app.login('ana@example.test');
});
afterAll(() => app.stop());
beforeEach(() =>
  app.cloud.pool.query(
    `update boxes set time_zone = 'Europe/Madrid', time_zone_source = 'assumed', opening_rule = null, opening_rule_source = 'unknown'`,
  ),
);
const put = (body: unknown, id = ana.boxes[0]?.id) =>
  app.ask('PUT', `/api/operator/boxes/${id}`, { ...operator, body });
const rule = { kind: 'hours-before', hours: 48 };

test('lists boxes with zone, rule and members', async () => {
  const { json } = await app.ask('GET', '/api/operator/boxes', operator);
  expect(json.boxes).toEqual([
    {
      id: ana.boxes[0]?.id,
      subdomain: 'norte',
      name: 'Box Norte',
      timeZone: 'Europe/Madrid',
      zoneAssumed: true,
      opening: { rule: null, source: 'none' },
      freeCancelMinutes: null,
      members: 1,
    },
  ]);
});

test('declares a rule, a zone, or both, and leaves alone what is left out', async () => {
  expect((await put({ openingRule: rule })).json.box).toMatchObject({
    zoneAssumed: true,
    opening: { rule, source: 'declared' },
  });
  expect((await put({ timeZone: 'Atlantic/Canary' })).json.box).toMatchObject({
    timeZone: 'Atlantic/Canary',
    zoneAssumed: false,
    opening: { rule, source: 'declared' },
  });
  const clock = { kind: 'clock', daysBefore: 2, at: '21:00' };
  expect((await put({ timeZone: 'Europe/Madrid', openingRule: clock })).json.box).toMatchObject({
    timeZone: 'Europe/Madrid',
    opening: { rule: clock },
  });
});

test('declares until when a place can be given back without loss, and takes it back', async () => {
  expect((await put({ freeCancelMinutes: 600 })).json.box).toMatchObject({ freeCancelMinutes: 600 });
  expect((await put({ timeZone: 'Europe/Madrid' })).json.box).toMatchObject({ freeCancelMinutes: 600 });
  expect((await app.ask('GET', '/api/operator/boxes', operator)).json.boxes[0].freeCancelMinutes).toBe(600);
  expect((await put({ freeCancelMinutes: null })).json.box).toMatchObject({ freeCancelMinutes: null });
});

test.each([
  [{}],
  [{ freeCancelMinutes: -1 }],
  [{ freeCancelMinutes: 1.5 }],
  [{ freeCancelMinutes: 10_081 }],
  [{ timeZone: 'Europe/Atlantis' }],
  [{ timeZone: '+02:00' }],
  [{ timeZone: '' }],
  [{ openingRule: null }],
  [{ openingRule: { kind: 'whenever' } }],
  [{ openingRule: { kind: 'hours-before', hours: -1 } }],
  [{ openingRule: { kind: 'hours-before', hours: 48, minutes: 3 } }],
  [{ openingRule: { kind: 'clock', daysBefore: 2, at: '25:00' } }],
  [{ openingRule: rule, timeZones: 'Europe/Madrid' }],
])('refuses %j and changes nothing', async (body) => {
  const before = (await app.cloud.pool.query('select * from boxes')).rows;
  const { status, json } = await put(body);
  expect([status, json.error.code]).toEqual([400, 'request/invalid']);
  expect((await app.cloud.pool.query('select * from boxes')).rows).toEqual(before);
});

test('a zone that the database does not know is a bad request, not a fault', async () => {
  // Node accepts a zone's name in upper or lower case, Postgres only by its exact name.
  const { status, json } = await put({ timeZone: 'europe/madrid' });
  expect([status, json.error.code]).toEqual([400, 'request/invalid']);
});

test('a box that is not there is missing', async () => {
  const { status, json } = await put({ openingRule: rule }, randomUUID());
  expect([status, json.error.code]).toEqual([404, 'box/missing']);
  expect((await put({ openingRule: rule }, 'norte')).status).toBe(400);
});

test('no answer of the operator’s holds a secret', async () => {
  const { json: made } = await app.ask('POST', '/api/operator/invitations', { ...operator, body: { note: 'x' } });
  const answers = await Promise.all(
    ['members', 'boxes', 'invitations'].map((what) => app.ask('GET', `/api/operator/${what}`, operator)),
  );
  const said = answers.map(({ text }) => text).join('\n');
  const { rows } = await app.cloud.pool.query(`select token_sealed, cookies_sealed, token_digest from token_journal
    union all select wrapped, kid, wrapped from user_keys union all select token_hash, token_hash, token_hash from refresh_tokens
    union all select secret_hash, secret_hash, secret_hash from invitations`);
  const secrets = [ana.deviceToken, ana.bearer, ana.fingerprint, made.link.split('/').at(-1), OPERATOR_TOKEN];
  const stored = rows.flatMap((row) => Object.values(row) as string[]).filter((text) => text.length > 8);
  expect(stored.length).toBeGreaterThan(5);
  for (const secret of [...secrets, ...stored]) expect(said).not.toContain(secret);
});
