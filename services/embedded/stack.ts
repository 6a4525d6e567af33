// The embedded cloud: what a machine needs when no Supabase and no QStash are configured. Starts the parts in order on one data
// folder, and stops them in the opposite order. Each part's own file holds its rules.
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';
import { postgresAccount } from './account.ts';
import { openAuthenticator } from './authenticator.ts';
import { startGateway } from './gateway.ts';
import { lockFolder } from './lock.ts';
import { migrate } from './migrate.ts';
import { postgresPrograms } from './native.ts';
import { preparePlace } from './place.ts';
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
  /** Fixed ports; by default free ones are chosen. */
  readonly ports?: { postgres?: number; postgrest?: number; gateway?: number; queue?: number } | undefined;
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

type Undo = () => Promise<void>;

/** Starts the stack. Throws the `stack/…` failures; whatever had been started by then is stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undos: Undo[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= undoAll(undos);
    return stopped;
  };
  try {
    return { ...(await startParts(options, undos)), stop };
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

async function startParts(options: StackOptions, undos: Undo[]): Promise<Omit<Stack, 'stop'>> {
  const { logger, ports = {} } = options;
  const account = postgresAccount();
  // Found before anything is started: a missing program should not cost a database start to learn.
  const program = await postgrestProgram(options.postgrestBin);
  const { dataDir, clusterDir, spareFolder } = await preparePlace(options.dataDir, account);
  undos.push(await lockFolder(dataDir));
  await removeStackFile(dataDir);
  undos.push(() => removeStackFile(dataDir));
  const secrets = await loadOrMakeSecrets(dataDir);
  const jwks = options.signingJwks ?? publicJwks(secrets.sessionSigningKey);

  let onBack = () => {};
  const programs = await postgresPrograms(account, spareFolder);
  const postgres = await startPostgres({
    clusterDir,
    programs,
    account,
    password: secrets.postgresPassword,
    logger,
    port: ports.postgres,
    onBack: () => onBack(),
  });
  undos.push(() => postgres.stop());
  await bringUpToDate(postgres, options, dataDir);

  const databaseUrl = await openAuthenticator(postgres.url());
  const signing = { signingJwks: jwks, roleKey: secrets.roleKey };
  const [postgrest, queue] = await allOrNone(undos, [
    startPostgrest({ databaseUrl, ...signing, logger, program, port: ports.postgrest }),
    startQueue({ databaseUrl: postgres.url(), ...queueKeys(secrets), logger, port: ports.queue }),
  ]);
  // PostgREST's own pause before it looks for a lost database grows to half a minute; a fresh one takes a tenth of a second.
  onBack = () => {
    postgrest.restart().catch((err) => logger.error({ err }, 'postgrest did not restart'));
  };
  const { publishableKey, secretKey } = secrets;
  const gateway = await startGateway({
    postgrestPort: postgrest.port,
    publishableKey,
    secretKey,
    ...signing,
    port: ports.gateway,
  });
  undos.push(() => gateway.stop());
  return {
    postgresUrl: postgres.url(),
    supabaseUrl: gateway.url,
    publishableKey,
    secretKey,
    qstashUrl: queue.url,
    ...queueKeys(secrets),
    accessTokenIssuer: options.accessTokenIssuer ?? `${gateway.url}/auth/v1`,
    jwks,
    secrets,
    dataDir,
  };
}

const queueKeys = ({ qstashToken, qstashCurrentSigningKey, qstashNextSigningKey }: Secrets) => ({
  qstashToken,
  qstashCurrentSigningKey,
  qstashNextSigningKey,
});

async function bringUpToDate(postgres: Postgres, options: StackOptions, dataDir: string): Promise<void> {
  const { preludePath, migrationsDir } = options;
  await migrate({ databaseUrl: postgres.url(), preludePath, migrationsDir }).catch((cause) => {
    if ((cause as { code?: string }).code !== '28P01') throw cause;
    throw new Failure(
      'stack/start-failed',
      `Expected the password in ${dataDir}/secrets.json to open the database in that folder. Restore that file, or remove the folder to start afresh.`,
      { cause },
    );
  });
}

/** Waits for both, so that when one fails the other is still known and stopped. */
async function allOrNone<A extends { stop: Undo }, B extends { stop: Undo }>(
  undos: Undo[],
  parts: [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  for (const part of await Promise.allSettled(parts))
    if (part.status === 'fulfilled') undos.push(() => part.value.stop());
  return Promise.all(parts);
}
