// How many statements of one member the database runs at the same time. PostgREST has few connections, which members and the service share, so that
// one member with many slow statements would keep the service from the database.
import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
let bea: Login;
const open: PoolClient[] = [];
beforeAll(async () => {
  app = await openApp(handClock(new Date()));
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
  const sql = (text: string, values: unknown[]) => app.cloud.pool.query(text, values);
  await sql(`insert into sessions (user_id, turn_count) values ($1, 0)`, [ana.userId]);
  await sql(
    `with chat as (insert into chat_sessions (user_id) values ($1) returning id)
     insert into chat_messages (session_id, role, content) select id, 'user', 'hello' from chat`,
    [ana.userId],
  );
  await sql(
    `insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, '20260302', '1900_60', now(), now(), now(), now())`,
    [ana.userId, ana.boxes[0]?.id],
  );
  await sql(`update prebookings set status = 'scheduled'`, []);
});
afterAll(() => app.stop());
afterEach(async () => {
  for (const client of open.splice(0)) {
    await client.query('rollback');
    client.release();
  }
});

/** Begins a statement of Ana's in a transaction of its own, which goes on until the test's end. */
async function begin(sql: string): Promise<void> {
  const client = await app.cloud.pool.connect();
  open.push(client);
  await client.query('begin');
  await client.query(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ role: 'authenticated', sub: ana.userId }),
  ]);
  await client.query('set local role authenticated');
  await client.query(sql);
}

/** Sends a request to PostgREST itself, as a page with the publishable key does. */
async function rest(who: Login, table: string, body?: object): Promise<[number, string | undefined]> {
  const headers = { apikey: app.cloud.publishableKey, authorization: `Bearer ${who.bearer}` };
  const answer = await fetch(`${app.cloud.supabaseUrl}/rest/v1/${table}`, {
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return [answer.status, JSON.parse((await answer.text()) || '{}').message];
}

const TABLES =
  'members boxes user_boxes prebookings prebooking_events subscriptions my_sessions sessions chat_sessions';
const READS = [...TABLES.split(' ').map((table) => `${table}?select=*`), 'user_sessions?select=id', 'chat_messages'];

test.each(
  READS,
)('a sixth statement of one member at a time is refused at %s, and another member’s is not', async (table) => {
  expect((await rest(ana, table))[0]).toBe(200);
  for (let at = 0; at < 5; at++) await begin('select id from members');
  expect(await rest(ana, table)).toEqual([503, 'database/busy']);
  expect((await rest(bea, table))[0]).toBe(200);
});

test('statements that add rows count as well, before one waits for another', async () => {
  for (let at = 0; at < 4; at++) await begin('select id from members');
  await begin('insert into sessions (turn_count) values (0)');
  expect(await rest(ana, 'sessions', { turn_count: 0 })).toEqual([503, 'database/busy']);
  expect((await rest(bea, 'sessions', { turn_count: 0 }))[0]).toBe(201);
});

test('a place is free again when its statement has ended', async () => {
  for (let at = 0; at < 5; at++) await begin('select id from members');
  await open[0]?.query('commit');
  expect((await rest(ana, 'members'))[0]).toBe(200);
});

test('a statement that reads further tables keeps its one place, also after another place came free', async () => {
  for (let at = 0; at < 2; at++) await begin('select id from members');
  await open[0]?.query('commit');
  await open[1]?.query('select id from boxes');
  for (let at = 0; at < 3; at++) await begin('select id from members');
  expect((await rest(ana, 'members'))[0]).toBe(200);
});
