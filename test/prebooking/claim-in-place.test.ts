// Postgres claims a thousand rows quickly because a claim changes the rows in place, so that Postgres adds no entry to an index. The test reads
// Postgres' own counters of changed rows and measures no time.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';

const WISHES = 200;
let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
});
afterAll(() => cloud.stop());

const COUNTS = `select pg_stat_get_xact_tuples_updated(t)::int as rows, pg_stat_get_xact_tuples_hot_updated(t)::int as "inPlace"
  from (select 'prebookings'::regclass t) x`;

test('claiming all of an instant writes no index', async () => {
  const client = await cloud.pool.connect();
  const counts = async () => (await client.query<{ rows: number; inPlace: number }>(COUNTS)).rows[0];
  try {
    await client.query(`
      insert into boxes (aimharder_box_id, subdomain, name, created_at) values ('1', 'one', 'One', now());
      insert into members (created_at) select now() from generate_series(1, ${WISHES});
      insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
      select m.id, b.id, '20260302', '1800_60', now() + interval '30 s', now() + interval '2 days', now(), now() from members m, boxes b;
      update prebookings set status = 'scheduled'`);
    await client.query('vacuum prebookings');
    await client.query('begin');
    const { id } = (await client.query('select id from prebookings limit 1')).rows[0];
    const before = await counts();
    await client.query(`select claim_prebookings($1, 'me', 60000, 12000, 600000, now())`, [id]);
    const after = await counts();
    expect([after?.rows, after?.inPlace]).toEqual([(before?.rows ?? 0) + WISHES, (before?.inPlace ?? 0) + WISHES]);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('a claim answers in order of creation, and a second one finds nothing left to take', async () => {
  const { pool } = cloud;
  await pool.query(`update prebookings set created_at = now() - (random() * interval '1 day')`);
  const { id } = (await pool.query('select id from prebookings limit 1')).rows[0];
  const claim = async () =>
    (await pool.query(`select claim_prebookings($1, $2, 60000, 12000, 600000, now()) as answer`, [id, randomUUID()]))
      .rows[0].answer;
  const [one, two] = await Promise.all([claim(), claim()]);
  const [first, second] = one.state === 'claimed' ? [one, two] : [two, one];
  const created = first.prebookings.map((each: { createdAt: string }) => Date.parse(each.createdAt));
  expect(created).toHaveLength(WISHES);
  expect(created).toEqual(created.toSorted((a: number, b: number) => a - b));
  expect(second.state).toBe('in-progress');
});

test('a row that another statement writes at the moment of the claim is claimed with the others', async () => {
  const { pool } = cloud;
  await pool.query(`update prebookings set claim_until = now() - interval '1 second'`);
  const [first] = (await pool.query('select id from prebookings order by created_at, id')).rows;
  const writer = await pool.connect();
  await writer.query('begin');
  await writer.query('update prebookings set updated_at = now() where id = $1', [first.id]);
  let isOver = false;
  const claiming = pool
    .query(`select claim_prebookings($1, 'late', 60000, 12000, 600000, now()) as answer`, [first.id])
    .finally(() => {
      isOver = true;
    });
  const waits = `select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like '%claim_prebookings%'`;
  while (!isOver && (await pool.query(waits)).rows.length === 0);
  await writer.query('commit');
  writer.release();
  const { state, prebookings } = (await claiming).rows[0].answer;
  expect(state).toBe('claimed');
  expect(prebookings.map((each: { id: string }) => each.id)).toContain(first.id);
  expect(prebookings).toHaveLength(WISHES);
  expect(prebookings[0].id).toBe(first.id);
});
