// The embedded cloud: what a machine needs when no Supabase and no QStash are configured. Starts the parts in order on one data
// folder, and stops them in the opposite order. Each part's own file holds its rules.
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';
import { postgresAccount } from './account.ts';
import { openAuthenticator } from './authenticator.ts';
import type { Account } from './child.ts';
import { startGateway } from './gateway.ts';
import { lockFolder } from './lock.ts';
import { migrate } from './migrate.ts';
import { postgresPrograms } from './native.ts';
import { type Place, preparePlace } from './place.ts';
import { choosePorts, type GivenPorts, type Ports } from './ports.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { postgrestProgram, startPostgrest } from './postgrest.ts';
import { startQueue } from './queue.ts';
import { loadOrMakeSecrets, publicJwks, type Secrets } from './secrets.ts';
import { removeStackFile } from './stack-file.ts';

export interface StackOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly migrationsDir?: string | undefined;
  readonly preludePath?: string | undefined;
  /** A PostgREST program to use instead of the packaged one. */
  readonly postgrestBin?: string | undefined;
  /** Public ES256 keys PostgREST trusts for people; by default the public half of the stack's own signing key. */
  readonly signingJwks?: JSONWebKeySet | undefined;
  readonly accessTokenIssuer?: string | undefined;
  /** Fixed ports; by default those of the last start, or free ones. */
  readonly ports?: GivenPorts | undefined;
}

export interface Stack {
  readonly postgresUrl: Secret;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly secretKey: Secret;
  readonly qstashUrl: string;
  readonly qstashToken: Secret;
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
  readonly accessTokenIssuer: string;
  readonly jwks: JSONWebKeySet;
  readonly secrets: Secrets;
  /** The data folder's real path. */
  readonly dataDir: string;
  /** Stops every part, removes stack.json, frees the folder. Safe to call twice. */
  stop(): Promise<void>;
}

const PORT_RETRIES = 3;

type Undo = () => Promise<void>;

/** Starts the stack. Throws the `stack/…` failures; whatever had been started by then is stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  // Found before anything is started: a missing program should not cost a database start to learn.
  const program = await postgrestProgram(options.postgrestBin);
  for (let triesLeft = options.ports ? 0 : PORT_RETRIES; ; triesLeft--) {
    try {
      return await startOnce(options, program);
    } catch (cause) {
      // Somebody was quicker to a port of our own choosing: the next try chooses others.
      if (!(cause instanceof Failure && cause.code === 'stack/port-taken') || triesLeft === 0) throw cause;
    }
  }
}

async function startOnce(options: StackOptions, program: string): Promise<Stack> {
  const undos: Undo[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= undoAll(undos);
    return stopped;
  };
  try {
    return { ...(await startParts(options, program, undos)), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function undoAll(undos: Undo[]): Promise<void> {
  const troubles: unknown[] = [];
  for (const undo of undos.toReversed()) await undo().catch((trouble) => troubles.push(trouble));
  if (troubles.length > 0) throw new AggregateError(troubles, 'Some parts of the embedded stack did not stop cleanly.');
}

async function startParts(options: StackOptions, program: string, undos: Undo[]): Promise<Omit<Stack, 'stop'>> {
  const account = postgresAccount();
  const place = await preparePlace(options.dataDir, account);
  const { dataDir } = place;
  undos.push(await lockFolder(dataDir));
  await removeStackFile(dataDir);
  undos.push(() => removeStackFile(dataDir));
  const secrets = await loadOrMakeSecrets(dataDir);
  const ports = await choosePorts(dataDir, options.ports);
  const jwks = options.signingJwks ?? publicJwks(secrets.sessionSigningKey);
  const { postgres, whenBack } = await startDatabase(options, { account, place, secrets, port: ports.postgres }, undos);
  const fronts = await startFronts(options, { postgres, whenBack, secrets, jwks, ports, program }, undos);
  return {
    postgresUrl: postgres.url(),
    ...fronts,
    publishableKey: secrets.publishableKey,
    secretKey: secrets.secretKey,
    ...queueKeys(secrets),
    accessTokenIssuer: options.accessTokenIssuer ?? `${fronts.supabaseUrl}/auth/v1`,
    jwks,
    secrets,
    dataDir,
  };
}

interface DatabaseParts {
  readonly account: Account | undefined;
  readonly place: Place;
  readonly secrets: Secrets;
  readonly port: number;
}

async function startDatabase(
  { logger, preludePath, migrationsDir }: StackOptions,
  parts: DatabaseParts,
  undos: Undo[],
) {
  const { account, place, secrets, port } = parts;
  let onBack = () => {};
  const programs = await postgresPrograms(account, place.spareFolder);
  const { clusterDir, dataDir } = place;
  const password = secrets.postgresPassword;
  const postgres = await startPostgres({
    clusterDir,
    programs,
    account,
    password,
    logger,
    port,
    onBack: () => onBack(),
  });
  undos.push(() => postgres.stop());
  await migrate({ databaseUrl: postgres.url(), preludePath, migrationsDir }).catch((cause) => {
    throw (cause as { code?: string }).code === '28P01' ? wrongPassword(dataDir, cause) : cause;
  });
  const whenBack = (then: () => void) => {
    onBack = then;
  };
  return { postgres, whenBack };
}

const wrongPassword = (dataDir: string, cause: unknown): Failure =>
  new Failure(
    'stack/start-failed',
    `Expected the password in ${dataDir}/secrets.json to open the database of that folder. Restore that file, or remove the folder to start afresh.`,
    { cause },
  );

interface FrontParts {
  readonly postgres: Postgres;
  readonly whenBack: (then: () => void) => void;
  readonly secrets: Secrets;
  readonly jwks: JSONWebKeySet;
  readonly ports: Ports;
  readonly program: string;
}

async function startFronts({ logger }: StackOptions, parts: FrontParts, undos: Undo[]) {
  const { postgres, whenBack, secrets, jwks, ports, program } = parts;
  const { publishableKey, secretKey, roleKey } = secrets;
  const signing = { signingJwks: jwks, roleKey };
  const databaseUrl = await openAuthenticator(postgres.url());
  const [postgrest, queue] = await allOrNone(undos, [
    startPostgrest({ databaseUrl, ...signing, logger, program, port: ports.postgrest }),
    startQueue({ databaseUrl: postgres.url(), ...queueKeys(secrets), logger, port: ports.queue }),
  ]);
  // PostgREST's own pause before it looks for a lost database grows to half a minute; a fresh one takes a tenth of a second.
  whenBack(() => {
    postgrest.restart().catch((err) => logger.error({ err }, 'postgrest did not restart'));
  });
  const behind = { postgrestPort: postgrest.port, publishableKey, secretKey, ...signing };
  const gateway = await startGateway({ ...behind, port: ports.gateway });
  undos.push(() => gateway.stop());
  return { supabaseUrl: gateway.url, qstashUrl: queue.url };
}

const queueKeys = ({ qstashToken, qstashCurrentSigningKey, qstashNextSigningKey }: Secrets) => ({
  qstashToken,
  qstashCurrentSigningKey,
  qstashNextSigningKey,
});

/** Waits for both, so that when one fails the other is still known and stopped. */
async function allOrNone<A extends { stop: Undo }, B extends { stop: Undo }>(
  undos: Undo[],
  parts: [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  for (const part of await Promise.allSettled(parts))
    if (part.status === 'fulfilled') undos.push(() => part.value.stop());
  return Promise.all(parts);
}
