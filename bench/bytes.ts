// What six refreshes at twenty-minute intervals leave in Postgres: the growth of tables, the share of updates that stay on their page (HOT), and the
// write-ahead log per renewal. The peer is a plain schema: one row for each session, an index on the session's age, and one PATCH for each renewal.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { refreshBackgroundSessions } from '../jobs/refresh-background-sessions.ts';
import { type Clock, systemClock } from '../services/clock.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { refreshRows } from './refresh-peers.ts';
import { openRefreshStage } from './refresh-stage.ts';
import { openService } from './service.ts';
import { median } from './stats.ts';

const CYCLES = 6;
const CYCLE_MS = 20 * 60_000;
const SESSIONS = 1_500;
const CONCURRENCY = 32;
const OURS = ['auth_sessions', 'token_journal', 'refresh_attempts'] as const;
const PLAIN = ['bench_sessions'] as const;

export const bytes: Bench = {
  name: 'bytes',
  what: 'six refresh cycles: table growth, HOT share and log written for one refresh, beside the plain schema',
  run,
};

interface Sizes {
  readonly [table: string]: number;
}
interface Course {
  readonly before: Sizes;
  readonly after: Sizes;
  readonly walBytes: number[];
}

async function run({ quick, say }: Setting): Promise<Outcome> {
  const sessions = quick ? 300 : SESSIONS;
  const stage = await openRefreshStage();
  const { pool } = stage.room;
  let shiftMs = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + shiftMs) };
  const { services, close } = await openService(stage.address, clock);
  try {
    await stage.fill(sessions);
    await pool.query('truncate bench_sessions');
    await stage.fill(sessions);
    await pool.query('select pg_stat_reset()');
    const ours = await goThrough(pool, OURS, sessions, async () => {
      shiftMs += CYCLE_MS;
      const report = await refreshBackgroundSessions(services, { runId: randomUUID(), concurrency: CONCURRENCY });
      return report.updated;
    });
    say('bytes: ours done');
    const plain = await goThrough(pool, PLAIN, sessions, () => refreshRows(stage.address, sessions, CONCURRENCY));
    return conclude(sessions, ours, plain, await hotShares(pool));
  } finally {
    await close();
    await stage.close();
  }
}

/** Runs six refreshes with a vacuum after each, as autovacuum would run in the twenty minutes between two refreshes. */
async function goThrough(
  pool: Pool,
  tables: readonly string[],
  sessions: number,
  cycle: () => Promise<number>,
): Promise<Course> {
  await pool.query('vacuum');
  // Postgres writes a whole page to its log when the page changes for the first time after a checkpoint. A checkpoint is made here, and the first
  // refresh, which logs whole pages, is not counted.
  await pool.query('checkpoint');
  const before = await sizesOf(pool, tables);
  const walBytes: number[] = [];
  for (let at = 0; at < CYCLES; at += 1) {
    const start = await walPosition(pool);
    const updated = await cycle();
    if (updated !== sessions) throw new Error(`Expected ${sessions} to be updated, got ${updated}.`);
    if (at > 0) walBytes.push(((await walPosition(pool)) - start) / sessions);
    await pool.query(`vacuum ${tables.join(', ')}`);
  }
  return { before, after: await sizesOf(pool, tables), walBytes };
}

const walPosition = async (pool: Pool): Promise<number> =>
  Number((await pool.query("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as at")).rows[0]?.at);

/**
 * The bytes of each table, with its indexes and TOAST. Postgres' maps of free space are left out: they are a fixed amount that would be a large share
 * of a small table's size.
 */
async function sizesOf(pool: Pool, tables: readonly string[]): Promise<Sizes> {
  const { rows } = await pool.query<{ name: string; size: string }>(
    `select t as name, pg_relation_size(t::regclass) + pg_indexes_size(t::regclass) +
       coalesce((select pg_total_relation_size(nullif(reltoastrelid, 0)) from pg_class where oid = t::regclass), 0) as size
     from unnest($1::text[]) t`,
    [tables],
  );
  return Object.fromEntries(rows.map(({ name, size }) => [name, Number(size)]));
}

async function hotShares(pool: Pool): Promise<Map<string, number>> {
  // Postgres adds a connection's counters to its statistics only once the connection has been idle for a moment.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { rows } = await pool.query<{ name: string; share: number | null }>(
    `select relname as name, (100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0))::float as share from pg_stat_user_tables`,
  );
  return new Map(rows.map(({ name, share }) => [name, share ?? Number.NaN]));
}

function conclude(sessions: number, ours: Course, plain: Course, hot: Map<string, number>): Outcome {
  const row = (way: string, course: Course) => (table: string) => {
    const [before = 0, after = 0] = [course.before[table], course.after[table]];
    return [way, table, round(before / sessions), round(after / sessions), `${round(after / before)}×`, hotText(table)];
  };
  const hotText = (table: string): string => {
    const share = hot.get(table) ?? Number.NaN;
    return Number.isNaN(share) ? 'no updates' : `${round(share)}%`;
  };
  const rows = [...OURS.map(row('puntual', ours)), ...PLAIN.map(row('plain schema', plain))];
  const wal = [
    ['puntual: pointer, journal, intent', round(median(ours.walBytes))],
    ['plain schema', round(median(plain.walBytes))],
  ];
  const growth = (ours.after['auth_sessions'] ?? 0) / (ours.before['auth_sessions'] ?? 1);
  return {
    tables: [
      {
        title: `Bytes a session, ${sessions} sessions, before and after ${CYCLES} cycles`,
        head: ['way', 'table', 'before', 'after', 'growth', 'HOT updates'],
        rows,
      },
      { title: 'Bytes of log for one refresh', head: ['way', 'bytes'], rows: wal },
    ],
    targets: [
      target('growth of auth_sessions', growth, 1.02, '×'),
      target('HOT updates of auth_sessions', hot.get('auth_sessions') ?? 0, 99, ' %', true),
    ],
    figures: { rows, wal },
  };
}
