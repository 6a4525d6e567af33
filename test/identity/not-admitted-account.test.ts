// What a person without admission can still do: see, export and erase their data. The gym e-mail and password of a person without admission are not
// stored.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { repeatErasures } from '../../services/account/erase.ts';
import { type ErasureList, openErasureList } from '../../services/account/erasure-list.ts';
import { systemClock } from '../../services/clock.ts';
import { keepLogin } from '../../services/renewal/kept-login.ts';
import { Secret } from '../../services/secret.ts';
import { type App, createApp } from '../../worker/app.ts';
import { type Answer, type Ask, ask, OPERATOR_TOKEN, openApp, type TestApp } from '../routes/open-app.ts';
import { town } from '../support/town.ts';
import { supabaseToken } from './supabase-token.ts';

const MODE = { mode: 'approve', boxes: [] } as const;
const EMAIL = 'ana@example.test';
const OUT = [403, 'auth/not-admitted'];
const codeOf = ({ status, json }: Answer) => [status, json?.error?.code ?? null];

let app: TestApp;
let handler: App;
let folder: string;
let erasures: ErasureList;
beforeAll(async () => {
  app = await openApp(systemClock, town, {}, MODE);
  folder = await mkdtemp(join(tmpdir(), 'puntual-removed-'));
  erasures = openErasureList(join(folder, 'erased.jsonl'));
  handler = createApp({ ...app.services, erasures }, app.context);
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.cloud.pool.query('delete from members; delete from erased_members; delete from login_limits');
  await rm(join(folder, 'erased.jsonl'), { force: true });
});

const sql = async (text: string, ...values: unknown[]) => (await app.cloud.pool.query(text, values)).rows;
const call = (method: string, path: string, asked: Ask = {}) => ask(handler, method, path, asked);
const word = (id: string, what: string) =>
  call('POST', `/api/operator/members/${id}/${what}`, { bearer: OPERATOR_TOKEN });
const theirs = (sub: string, more: object = { auth_time: Math.floor(Date.now() / 1000) }) =>
  supabaseToken(app.cloud, { sub, email: 'sol@example.test', more: { ...more } });
const member = async (admission: string): Promise<string> => {
  const id = randomUUID();
  await sql('insert into members (id, created_at, admission) values ($1, now(), $2)', id, admission);
  return id;
};
const keptLogins = async () => (await sql('select count(*)::int as n from kept_logins'))[0]?.n;

describe.each(['guest', 'waiting', 'refused'])('a member who is %s', (admission) => {
  test('sees how they stand and sets what is about themselves, and no more', async () => {
    const bearer = await theirs(await member(admission));
    const account = await call('GET', '/api/me', { bearer });
    expect([account.status, account.json.member.admitted]).toEqual([200, false]);
    expect((await call('PUT', '/api/me', { bearer, body: { language: 'es' } })).json.member.language).toBe('es');
    for (const path of ['/api/boxes', '/api/prebookings', '/api/notifications/webhook'])
      expect([path, ...codeOf(await call('GET', path, { bearer }))]).toEqual([path, ...OUT]);
  });

  test('takes out and erases what is theirs, with a fresh proof alone', async () => {
    const id = await member(admission);
    for (const [method, path] of [
      ['GET', '/api/me/export'],
      ['DELETE', '/api/me'],
    ] as const)
      expect(codeOf(await call(method, path, { bearer: await theirs(id, {}) }))).toEqual([403, 'auth/proof-needed']);
    const bearer = await theirs(id);
    const taken = await call('GET', '/api/me/export', { bearer });
    expect(taken.json).toMatchObject({ member: { id, admission }, keptLogin: null });
    expect((await call('DELETE', '/api/me', { bearer })).json).toEqual({ state: 'erased' });
    expect(await sql('select id from members')).toEqual([]);
    expect(codeOf(await call('DELETE', '/api/me', { bearer }))).toEqual([404, 'account/missing']);
  });

  test('keeps no login, not even one that is brought past the doors', async () => {
    const id = await member(admission);
    const seal = app.services.seal.openMember(
      id,
      await app.services.store.keepMemberKey(id, app.services.seal.newMemberKey(id)),
    );
    const login = { email: EMAIL, password: new Secret('right') };
    await expect(keepLogin(app.services, { userId: id, seal }, login)).rejects.toMatchObject({
      code: 'auth/not-admitted',
    });
    expect(await keptLogins()).toBe(0);
  });
});

test('a waiting newcomer keeps no login, whatever they agree to; admitted, they do; refused, it is gone and nothing is told', async () => {
  const body = { email: EMAIL, password: 'right', keepLogin: true };
  expect(codeOf(await call('POST', '/api/auth/login', { body }))).toEqual(OUT);
  expect(await keptLogins()).toBe(0);
  const [{ id }] = (await sql('select id from members')) as [{ id: string }];
  await word(id, 'admit');
  const { accessToken } = (await call('POST', '/api/auth/login', { body })).json;
  expect(await keptLogins()).toBe(1);
  expect((await call('GET', '/api/me', { bearer: accessToken })).json).toMatchObject({
    member: { admitted: true },
    background: [{ keptLogin: true }],
  });
  expect((await call('GET', '/api/me/export', { bearer: accessToken })).json.keptLogin).toMatchObject({
    keptAt: expect.any(String),
  });
  await sql(`update auth_sessions set status = 'needs-login' where session_type = 'background'`);
  expect((await word(id, 'refuse')).status).toBe(200);
  expect(await keptLogins()).toBe(0);
  expect(await sql('select kind from outbox')).toEqual([]);
});

test('a waiting newcomer takes the request back by a sign-in at the gym alone, and nothing of theirs is left; an admitted member signs in as ever', async () => {
  const body = { email: EMAIL, password: 'right' };
  expect(codeOf(await call('POST', '/api/auth/login', { body }))).toEqual(OUT);
  const wrong = { ...body, password: 'wrong', withdrawRequest: true };
  expect((await call('POST', '/api/auth/login', { body: wrong })).status).toBe(401);
  expect(await sql('select admission from members')).toEqual([{ admission: 'waiting' }]);
  const back = { ...body, withdrawRequest: true };
  const answer = await call('POST', '/api/auth/login', { body: back });
  expect([...codeOf(answer), answer.json.error.message]).toEqual([
    ...OUT,
    expect.stringContaining('nothing of yours is kept'),
  ]);
  expect([await sql('select id from members'), await sql('select user_id from user_boxes')]).toEqual([[], []]);
  expect(await erasures.read()).toHaveLength(1);
  // A person may withdraw the request for admission and ask again later; for an admitted member `withdrawRequest` erases nothing.
  expect(codeOf(await call('POST', '/api/auth/login', { body }))).toEqual(OUT);
  const [{ id }] = (await sql('select id from members')) as [{ id: string }];
  await word(id, 'admit');
  expect((await call('POST', '/api/auth/login', { body: back })).status).toBe(200);
  expect(await sql('select id from members')).toEqual([{ id }]);
});

test('a member that the operator removes does not come back: by a token of before, nor with a backup', async () => {
  const id = await member('admitted');
  const before = await theirs(id);
  expect((await call('GET', '/api/prebookings', { bearer: before })).status).toBe(200);
  expect((await word(id, 'remove')).json).toEqual({ id, state: 'removed' });
  expect(codeOf(await call('GET', '/api/usage', { bearer: before }))).toEqual([401, 'auth/session-revoked']);
  expect(codeOf(await call('POST', '/api/chat/session', { bearer: before }))).toEqual([401, 'auth/session-revoked']);
  // The database is put back to the state of a backup that is an hour old.
  await sql('delete from erased_members');
  await sql(`insert into members (id, created_at) values ($1, now() - interval '1 hour')`, id);
  expect(await repeatErasures({ ...app.services, erasures })).toBe(1);
  expect(await sql('select id from members')).toEqual([]);
});
