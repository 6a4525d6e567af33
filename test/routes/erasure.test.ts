// Exporting a member's data and erasing the account: which caller may do it, in which order rows are erased, what is left, and what a restored
// backup still reveals.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { repeatErasures } from '../../services/account/erase.ts';
import { type Erasure, type ErasureList, openErasureList } from '../../services/account/erasure-list.ts';
import { asFailure, Failure } from '../../services/failures.ts';
import { openChannel } from '../../services/notify/own-channels.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';
import { type App, createApp } from '../../worker/app.ts';
import { eraseAgain } from '../../worker/erase-again.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { startCloud } from '../support/cloud.ts';
import { dump, restore } from '../support/dump.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type Ask, ask, CRON_SECRET, type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let handler: App;
let folder: string;
let erasures: ErasureList;
let ana: Login;
let bea: Login;
/** The kinds of the notices that were sent, in order; while `refusing` is true, the channel refuses every notice. */
let told: string[];
let refusing: boolean;
beforeAll(async () => {
  app = await openApp(clock);
  folder = await mkdtemp(join(tmpdir(), 'puntual-erased-'));
  const webhook = async ({ kind }: { kind: string }) => {
    if (refusing) throw new Error('Expected to be refused.');
    told.push(kind);
  };
  erasures = openErasureList(join(folder, 'erased.jsonl'));
  handler = createApp({ ...app.services, erasures, notifyOptions: { webhook } }, app.context);
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  [told, refusing] = [[], false];
  await app.gym.control.reset(town);
  await app.cloud.pool.query(
    'delete from members; delete from erased_members; delete from rate_buckets; delete from login_limits',
  );
  await rm(join(folder, 'erased.jsonl'), { force: true });
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});

const call = (method: string, path: string, asked: Ask = { bearer: ana.bearer }) => ask(handler, method, path, asked);
const erase = (bearer = ana.bearer) => call('DELETE', '/api/me', { bearer });
const take = (bearer = ana.bearer) => call('GET', '/api/me/export', { bearer });
const sweep = () => call('POST', '/cron/sweep-prebookings', { bearer: CRON_SECRET });
const sql = async (text: string, ...values: unknown[]) => (await app.cloud.pool.query(text, values)).rows;
const hook = (bearer: string, name: string) =>
  call('PUT', '/api/notifications/webhook', { bearer, body: { url: `https://hooks.example.com/${name}` } });
const wish = (more: object = {}) =>
  call('POST', '/api/prebookings', {
    bearer: ana.bearer,
    body: {
      boxId: ana.boxes[0]?.id,
      day: MONDAY,
      timeId: '1800_60',
      className: 'WOD',
      opensAt: '2026-03-02T09:00:00Z',
      ...more,
    },
  });
/** Makes a rule for every Monday at seven o'clock, and a pause of all rules for a week. */
async function repeat(): Promise<void> {
  const boxId = ana.boxes[0]?.id;
  const made = [
    await call('POST', '/api/pauses', { bearer: ana.bearer, body: { boxId, from: '20260401', to: '20260407' } }),
    await call('POST', '/api/rules', {
      bearer: ana.bearer,
      body: { boxId, weekday: 1, timeId: '1900_60', className: 'WOD' },
    }),
  ];
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
}
/** Makes a prebooking of Ana's in the state `armed`, so that its booking may have been sent already; returns the prebooking's id. */
async function armed(): Promise<string> {
  const [{ id }] = await sql(
    `insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, '1900_60', $4, '2026-03-02T18:00:00Z', $4, $4) returning id`,
    ...[ana.userId, ana.boxes[0]?.id, MONDAY, SUNDAY_NOON],
  );
  for (const status of ['scheduled', 'claimed', 'armed'])
    await sql('update prebookings set status = $2 where id = $1', id, status);
  return id;
}
/** Returns the names of all tables that have a row with this text in any column. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await sql(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await sql(
        `select count(*)::int as n from public.${name} t where to_jsonb(t)::text like '%' || $1 || '%'`,
        text,
      );
      return row.n > 0 ? [String(name)] : [];
    }),
  );
  return found.flat().sort();
}

describe('a fresh proof', () => {
  const codes = async (bearer: string) => [
    (await take(bearer)).json.error?.code,
    (await erase(bearer)).json.error?.code,
  ];
  const REFUSED = ['auth/proof-needed', 'auth/proof-needed'];
  const theirs = (more: object) => supabaseToken(app.cloud, { sub: bea.userId, more: { ...more } }, clock.now());
  const seconds = (agoMs: number) => Math.floor((SUNDAY_NOON.getTime() - agoMs) / 1000);

  test('is our own sign-in of the last five minutes', async () => {
    clock.advance(5 * MINUTE_MS - 1);
    expect((await take()).status).toBe(200);
    clock.advance(1);
    expect(await codes(ana.bearer)).toEqual(REFUSED);
    expect(await take()).toMatchObject({ status: 403 });
    expect(await sql('select erasing_at from members where id = $1', ana.userId)).toEqual([{ erasing_at: null }]);
  });

  test.each([
    ['says nothing of it', {}],
    ['is of a sign-in long ago', { auth_time: seconds(6 * MINUTE_MS) }],
    ['was only renewed just now', { amr: [{ method: 'token_refresh', timestamp: seconds(0) }] }],
    ['is of a password long ago', { amr: [{ method: 'password', timestamp: seconds(6 * MINUTE_MS) }] }],
  ])('is not a token of Supabase that %s', async (_, more) => {
    expect(await codes(await theirs(more))).toEqual(REFUSED);
  });

  test.each([
    ['auth_time', { auth_time: seconds(MINUTE_MS) }],
    [
      'amr',
      {
        amr: [
          { method: 'password', timestamp: seconds(MINUTE_MS) },
          { method: 'token_refresh', timestamp: seconds(0) },
        ],
      },
    ],
  ])('is a token of Supabase with a fresh %s', async (_, more) => {
    expect((await take(await theirs(more))).json.member.id).toBe(bea.userId);
  });

  test('is not a session that was bridged, however young', async () => {
    const bridged = await call('POST', '/api/auth/session/bridge', { bearer: await theirs({ auth_time: seconds(0) }) });
    expect(await codes(bridged.json.accessToken)).toEqual(REFUSED);
  });
});

describe('an export', () => {
  test('holds everything of the member, nothing that opens a door, and no other member', async () => {
    await hook(ana.bearer, 'ana-secret-path');
    await wish();
    const { url } = (await call('POST', '/api/calendar')).json;
    const [{ id: chat }] = await sql('insert into chat_sessions (user_id) values ($1) returning id', ana.userId);
    await sql(`insert into chat_messages (session_id, role, content) values ($1, 'user', 'Hola')`, chat);
    const { status, json, text, headers } = await take();
    expect(status).toBe(200);
    expect(headers.get('content-disposition')).toContain('attachment');
    expect(json).toMatchObject({
      exportedAt: SUNDAY_NOON.toISOString(),
      member: { id: ana.userId, email: 'ana@example.test' },
      boxes: [{ subdomain: 'norte', role: 'client' }],
      prebookings: [{ day: MONDAY, timeId: '1800_60', events: [{ to: 'scheduling' }, { to: 'scheduled' }] }],
      subscription: { plan: 'free', tokens: 30 },
      conversations: [{ id: chat, messages: [{ content: 'Hola' }] }],
      channels: [{ kind: 'webhook' }],
      calendar: { entries: [{ day: MONDAY, own_state: 'tentative' }] },
    });
    expect(json.gymSessions.map(({ sessionType }: never) => sessionType).sort()).toEqual(['background', 'device']);
    expect(json.sessions).toHaveLength(1);
    for (const secret of [
      ana.deviceToken,
      'ana-secret-path',
      /calendar\/(.*)\.ics/.exec(url)?.[1] ?? url,
      bea.userId,
      'bea@example.test',
      'sealed',
      'hash',
      'igest',
    ])
      expect(text).not.toContain(secret);
  });

  test('has exactly the fields that the contract names', async () => {
    const { json } = await call('GET', '/openapi.json');
    const named = Object.keys(json.components.schemas.Export.properties);
    expect(Object.keys((await take()).json).sort()).toEqual(named.sort());
  });
});

describe('an erasure', () => {
  test('leaves no row of the member’s, every row of others, and is told last', async () => {
    await hook(ana.bearer, 'ana');
    await wish();
    await repeat();
    expect(await tablesWith(ana.userId)).toEqual(expect.arrayContaining(['rule_days', 'rule_pauses', 'rules']));
    const before = (await take(bea.bearer)).json;
    const { status, json, headers } = await erase();
    expect([status, json, told]).toEqual([200, { state: 'erased' }, ['account-erased']]);
    expect(headers.getSetCookie().join()).toContain('__Host-puntual=;');
    expect(await tablesWith(ana.userId)).toEqual(['erased_members']);
    for (const word of ['ana@example.test', ana.fingerprint, 'Ana"']) expect(await tablesWith(word)).toEqual([]);
    expect((await take(bea.bearer)).json).toEqual(before);
    expect(await erasures.read()).toEqual([{ userId: ana.userId, erasedAt: SUNDAY_NOON.toISOString() }]);
  });

  test('waits for no quiet hours, tells what they held, and leaves no telling and no calendar behind', async () => {
    await hook(ana.bearer, 'ana');
    const { url } = (await call('POST', '/api/calendar')).json;
    const address = new URL(url).pathname;
    expect((await call('GET', address)).status).toBe(200);
    await call('PUT', '/api/me', { bearer: ana.bearer, body: { quietHours: { from: '00:00', to: '23:59' } } });
    await sql(
      `insert into outbox (user_id, kind, dedupe_key, created_at) values ($1, 'session-recovered', 'held', $2)`,
      ...[ana.userId, SUNDAY_NOON],
    );
    await sweep();
    expect(told).toEqual([]);
    expect((await erase()).json).toEqual({ state: 'erased' });
    expect(told.sort()).toEqual(['account-erased', 'session-recovered']);
    expect(await sql('select * from notice_tellings')).toEqual([]);
    expect((await call('GET', address)).status).toBe(404);
  });

  test('is 404 the second time, and nothing else opens', async () => {
    await erase();
    expect(await erase()).toMatchObject({ status: 404, json: { error: { code: 'account/missing' } } });
    expect(await call('GET', '/api/me')).toMatchObject({
      status: 401,
      json: { error: { code: 'auth/session-revoked' } },
    });
    expect((await take()).status).toBe(401);
    // Bea has signed out but is not erased: her call to erase is answered with 401, not with the 404 of an erased account.
    await call('POST', '/api/auth/logout', { bearer: bea.bearer });
    expect(await erase(bea.bearer)).toMatchObject({ status: 401, json: { error: { code: 'auth/session-revoked' } } });
  });

  test('begins at the gym anew when the person comes back', async () => {
    await erase();
    const again = await app.login('ana@example.test');
    expect(again.userId).not.toBe(ana.userId);
    expect((await call('GET', '/api/prebookings', { bearer: again.bearer })).json.prebookings).toEqual([]);
  });

  test('withdraws what is scheduled, and waits for what is armed', async () => {
    await hook(ana.bearer, 'ana');
    const scheduled = (await wish()).json.prebooking.id;
    const id = await armed();
    expect(await erase()).toMatchObject({ status: 202, json: { state: 'erasing', live: 1 } });
    expect((await call('GET', `/api/prebookings/${scheduled}`)).json.prebooking.status).toBe('withdrawn');
    expect(await wish()).toMatchObject({ status: 409, json: { error: { code: 'account/erasing' } } });
    expect(await erase()).toMatchObject({ status: 202, json: { state: 'erasing', live: 1 } });
    expect([(await sweep()).json.erased, await tablesWith(ana.userId)]).toEqual([
      0,
      expect.arrayContaining(['user_keys']),
    ]);
    await app.services.store.settlePrebookings(
      [{ id, epoch: 0, status: 'booked', outcome: 'booked', reservationId: '9' }],
      clock.now(),
    );
    await sweep();
    expect([(await sweep()).json.erased, await tablesWith(ana.userId)]).toEqual([1, ['erased_members']]);
    expect(told).toEqual(['prebooking-booked', 'account-erased']);
  });

  test('waits an hour for a channel that refuses the last notice, and no longer', async () => {
    await hook(ana.bearer, 'ana');
    refusing = true;
    expect(await erase()).toMatchObject({ status: 202, json: { state: 'erasing', live: 0 } });
    clock.advance(59 * MINUTE_MS);
    expect((await sweep()).json.erased).toBe(0);
    clock.advance(2 * MINUTE_MS);
    expect([(await sweep()).json.erased, await tablesWith(ana.userId)]).toEqual([1, ['erased_members']]);
  });

  test('is not begun where the word of it cannot be kept on the disk', async () => {
    const full: ErasureList = { keep: () => Promise.reject(new Error('ENOSPC')), read: async () => [] };
    const doors = createApp({ ...app.services, erasures: full }, app.context);
    expect((await ask(doors, 'DELETE', '/api/me', { bearer: ana.bearer })).status).toBe(500);
    expect(await tablesWith(ana.userId)).toContain('user_keys');
    expect((await erase()).status).toBe(200);
  });

  test('ends what a token of Supabase from before could make, and lets a later sign-in begin anew', async () => {
    const sub = bea.userId;
    const proof = { auth_time: Math.floor(SUNDAY_NOON.getTime() / 1000) };
    const old = await supabaseToken(app.cloud, { sub, more: proof }, clock.now());
    expect((await erase(old)).status).toBe(200);
    expect((await erase(old)).status).toBe(404);
    const openings = ['/api/me', '/api/prebookings', '/api/usage'].map(
      async (path) => (await call('GET', path, { bearer: old })).status,
    );
    expect(await Promise.all(openings)).toEqual([401, 401, 401]);
    expect((await call('POST', '/api/session/create', { bearer: old })).status).toBe(401);
    expect(await tablesWith(sub)).toEqual(['erased_members']);
    clock.advance(MINUTE_MS);
    const fresh = await supabaseToken(app.cloud, { sub, email: 'bea@example.test' }, clock.now());
    expect((await call('PUT', '/api/me', { bearer: fresh, body: { language: 'es' } })).json.member.language).toBe('es');
    expect(await repeatErasures({ ...app.services, erasures })).toBe(0);
  });

  test('is not undone by another process that still takes the session for alive', async () => {
    const other = createApp(app.services, app.context);
    const asThere = (method: string, path: string, body?: object) =>
      ask(other, method, path, { bearer: ana.bearer, ...(body && { body }) });
    await asThere('GET', '/api/me');
    expect((await erase()).json).toEqual({ state: 'erased' });
    const answers = [await asThere('PUT', '/api/me', { language: 'es' }), await asThere('POST', '/api/calendar')];
    expect(answers.map(({ json }) => json.error?.code)).toEqual(['auth/session-revoked', 'auth/session-revoked']);
    expect(await tablesWith(ana.userId)).toEqual(['erased_members']);
    expect(await tablesWith('ana@example.test')).toEqual([]);
  });

  test.each([
    ['a bridge', 'bridgeMember', '/api/auth/session/bridge', undefined],
    [
      'a sign-in that ties a gym account',
      'admitAtGym',
      '/api/auth/login',
      { email: 'cleo@example.test', password: 'right' },
    ],
  ] as const)('is not undone by %s that was let in before it and writes after it', async (_, verb, path, body) => {
    const sub = randomUUID();
    const proof = { auth_time: Math.floor(SUNDAY_NOON.getTime() / 1000) };
    const bearer = await supabaseToken(app.cloud, { sub, email: 'sol@example.test', more: proof }, clock.now());
    await call('PUT', '/api/me', { bearer, body: { language: 'es' } });
    /** Here `app.services` stands for another process, whose call of the store function `verb` waits until this process has erased the member. */
    const write = app.services.store[verb] as (row: unknown) => Promise<unknown>;
    const late = async (row: unknown) => {
      expect((await erase(bearer)).json).toEqual({ state: 'erased' });
      return write(row);
    };
    const doors = createApp({ ...app.services, store: { ...app.services.store, [verb]: late } }, app.context);
    const answer = await ask(doors, 'POST', path, { bearer, ...(body && { body }) });
    expect([answer.status, answer.json.error?.code]).toEqual([401, 'auth/session-revoked']);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await tablesWith(sub)).toEqual(['erased_members']);
    expect(await tablesWith('sol@example.test')).toEqual([]);
  });

  test('is not undone past our own doors: the database refuses a first row by a token of before', async () => {
    const sub = randomUUID();
    const bearer = await supabaseToken(app.cloud, { sub });
    await sql(`insert into erased_members values ($1, now() + interval '1 minute')`, sub);
    const client = createClient(app.cloud.supabaseUrl, app.cloud.publishableKey, { accessToken: async () => bearer });
    const { error } = await client.from('chat_sessions').insert({});
    expect(error?.message).toBe('auth/session-revoked');
    expect(await tablesWith(sub)).toEqual(['erased_members']);
  });
});

describe('a backup of before the erasure, restored', () => {
  /** Unseals the address of a member's webhook in this store with these keys: returns the address, or the failure's code. */
  const opened = async (store: ReturnType<typeof createStore>, keys: Secret, userId: string) => {
    const [row] = await store.readNoticeChannels(userId);
    if (!row) return undefined;
    try {
      return openChannel(createSeal(keys), userId, row.wrapped, row).address.reveal();
    } catch (error) {
      return asFailure(error).code;
    }
  };

  test('is erased again before anything is served, and opens under no keyring that was changed since', async () => {
    await hook(ana.bearer, 'ana');
    await hook(bea.bearer, 'bea');
    const backup = await dump(app.cloud.pool);
    clock.advance(MINUTE_MS);
    expect((await erase()).status).toBe(200);
    const cloud = await startCloud();
    try {
      await restore(cloud.pool, backup);
      const store = createStore({ supabaseUrl: cloud.supabaseUrl, secretKey: cloud.secretKey });
      const keys = app.cloud.secrets.sealKeys;
      // The control case: with the keys of the day of the backup, the restored webhook address can be unsealed, as docs/hosted.md says.
      expect(await opened(store, keys, ana.userId)).toBe('https://hooks.example.com/ana');
      const changed = new Secret(`later:${Buffer.alloc(32, 7).toString('base64')}`);
      expect(await opened(store, changed, ana.userId)).toBe('seal/unknown-key');
      expect(await repeatErasures({ ...app.services, store, erasures })).toBe(1);
      expect(await store.readMemberKey(ana.userId)).toBeUndefined();
      expect(await opened(store, keys, ana.userId)).toBeUndefined();
      expect((await cloud.pool.query('select id from members')).rows).toEqual([{ id: bea.userId }]);
      expect((await cloud.pool.query('select distinct user_id from token_journal')).rows).toEqual([
        { user_id: bea.userId },
      ]);
      expect(await opened(store, keys, bea.userId)).toBe('https://hooks.example.com/bea');
      expect(await repeatErasures({ ...app.services, store, erasures })).toBe(0);
    } finally {
      await cloud.stop();
    }
  });
});

test('a member’s third export within a minute waits, in whichever process; another member’s does not', async () => {
  await sql('delete from rate_buckets');
  const [own, other] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
  const elsewhere = async ({ bearer }: Login) =>
    (await ask(createApp(app.services, app.context), 'GET', '/api/me/export', { bearer })).status;
  expect([await elsewhere(own), await elsewhere(own), await elsewhere(own)]).toEqual([200, 200, 429]);
  expect(await elsewhere(other)).toBe(200);
  clock.advance(MINUTE_MS);
  expect(await elsewhere(own)).toBe(200);
});

describe('a process that starts beside a restored backup', () => {
  const now = { ...clock, sleep: async () => undefined };
  const isThere = async (who: Login) => (await sql('select id from members where id = $1', who.userId)).length === 1;
  const restored = async () => {
    const cat = await app.login('ana@example.test');
    await erasures.keep({ userId: cat.userId, erasedAt: clock.now().toISOString() });
    return cat;
  };

  test('and cannot reach the database at first, erases the members within a minute, not a day', async () => {
    const cat = await restored();
    let away = 2;
    const store = {
      ...app.services.store,
      repeatErasures: async (list: Parameters<typeof app.services.store.repeatErasures>[0]) => {
        if (away-- > 0) throw new Failure('database/unavailable', 'away');
        return app.services.store.repeatErasures(list);
      },
    };
    const minute = Promise.withResolvers<void>();
    const services = { ...app.services, clock: { ...clock, sleep: () => minute.promise }, store, erasures };
    const { further } = await eraseAgain(services, { stopping: new AbortController().signal });
    expect(await isThere(cat)).toBe(true);
    minute.resolve();
    await further;
    expect([away, await isThere(cat)]).toEqual([-1, false]);
  });

  test('and cannot read the list, raises an alert, and reads it when it can be read', async () => {
    const cat = await restored();
    const list = erasures;
    let unreadable = 1;
    const read = async () => {
      if (unreadable-- > 0) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
      return list.read();
    };
    const before = app.log.length;
    const services = { ...app.services, clock: now, erasures: { ...list, read } };
    const { further } = await eraseAgain(services, { stopping: new AbortController().signal });
    expect(app.log.slice(before).join()).toContain('alert: the list of erased members cannot be read');
    await further;
    expect(await isThere(cat)).toBe(false);
  });

  test('tries no more when the process stops', async () => {
    const stopping = new AbortController();
    const store = {
      ...app.services.store,
      repeatErasures: () => Promise.reject(new Failure('database/unavailable', '')),
    };
    const { further } = await eraseAgain({ ...app.services, store, erasures }, { stopping: stopping.signal });
    stopping.abort();
    await further;
  });
});

test('the list on disk leaves out a line that a crash cut off', async () => {
  const path = join(folder, 'torn.jsonl');
  const list = openErasureList(path);
  expect(await list.read()).toEqual([]);
  const one = { userId: randomUUID(), erasedAt: SUNDAY_NOON.toISOString() };
  await list.keep(one);
  await writeFile(path, '{"userId":"1b', { flag: 'a' });
  expect(await list.read()).toEqual([one]);
});

test('an erasure after a line that a crash cut off is on a line of its own, and read', async () => {
  const path = join(folder, 'torn-before.jsonl');
  const list = openErasureList(path);
  await writeFile(path, '{"userId":"1b');
  const [one, two] = [randomUUID(), randomUUID()].map((userId) => ({ userId, erasedAt: SUNDAY_NOON.toISOString() }));
  await list.keep(one as Erasure);
  await list.keep(two as Erasure);
  expect(await list.read()).toEqual([one, two]);
});
