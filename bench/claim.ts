// Claims a thousand prebookings of one opening, with the database 20 ms away: in one statement for all (puntual), and by two queries for each
// prebooking (the peer).
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { Pool } from 'pg';
import { createStore } from '../services/store/store.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { startDelayLine } from './delay-line.ts';
import { fillMembers } from './members.ts';
import { nowMs } from './moment.ts';
import { openRoom } from './room.ts';
import { median, quantile } from './stats.ts';

const PREBOOKINGS = 1_000;
const ONE_WAY_MS = 10;
/** The number of connections in the peer's pool, which is node-postgres' default. */
const POOL = 10;
const CLAIM = { leadMs: 60_000, claimMs: 12_000 };

export const claim: Bench = {
  name: 'claim',
  what: '1,000 prebookings of one instant at 20 ms from the database: claimed in one statement, and by two queries a webhook',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const count = quick ? 200 : PREBOOKINGS;
  const room = await openRoom();
  const { stack, pool } = room;
  const nearPostgres = new URL(stack.postgresUrl.reveal());
  const rest = await startDelayLine(stack.supabaseUrl, ONE_WAY_MS, { isPrecise: true });
  const direct = await startDelayLine(`http://127.0.0.1:${nearPostgres.port}`, ONE_WAY_MS, { isPrecise: true });
  nearPostgres.port = new URL(direct.url).port;
  const far = new Pool({ connectionString: nearPostgres.href, max: POOL });
  const store = createStore({ supabaseUrl: rest.url, secretKey: stack.secretKey });
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    await fillMembers(pool, stack.secrets.sealKeys, 'https://127.0.0.1', count);
    await claimAll(store, await openWishes(pool, count));
    for (let at = 0; at < rounds; at += 1) {
      say(`claim: round ${at + 1} of ${rounds}`);
      ours.push(await claimAll(store, await openWishes(pool, count)));
      theirs.push(await claimOneByOne(far, await openWishes(pool, count)));
    }
  } finally {
    await far.end();
    await rest.stop();
    await direct.stop();
    await room.close();
  }
  return conclude(count, ours, theirs);
}

/** Replaces all prebookings by `count` new ones, whose classes open at one instant, half a minute from now. */
async function openWishes(pool: Pool, count: number): Promise<string[]> {
  await pool.query('delete from prebookings');
  await pool.query(
    `insert into prebookings (user_id, box_id, day, class_id, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     select m.id, (select id from boxes order by subdomain limit 1), '20261123', '501', '1800_60', 'WOD',
       date_trunc('minute', now() + interval '1 minute'), now() + interval '2 days', now(), now()
     from (select id from members order by id limit $1) m`,
    [count],
  );
  await pool.query("update prebookings set status = 'scheduled', opens_at = now() + interval '30 seconds'");
  await pool.query('vacuum analyze prebookings, prebooking_events');
  return (await pool.query<{ id: string }>('select id from prebookings')).rows.map((row) => row.id);
}

async function claimAll(store: ReturnType<typeof createStore>, ids: readonly string[]): Promise<number> {
  const startedAtMs = nowMs();
  const answer = await store.claimPrebookings({
    id: ids[0] ?? '',
    owner: randomUUID(),
    ...CLAIM,
    lateMs: 600_000,
    now: new Date(),
  });
  const tookMs = nowMs() - startedAtMs;
  if (answer.state !== 'claimed' || answer.prebookings.length !== ids.length) {
    throw new Error(`Expected ${ids.length} prebookings to be claimed: ${answer.state}.`);
  }
  return tookMs;
}

/** Claims each prebooking by two queries, as the earlier app did in each of its webhooks. The peer is given a pool of warm connections. */
async function claimOneByOne(far: Pool, ids: readonly string[]): Promise<number> {
  await Promise.all(Array.from({ length: POOL }, () => far.query('select 1')));
  const limit = pLimit(POOL);
  const one = async (id: string) => {
    const found = await far.query('select * from prebookings where id = $1', [id]);
    if (found.rows[0]?.status === 'scheduled') {
      await far.query("update prebookings set status = 'claimed', updated_at = now() where id = $1", [id]);
    }
  };
  const startedAtMs = nowMs();
  await Promise.all(ids.map((id) => limit(() => one(id))));
  return nowMs() - startedAtMs;
}

function conclude(count: number, ours: readonly number[], theirs: readonly number[]): Outcome {
  const row = (name: string, all: readonly number[]) => [
    name,
    round(median(all)),
    round(quantile(all, 0)),
    round(quantile(all, 1)),
  ];
  const rows = [row('puntual: one statement', ours), row(`two queries a webhook, pool of ${POOL}`, theirs)];
  return {
    tables: [{ title: `Milliseconds for ${count}, 20 ms away`, head: ['way', 'median', 'least', 'most'], rows }],
    targets: [
      target('claiming all', median(ours), 50, ' ms'),
      target('faster than two queries a webhook', median(theirs) / median(ours), 80, '×', true),
    ],
    figures: { rows, ours, theirs },
  };
}
