// The embedded stack: what a machine needs when no Supabase and no QStash are configured. This file starts the parts of the stack one after the other
// on one data folder, and stops the parts in the opposite order. How a part works stands in the part's own file.
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { Failure } from '../services/failures.ts';
import { namingFolder } from '../services/private-folder.ts';
import type { Secret } from '../services/secret.ts';
import { preparePlace } from './data-folder.ts';
import { postgresAccount } from './database/account.ts';
import { postgrestProgram } from './database/postgrest.ts';
import { lockFolder } from './folder-lock.ts';
import { nameFolder } from './folder-name.ts';
import { choosePorts, type GivenPorts } from './ports.ts';
import { loadOrMakeSecrets, publicJwks, type Secrets } from './secrets.ts';
import { removeStackFile } from './stack-file.ts';
import { queueKeys, startDatabase, startFronts, type Undo } from './stack-parts.ts';

export interface StackOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly migrationsDir?: string | undefined;
  readonly preludePath?: string | undefined;
  /** A PostgREST program to use instead of the packaged program. */
  readonly postgrestBin?: string | undefined;
  /** The public ES256 keys by which PostgREST verifies members' tokens; by default the public half of the stack's own signing key. */
  readonly signingJwks?: JSONWebKeySet | undefined;
  readonly accessTokenIssuer?: string | undefined;
  /** Fixed ports for the stack's servers. ports.ts says which port a server without a fixed port gets. */
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
  /** The data folder's path, with symbolic links resolved. */
  readonly dataDir: string;
  /** The data folder's name on this machine (folder-name.ts); the folder's lock is held while the stack runs. */
  readonly folderName: string;
  /**
   * Marks in the folder's lock that this process is ending, so that the next start of a stack waits until this process has ended. Call `markEnding`
   * as soon as the process begins to end.
   */
  markEnding(): void;
  /** Stops every part of the stack, removes stack.json and releases the folder's lock. Calling `stop` twice is safe. */
  stop(): Promise<void>;
}

const PORT_RETRIES = 3;

/** Starts the stack. Throws the `stack/…` failures, after stopping the parts that had been started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  // PostgREST's program is checked before any part is started, so that a missing program is found before the database starts.
  const program = await postgrestProgram(options.postgrestBin);
  for (let triesLeft = options.ports ? 0 : PORT_RETRIES; ; triesLeft--) {
    try {
      return await startOnce(options, program);
    } catch (cause) {
      // If another program took a port that `choosePorts` had chosen, the next attempt to start the stack chooses other ports.
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
    throw namingFolder(options.dataDir, cause);
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
  const lock = await lockFolder(dataDir, options);
  undos.push(() => lock.release());
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
    folderName: await nameFolder(dataDir),
    markEnding: () => lock.markEnding(),
  };
}
