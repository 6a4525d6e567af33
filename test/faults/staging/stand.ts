// The stand: the place where faults are played, with a Postgres of its own, PostgREST, the gateway, and the pretend gym as a process of its own. The
// code that plays a fault calls the stand's functions, such as `crashPostgres`.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { pino } from 'pino';
import { postgresAccount } from '../../../embedded/database/account.ts';
import { openAuthenticator } from '../../../embedded/database/authenticator.ts';
import { postgresPrograms } from '../../../embedded/database/binaries.ts';
import { startGateway } from '../../../embedded/database/gateway.ts';
import { migrate } from '../../../embedded/database/migrate.ts';
import { startPostgres } from '../../../embedded/database/postgres.ts';
import { startPostgrest } from '../../../embedded/database/postgrest.ts';
import { makeSecrets, publicJwks, type Secrets } from '../../../embedded/secrets.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../../simulator/spawn.ts';

export interface Stand {
  readonly folder: string;
  readonly postgresUrl: string;
  readonly pool: Pool;
  readonly restPort: number;
  readonly gym: SpawnedSimulator;
  readonly secrets: Secrets;
  /** Kills Postgres as in a crash; its supervisor starts it again. Resolves when Postgres answers again. */
  crashPostgres(): Promise<void>;
  /** Ends every connection of PostgREST to Postgres, whatever the connection is doing; resolves to the number of these connections. */
  terminateConnections(): Promise<number>;
  stop(): Promise<void>;
}

/** A table of the harness in the database that records every intent and its end, because the service deletes intents that it no longer needs. */
const WITNESS = `
create schema harness;
create table harness.intents (id uuid primary key, session_id uuid, user_id uuid, chain uuid, state text, reason text, at timestamptz);
create function harness.note_intent() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into harness.intents select new.id, new.session_id, s.user_id, new.chain, new.state, new.reason, new.started_at
  from public.auth_sessions s where s.id = new.session_id
  on conflict (id) do update set state = excluded.state, reason = excluded.reason;
  return null;
end $$;
create trigger intents after insert or update on public.refresh_attempts for each row execute function harness.note_intent();`;

const logger = pino({ level: 'silent' });

export async function startStand(): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-faults-'));
  // Postgres may run as another user, which must be able to enter the stand's folder.
  await chmod(folder, 0o711);
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    return { ...(await raise(folder, undo)), folder, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function raise(folder: string, undo: (() => Promise<unknown>)[]): Promise<Omit<Stand, 'folder' | 'stop'>> {
  const account = postgresAccount();
  const secrets = await makeSecrets();
  let isBack: (() => void) | undefined;
  const clusterDir = join(folder, 'postgres');
  const postgres = await startPostgres({
    clusterDir,
    programs: await postgresPrograms(account, folder),
    account,
    password: secrets.postgresPassword,
    logger,
    // Commits are handed to the kernel (`synchronous_commit` stays on), so that a crash of Postgres loses no commit; only a power cut could lose one.
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      max_connections: '60',
      max_wal_size: '128MB',
      // PostgREST connects again hundreds of times: one round of hashing makes each password check quick.
      scram_iterations: '1',
    },
    onBack: () => isBack?.(),
  });
  undo.push(() => postgres.stop());
  await migrate({ databaseUrl: postgres.url() });
  const postgresUrl = postgres.url().reveal();
  const pool = new Pool({ connectionString: postgresUrl, max: 6 });
  pool.on('error', () => {});
  undo.push(() => pool.end());
  await pool.query(WITNESS);
  const databaseUrl = await openAuthenticator(postgres.url());
  const jwks = publicJwks(secrets.sessionSigningKey);
  const signing = { signingJwks: jwks, roleKey: secrets.roleKey };
  const postgrest = await startPostgrest({ databaseUrl, ...signing, logger, poolSize: 8 });
  undo.push(() => postgrest.stop());
  const { publishableKey, secretKey } = secrets;
  const gateway = await startGateway({ postgrestPort: postgrest.port, publishableKey, secretKey, ...signing });
  undo.push(() => gateway.stop());
  const gym = await spawnSimulator({});
  undo.push(() => gym.stop());
  return {
    postgresUrl,
    pool,
    restPort: Number(new URL(gateway.url).port),
    gym,
    secrets,
    async crashPostgres() {
      const back = new Promise<void>((resolve) => {
        isBack = resolve;
      });
      const [pid] = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      await back;
    },
    async terminateConnections() {
      const sql = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'`;
      return (await pool.query(sql)).rowCount ?? 0;
    },
  };
}
