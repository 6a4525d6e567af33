// An embedded cloud for one test file: its own database (a clone of the template), PostgREST, gateway and, when asked for, queue.
// The cluster itself belongs to the whole run (global-setup.ts).
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
  /** The superuser's address of this file's database. */
  readonly postgresUrl: Secret;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly secretKey: Secret;
  /** Empty unless the queue was asked for. */
  readonly qstashUrl: string;
  readonly qstashToken: Secret;
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
  readonly accessTokenIssuer: string;
  readonly jwks: JSONWebKeySet;
  readonly secrets: Secrets;
  /** Superuser connections to this file's database. */
  readonly pool: Pool;
  /** Stops everything and drops the database. */
  stop(): Promise<void>;
}

export interface CloudOptions {
  readonly queue?: boolean;
  /** Leave PostgREST and the gateway out (`supabaseUrl` is then empty) for tests that speak SQL or queue only. */
  readonly rest?: boolean;
  /** Further schema for this file, there before PostgREST starts, so that no reload has to be waited for. */
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

/** Makes a database for this test file and starts the parts in front of it. */
export async function startCloud({ queue = false, rest = true, sql }: CloudOptions = {}): Promise<Cloud> {
  const cluster = inject('cluster');
  const name = `test_${randomBytes(6).toString('hex')}`;
  // The template is small: copying through the log is quicker than copying files, which forces a checkpoint.
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
