// Scenes in which other transactions get in the way of the service's: rows in conflict, a real deadlock, a database without a free connection.
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { adviceFor } from '../../../services/failures.ts';
import type { Player } from '../cast.ts';
import { freshen } from '../deeds.ts';
import type { Stand } from '../staging/stand.ts';
import { must, type Place, type Scene } from './scene.ts';

/**
 * Of the first `CONFLICTS` writes, every second one fails. Updates of `auth_sessions` and inserts into `token_journal` are counted together, by a
 * sequence, because no rollback resets a sequence.
 */
const CONFLICTS = 40;
const IN_CONFLICT = `
create sequence harness.conflicts;
create function harness.conflict() returns trigger language plpgsql as $$
declare n bigint := nextval('harness.conflicts');
begin
  if n <= ${CONFLICTS} and n % 4 = 1 then raise exception 'could not serialize access' using errcode = '40001'; end if;
  if n <= ${CONFLICTS} and n % 4 = 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
  return new;
end $$;
create trigger conflict before update on public.auth_sessions for each row execute function harness.conflict();
create trigger conflict before insert on public.token_journal for each row execute function harness.conflict();`;
const AGREED = `
drop trigger if exists conflict on public.auth_sessions;
drop trigger if exists conflict on public.token_journal;
drop function if exists harness.conflict();
drop sequence if exists harness.conflicts;`;
/**
 * Sets the deadlock timeout of the scene's own transaction: longer than that of the service's transaction, so that Postgres ends the service's
 * transaction at a deadlock.
 */
const PATIENT = `set deadlock_timeout = '60s'`;

const deadlocks = async ({ pool }: Stand): Promise<number> =>
  Number(
    (await pool.query('select deadlocks from pg_stat_database where datname = current_database()')).rows[0]?.deadlocks,
  );

export const conflicts: Scene = {
  ...{ id: 'D3', fault: 'serialization failures, and a real deadlock', isQuick: true, members: 40 },
  stage: () => {
    let before = 0;
    let met = 0;
    let raised = 0;
    let other: Client | undefined;
    let crossing: Promise<unknown> | undefined;
    /**
     * Locks the row of the renewal's attempt in a transaction of the scene's own. When the service's commit holds the session's row and waits for the
     * attempt's row, the scene's transaction asks for the session's row: a deadlock.
     */
    async function cross(stand: Stand, renewal: string): Promise<void> {
      other = new Client({ connectionString: stand.postgresUrl });
      await other.connect();
      await other.query(PATIENT);
      await other.query('begin');
      await other.query('select 1 from refresh_attempts where id = $1 for update', [renewal]);
    }
    return {
      async begin({ stand, stage }, number) {
        if (number > 0) return;
        before = await deadlocks(stand);
        await stand.pool.query(IN_CONFLICT);
        stage.gate = (call) => {
          const renewal = /"(?:p_renewal|renewalId)":"([^"]+)"/.exec(call.body)?.[1];
          if (!/\/rpc\/commit_rotations? /.test(call.line) || renewal === undefined || crossing) return undefined;
          const held = cross(stand, renewal);
          crossing = held
            .then(() => wait(300))
            .then(() =>
              other?.query(
                'select 1 from auth_sessions where id = (select session_id from refresh_attempts where id = $1) for update',
                [renewal],
              ),
            )
            .finally(() => other?.end());
          return { before: () => held.then(() => 'go' as const) };
        };
      },
      async end({ stand }, number) {
        if (number > 0) return;
        await crossing;
        raised = Number((await stand.pool.query('select last_value from harness.conflicts')).rows[0]?.last_value);
        await stand.pool.query(AGREED);
      },
      async judge({ stand }) {
        // Postgres adds the deadlocks that a connection met to its statistics only when that connection has been idle for a while.
        for (let tries = 0; met === 0 && tries < 120; tries++) {
          met = (await deadlocks(stand)) - before;
          if (met === 0) await wait(100);
        }
        return [
          ...must(met > 0, 'no transaction met another head-on'),
          ...must(raised > CONFLICTS, `only ${raised} writes came by`),
        ];
      },
      said: () =>
        `${CONFLICTS / 2} statements ended with 40001 or 40P01, ${met} of a deadlock with another transaction: repeated, none lost`,
      undo: async ({ stand }) => void (await stand.pool.query(AGREED)),
    };
  },
};

const FILLER = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'harness_filler') then create role harness_filler login password 'filler'; end if;
end $$;`;

const connectionsOf = async ({ pool }: Stand): Promise<number> =>
  Number((await pool.query(`select count(*) from pg_stat_activity where usename = 'authenticator'`)).rows[0]?.count);

/** Takes every connection that Postgres gives to ordinary roles; returns the function that gives them back. */
async function takeAll(stand: Stand): Promise<() => Promise<void>> {
  const { postgresUrl, pool, terminateConnections } = stand;
  await pool.query(FILLER);
  const url = new URL(postgresUrl);
  url.username = 'harness_filler';
  url.password = 'filler';
  const taken: Client[] = [];
  async function fill(): Promise<void> {
    for (;;) {
      const client = new Client({ connectionString: url.href });
      client.on('error', () => {});
      try {
        await client.connect();
      } catch {
        return;
      }
      taken.push(client);
    }
  }
  await fill();
  // PostgREST immediately opens its connections again, so its connections are ended repeatedly until none is left.
  for (let turn = 0; turn < 20 && (await connectionsOf(stand)) > 0; turn++) {
    await terminateConnections();
    await fill();
  }
  return async () => {
    await Promise.all(taken.map((client) => client.end()));
  };
}

const exhaustion = (forMs: number, haste: number, isQuick: boolean): Scene => ({
  ...{ id: 'D4', fault: `pool exhausted for ${forMs / 1000} s`, isQuick, members: 30 },
  special: () => ({ haste }),
  stage: () => {
    let away: Promise<void> | undefined;
    let told: readonly string[] = [];
    let left = -1;
    async function exhaust({ stand, stage, crew }: Place, players: readonly Player[]): Promise<void> {
      const giveBack = await takeAll(stand);
      const over = wait(forMs);
      left = await connectionsOf(stand);
      const asked = await crew.other.send(freshen(stage, players));
      told = (asked?.report as string[] | undefined) ?? [];
      await over;
      await giveBack();
    }
    return {
      async begin(place, number, players) {
        if (number > 0) return;
        const some = players.slice(0, 2);
        place.stage.gate = (call, berth) => {
          if (berth === place.crew.other || !/\/rpc\/commit_rotations? /.test(call.line) || away) return undefined;
          away = exhaust(place, some);
          return undefined;
        };
      },
      end: async () => void (await away),
      judge: async () => [
        ...must(left === 0, `${left} connections were left`),
        // If the database has no free connection for a short time only, callers are answered late; if for a long time, callers must be told to try
        // again.
        ...must(
          forMs < 10_000 || told.includes('database/unavailable'),
          `whoever asked meanwhile was told ${told.join(', ') || 'nothing'}`,
        ),
        ...must(adviceFor('database/unavailable').status === 503, 'the failure does not ask to come again'),
      ],
      said: () =>
        `meanwhile callers were told ${told.join(', ')}; every token that had been received was committed afterwards`,
    };
  },
});

/**
 * The scene of a database that has no free connection for four seconds. The service processes' clocks run eight times faster in this scene, so four
 * real seconds are about thirty seconds on those clocks. `longExhaustion` takes thirty real seconds.
 */
export const shortExhaustion = exhaustion(4_000, 8, false);
export const longExhaustion = exhaustion(30_000, 1, false);
