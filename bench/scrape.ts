// A scrape of /metrics at 10,000 background sessions and 30,000 ended prebookings, read over PostgREST as the endpoint reads it. The peer is a scrape
// with one line of metrics for every session.
import type { Pool } from 'pg';
import { systemClock } from '../services/clock.ts';
import { createStore, type Store } from '../services/store/store.ts';
import { measure } from '../worker/monitor/measure.ts';
import { createMeters, type Meters } from '../worker/monitor/meters.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { fillMembers } from './members.ts';
import { nowMs } from './moment.ts';
import { openRoom } from './room.ts';
import { median, quantile } from './stats.ts';

const SESSIONS = 10_000;
const ENDED_A_MEMBER = 3;
const MAX_MS = 200;
const MAX_KB = 200;
const ROUTES = 80;
const SCRAPES_A_ROUND = 5;

export const scrape: Bench = {
  name: 'scrape',
  what: 'a scrape of /metrics at 10,000 sessions: time and size, beside one with rows for every session',
  run,
};

interface Way {
  readonly name: string;
  readonly most: number | undefined;
  readonly tookMs: number[];
  bytes: number;
}

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const count = quick ? 3_000 : SESSIONS;
  const room = await openRoom();
  const ways: Way[] = [
    { name: 'puntual', most: undefined, tookMs: [], bytes: 0 },
    { name: 'rows for every session', most: count, tookMs: [], bytes: 0 },
  ];
  try {
    const { stack, pool } = room;
    await fillMembers(pool, stack.secrets.sealKeys, 'https://127.0.0.1', count);
    await fillEnded(pool);
    const store = createStore({ supabaseUrl: stack.supabaseUrl, secretKey: stack.secretKey });
    const meters = busyMeters();
    for (const way of ways) await scrapeOnce(store, meters, way.most);
    for (let at = 0; at < rounds; at += 1) {
      say(`scrape: round ${at + 1} of ${rounds}`);
      for (const way of ways)
        for (let n = 0; n < SCRAPES_A_ROUND; n += 1) {
          const startedAtMs = nowMs();
          way.bytes = Buffer.byteLength(await scrapeOnce(store, meters, way.most));
          way.tookMs.push(nowMs() - startedAtMs);
        }
    }
  } finally {
    await room.close();
  }
  return conclude(count, ways);
}

const scrapeOnce = async (store: Store, meters: Meters, most: number | undefined): Promise<string> =>
  `${await measure({ store, clock: systemClock }, most)}\n${await meters.expose(undefined)}`;

/** Writes ended prebookings, three for each member, each with a receipt of typical size. */
async function fillEnded(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    // Triggers are off in this connection, because the trigger on prebookings' states would refuse rows that are inserted in a final state.
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into prebookings (user_id, box_id, day, time_id, class_name, status, opens_at, starts_at, receipt, settled_at, created_at, updated_at)
       select ub.user_id, ub.box_id, '2026110' || n, '1800_60', 'WOD', case n when 1 then 'refused' else 'booked' end, now(), now(),
         jsonb_build_object('decidedBy', case n when 1 then 'crowd' else 'us' end, 'latenessMs', random() * 10, 'words', repeat('x', 600)),
         now() - n * interval '1 day', now(), now()
       from user_boxes ub cross join generate_series(1, ${ENDED_A_MEMBER}) n`,
    );
  } finally {
    await client.query('set session_replication_role = origin');
    client.release();
  }
  await pool.query('vacuum analyze');
}

/** Request meters as they are after a day of service: every endpoint was called, with three different statuses. */
function busyMeters(): Meters {
  const meters = createMeters();
  for (let n = 0; n < ROUTES; n += 1)
    for (const status of [200, 400, 401])
      meters.requests.inc({ method: 'GET', route: `/api/an/endpoint/of/ours/${n}`, status });
  for (const call of ['sign-in', 'renew', 'is-alive', 'read-day', 'book', 'cancel', 'shot'])
    for (const kind of ['good', 'turned-away', 'unknown', 'not-sent', 'gym/unreachable'])
      meters.gymAnswers.inc({ call, kind });
  meters.requestSeconds.observe(0.01);
  for (const outcome of ['ok', 'failed']) meters.databaseSeconds.observe({ outcome }, 0.01);
  return meters;
}

function conclude(count: number, ways: readonly Way[]): Outcome {
  const kb = (bytes: number) => bytes / 1_000;
  const [ours] = ways as [Way, Way];
  return {
    tables: [
      {
        title: `One scrape, ${count} background sessions, ${count * ENDED_A_MEMBER} ended prebookings`,
        head: ['', 'p50 ms', 'p95 ms', 'kB'],
        rows: ways.map(({ name, tookMs, bytes }) => [
          ...[name, round(median(tookMs)), round(quantile(tookMs, 0.95)), round(kb(bytes))],
        ]),
      },
    ],
    targets: [
      target('a scrape at 10,000 sessions, median', median(ours.tookMs), MAX_MS, ' ms'),
      target('its size', kb(ours.bytes), MAX_KB, ' kB'),
    ],
    figures: Object.fromEntries(
      ways.map(({ name, tookMs, bytes }) => [
        name,
        { p50Ms: round(median(tookMs)), p95Ms: round(quantile(tookMs, 0.95)), bytes },
      ]),
    ),
  };
}
