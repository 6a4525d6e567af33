// Starts the two halves of an embedded stack: the database, and the servers in front of the database. stack.ts decides when and on which folder the
// two halves start, and stops them.
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { Failure } from '../services/failures.ts';
import type { Account } from './child.ts';
import type { Place } from './data-folder.ts';
import { openAuthenticator } from './database/authenticator.ts';
import { postgresPrograms } from './database/binaries.ts';
import { startGateway } from './database/gateway.ts';
import { migrate } from './database/migrate.ts';
import { hasCluster, type Postgres, startPostgres } from './database/postgres.ts';
import { startPostgrest } from './database/postgrest.ts';
import { isNamed } from './folder-name.ts';
import type { Ports } from './ports.ts';
import { startQueue } from './queue/queue.ts';
import type { Secrets } from './secrets.ts';

/** Stops one started part of the stack. */
export type Undo = () => Promise<void>;

interface PartOptions {
  readonly logger: Logger;
  readonly migrationsDir?: string | undefined;
  readonly preludePath?: string | undefined;
}

export interface DatabaseParts {
  readonly account: Account | undefined;
  readonly place: Place;
  readonly secrets: Secrets;
  readonly port: number;
}

/** Starts Postgres on the data folder and brings its schema to the newest version. */
export async function startDatabase(
  { logger, preludePath, migrationsDir }: PartOptions,
  parts: DatabaseParts,
  undos: Undo[],
) {
  const { account, place, secrets, port } = parts;
  let onBack = () => {};
  const programs = await postgresPrograms(account, place.spareFolder);
  const { clusterDir, dataDir } = place;
  if (!(await hasCluster(clusterDir)) && (await isNamed(dataDir))) throw lostDatabase(place);
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

/** The failure for a folder whose database is gone. An empty database in its place would look like a service that has lost all its members. */
const lostDatabase = ({ dataDir, clusterDir }: Place): Failure =>
  new Failure(
    'stack/start-failed',
    `Expected the database of ${dataDir} in ${clusterDir}, and there is none. Restore that folder, or remove ${dataDir} to start afresh.`,
  );

const wrongPassword = (dataDir: string, cause: unknown): Failure =>
  new Failure(
    'stack/start-failed',
    `Expected the password in ${dataDir}/secrets.json to open the database of that folder. Restore that file, or remove the folder to start afresh.`,
    { cause },
  );

export interface FrontParts {
  readonly postgres: Postgres;
  readonly whenBack: (then: () => void) => void;
  readonly secrets: Secrets;
  readonly jwks: JSONWebKeySet;
  readonly ports: Ports;
  readonly program: string;
}

/** Starts PostgREST, the queue and the gateway in front of the database. */
export async function startFronts({ logger }: PartOptions, parts: FrontParts, undos: Undo[]) {
  const { postgres, whenBack, secrets, jwks, ports, program } = parts;
  const { publishableKey, secretKey, roleKey } = secrets;
  const signing = { signingJwks: jwks, roleKey };
  const databaseUrl = await openAuthenticator(postgres.url());
  const [postgrest, queue] = await allOrNone(undos, [
    startPostgrest({ databaseUrl, ...signing, logger, program, port: ports.postgrest }),
    startQueue({ databaseUrl: postgres.url(), ...queueKeys(secrets), logger, port: ports.queue }),
  ]);
  // PostgREST pauses for up to half a minute before it connects to a lost database again; starting PostgREST again takes a tenth of a second.
  whenBack(() => {
    postgrest.restart().catch((err) => logger.error({ err }, 'postgrest did not restart'));
  });
  const behind = { postgrestPort: postgrest.port, publishableKey, secretKey, ...signing };
  const gateway = await startGateway({ ...behind, port: ports.gateway });
  undos.push(() => gateway.stop());
  return { supabaseUrl: gateway.url, qstashUrl: queue.url };
}

export const queueKeys = ({ qstashToken, qstashCurrentSigningKey, qstashNextSigningKey }: Secrets) => ({
  qstashToken,
  qstashCurrentSigningKey,
  qstashNextSigningKey,
});

/**
 * Waits until two parts of the stack that start together have each started or failed. A part that started is noted in `undos`, so that it is stopped
 * even if the other part failed.
 */
async function allOrNone<A extends { stop: Undo }, B extends { stop: Undo }>(
  undos: Undo[],
  parts: [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  for (const part of await Promise.allSettled(parts))
    if (part.status === 'fulfilled') undos.push(() => part.value.stop());
  return Promise.all(parts);
}
