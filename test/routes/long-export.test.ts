// The export of a member with a long history: everything is in it, each row once and in its order, and no answer of the database is large. An answer of
// more than about 60 MB takes longer than the database allows a statement, and the export would fail every time.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Failure } from '../../services/failures.ts';
import { type Call, openDatabase } from '../../services/store/call.ts';
import { storeOver } from '../../services/store/store.ts';
import { type App, createApp } from '../../worker/app.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { ask, type Login, openApp, type TestApp } from './open-app.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(60_000) });
const [PREBOOKINGS, NOTICES, MESSAGES, WATCHES] = [2_000, 1_100, 650, 501];
const MOST_LETTERS = 2_000_000;

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
/** The length of each answer of the database during the export. */
const lengths: number[] = [];
const [talk, silent, short] = [randomUUID(), randomUUID(), randomUUID()];
beforeAll(async () => {
  app = await openApp(clock);
  ana = await app.login('ana@example.test');
  const bea = await app.login('bea@example.test');
  await fill(ana);
  await app.cloud.pool.query('insert into chat_sessions (id, user_id) values ($1, $2)', [randomUUID(), bea.userId]);
});
afterAll(() => app.stop());

/** Writes the rows that the member has after a long time, with receipts of about two kilobytes. */
async function fill({ userId, boxes }: Login): Promise<void> {
  const client = await app.cloud.pool.connect();
  const run = (sql: string, ...values: unknown[]) => client.query(sql, values);
  try {
    // The triggers that hold prebookings to their order of states are off here.
    await run('set session_replication_role = replica');
    const receipt = {
      decidedBy: 'us',
      tries: Array(12).fill({ sentAt: SUNDAY_NOON, answer: 'too-early', latenessMs: 0.4, words: 'x'.repeat(60) }),
    };
    await run(
      `insert into prebookings (user_id, box_id, day, time_id, class_name, status, outcome, opens_at, starts_at, receipt, settled_at, created_at, updated_at)
       select $1, $2, to_char($3::timestamptz - n * interval '1 hour', 'YYYYMMDD'), '1800_60', 'WOD ' || n, 'booked', 'booked', $3, $3, $4, $3,
         $3::timestamptz + (n / 7) * interval '1 second', $3 from generate_series(1, $5::int) n`,
      ...[userId, boxes[0]?.id, SUNDAY_NOON, JSON.stringify(receipt), PREBOOKINGS],
    );
    await run(
      `insert into prebooking_events (prebooking_id, user_id, from_status, to_status, at)
       select p.id, p.user_id, null, s, p.created_at from prebookings p, unnest(array['scheduling', 'scheduled', 'claimed', 'armed', 'booked']) s`,
    );
    await run(
      `insert into outbox (user_id, kind, dedupe_key, payload, created_at, sent_at)
       select $1, 'prebooking-booked', 'n' || n, jsonb_build_object('n', n), $2, $2 from generate_series(1, $3::int) n`,
      ...[userId, SUNDAY_NOON, NOTICES],
    );
    await run(
      `insert into watches (id, user_id, box_id, day, time_id, kind, not_after, status, starts_at, ends_at, created_at, updated_at)
       select gen_random_uuid(), $1, $2, '20260302', '1800_60', 'tell', 0, 'withdrawn', $3, $3, $3::timestamptz + n * interval '1 second', $3 from generate_series(1, $4::int) n`,
      ...[userId, boxes[0]?.id, SUNDAY_NOON, WATCHES],
    );
    for (const [at, id] of [talk, silent, short].entries())
      await run(
        `insert into chat_sessions (id, user_id, created_at) values ($1, $2, $3::timestamptz + $4 * interval '1 second')`,
        ...[id, userId, SUNDAY_NOON, at],
      );
    await run(
      `insert into chat_messages (session_id, role, content)
       select case when n <= $3 then $1::uuid else $2::uuid end, 'user', n || repeat(' Hola', 60) from generate_series(1, $4::int) n`,
      ...[talk, short, MESSAGES - 3, MESSAGES],
    );
  } finally {
    await client.query('set session_replication_role = origin');
    client.release();
  }
}

const numbered = (count: number, from = 1) => Array.from({ length: count }, (_, at) => at + from);

/** The service with a store that measures each answer of the database. */
function measured(): App {
  const call = openDatabase({ supabaseUrl: app.cloud.supabaseUrl, secretKey: app.cloud.secretKey });
  const measure: Call = async (name, args, shape) => {
    const answer = await call(name, args, shape);
    lengths.push(JSON.stringify(answer ?? null).length);
    return answer;
  };
  return createApp({ ...app.services, store: storeOver(measure) }, app.context);
}

test('an export of a long history holds every row, once and in order, read in small answers', async () => {
  const { status, json, headers } = await ask(measured(), 'GET', '/api/me/export', { bearer: ana.bearer });
  expect(Math.max(...lengths)).toBeLessThan(MOST_LETTERS);
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
  const { prebookings, notices, conversations, watches } = json;
  expect(new Set(prebookings.map(({ id }: never) => id)).size).toBe(PREBOOKINGS);
  expect(prebookings).toHaveLength(PREBOOKINGS);
  const made = prebookings.map(({ createdAt }: { createdAt: string }) => Date.parse(createdAt));
  expect(made).toEqual(made.toSorted((a: number, b: number) => a - b));
  expect(prebookings.at(-1)).toMatchObject({ receipt: { decidedBy: 'us' }, events: Array(5).fill({ from: null }) });
  expect(notices.map(({ payload }: { payload: { n: number } }) => payload.n)).toEqual(numbered(NOTICES));
  expect(watches).toHaveLength(WATCHES);
  const said = conversations.map(({ id, messages }: { id: string; messages: { content: string }[] }) => [
    id,
    messages.map(({ content }) => Number.parseInt(content, 10)),
  ]);
  expect(said).toEqual([
    [talk, numbered(MESSAGES - 3)],
    [silent, []],
    [short, numbered(3, MESSAGES - 2)],
  ]);
});

test('an export whose database fails on the way breaks off, and one whose database fails at once says so', async () => {
  const broken = (from: 'readExport' | 'readExportPage') => {
    const fail = () => Promise.reject(new Failure('database/unavailable', 'Away.'));
    return createApp({ ...app.services, store: { ...app.services.store, [from]: fail } }, app.context);
  };
  clock.advance(2 * MINUTE_MS);
  const headers = { Authorization: `Bearer ${ana.bearer}` };
  const cut = await broken('readExportPage').request('/api/me/export', { headers });
  await expect(cut.text()).rejects.toMatchObject({ code: 'database/unavailable' });
  expect(await ask(broken('readExport'), 'GET', '/api/me/export', { bearer: ana.bearer })).toMatchObject({
    status: 503,
  });
});
