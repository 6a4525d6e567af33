// An embedded cloud for one test file: its own database (a copy of the run's template database), PostgREST, a gateway and, if `queue` is set, a
// queue. All test files of a run share one Postgres cluster (global-setup.ts).
import { randomBytes } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { Client, Pool } from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import { asAuthenticator } from '../../embedded/database/authenticator.ts';
import { startGateway } from '../../embedded/database/gateway.ts';
import { startPostgrest } from '../../embedded/database/postgrest.ts';
import { startQueue } from '../../embedded/queue/queue.ts';
import { makeSecrets, publicJwks, type Secrets } from '../../embedded/secrets.ts';
import { Secret } from '../../services/secret.ts';

export interface Cloud {
  /** The address of this test file's database, for the superuser. */
  readonly postgresUrl: Secret;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly secretKey: Secret;
  /** The queue's address; empty unless `queue` was set. */
  readonly qstashUrl: string;
  readonly qstashToken: Secret;
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
  readonly accessTokenIssuer: string;
  readonly jwks: JSONWebKeySet;
  readonly secrets: Secrets;
  /** Superuser connections to this test file's database. */
  readonly pool: Pool;
  /** Stops PostgREST, the gateway and the queue of this test file, and drops its database. */
  stop(): Promise<void>;
}

export interface CloudOptions {
  readonly queue?: boolean;
  /** With `false` PostgREST and the gateway are left out and `supabaseUrl` is empty, for tests that need only SQL or the queue. */
  readonly rest?: boolean;
  /** SQL that adds to the schema of this test file's database; it runs before PostgREST starts, so that no test waits for a schema reload. */
  readonly sql?: string;
}

const logger = pino({ level: 'silent' });
const nothing = { url: '', stop: async () => {} };

async function onCluster(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: inject('cluster').url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function startRest(
  postgresUrl: Secret,
  secrets: Secrets,
  jwks: JSONWebKeySet,
): Promise<{ url: string; stop(): Promise<void> }> {
  const signing = { signingJwks: jwks, roleKey: secrets.roleKey };
  const databaseUrl = asAuthenticator(postgresUrl, inject('cluster').authenticatorPassword);
  const postgrest = await startPostgrest({ databaseUrl, ...signing, logger, poolSize: 5 });
  const { publishableKey, secretKey } = secrets;
  const gateway = await startGateway({ postgrestPort: postgrest.port, publishableKey, secretKey, ...signing });
  const stop = async () => {
    await gateway.stop();
    await postgrest.stop();
  };
  return { url: gateway.url, stop };
}

/** Makes a database for this test file and starts PostgREST, the gateway and the queue, as far as the options ask for them. */
export async function startCloud({ queue = false, rest = true, sql }: CloudOptions = {}): Promise<Cloud> {
  const cluster = inject('cluster');
  const name = `test_${randomBytes(6).toString('hex')}`;
  // The template is small, so copying it through the write-ahead log is quicker than copying its files, which forces a checkpoint.
  await onCluster((client) => client.query(`create database ${name} template ${cluster.template} strategy wal_log`));
  const url = new URL(cluster.url);
  url.pathname = `/${name}`;
  const postgresUrl = new Secret(url.href);
  const pool = new Pool({ connectionString: url.href, max: 10 });
  pool.on('error', () => {});
  if (sql) await pool.query(sql);
  const secrets = await makeSecrets();
  const jwks = publicJwks(secrets.sessionSigningKey);
  const { publishableKey, secretKey, qstashToken, qstashCurrentSigningKey, qstashNextSigningKey } = secrets;
  const queueKeys = { qstashToken, qstashCurrentSigningKey, qstashNextSigningKey };
  const [front, back] = await Promise.all([
    rest ? startRest(postgresUrl, secrets, jwks) : nothing,
    queue ? startQueue({ databaseUrl: postgresUrl, ...queueKeys, logger }) : nothing,
  ]);
  const stop = async () => {
    await back.stop();
    await front.stop();
    await pool.end();
    await onCluster((client) => client.query(`drop database if exists ${name} with (force)`));
  };
  return {
    postgresUrl,
    supabaseUrl: front.url,
    publishableKey,
    secretKey,
    qstashUrl: back.url,
    ...queueKeys,
    accessTokenIssuer: `${front.url}/auth/v1`,
    jwks,
    secrets,
    pool,
    stop,
  };
}
