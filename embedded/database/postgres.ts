// A real Postgres 17 on loopback, on a private folder: made once, started, kept alive, stopped. Postgres checks passwords by SCRAM and opens no Unix
// socket. This file does not know puntual's schema; migrate.ts does.
import { access, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Failure } from '../../services/failures.ts';
import { Secret } from '../../services/secret.ts';
import { type Account, type Child, runProgram, startChild } from '../child.ts';
import { type Kept, keepChild } from '../keep-alive.ts';
import { freePort, isFree, portTaken } from '../port.ts';
import { stopOrphan } from './orphan.ts';

const SUPERUSER = 'postgres';
const START_TRIES = 40;
const PAUSE_MS = 150;
/** How long, in ms, Postgres may take to be ready: after a crash it reads its log since the last checkpoint, which takes time. */
const READY_MS = 60_000;

export interface PostgresOptions {
  readonly clusterDir: string;
  /** The folder with `initdb` and `postgres` (binaries.ts). */
  readonly programs: string;
  readonly account: Account | undefined;
  readonly password: Secret;
  readonly logger: Logger;
  readonly port?: number | undefined;
  /** Further settings of Postgres, for example `{ fsync: 'off' }` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when Postgres accepts connections again after it died. */
  readonly onBack?: () => void;
}

export interface Postgres {
  readonly port: number;
  /** The address of a database with the superuser's login; the database is `postgres` by default. */
  url(database?: string): Secret;
  stop(): Promise<void>;
}

/** Whether the folder holds a finished cluster. */
export const hasCluster = (clusterDir: string): Promise<boolean> =>
  access(join(clusterDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );

/** Makes the cluster under another name and then renames it, so that a kill during the making leaves no cluster that looks finished. */
async function makeCluster({ clusterDir, programs, account, password }: PostgresOptions): Promise<void> {
  if (await hasCluster(clusterDir)) return;
  await mkdir(dirname(clusterDir), { recursive: true });
  const aside = await mkdtemp(`${clusterDir}.new-`);
  const passwordFile = join(aside, 'password');
  await writeFile(passwordFile, password.reveal(), { mode: 0o600 });
  if (account) for (const path of [aside, passwordFile]) await chown(path, account.uid, account.gid);
  const data = join(aside, 'data');
  const args = ['-D', data, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'];
  const { code, lines } = await runProgram(join(programs, 'initdb'), [...args, ...locale], { cwd: aside, account });
  if (code !== 0) {
    await rm(aside, { recursive: true, force: true });
    throw new Failure(
      'stack/start-failed',
      `Expected initdb to make a database folder; it ended with ${code}: ${lines.slice(-3).join(' ')}`,
    );
  }
  await rm(clusterDir, { recursive: true, force: true });
  await rename(data, clusterDir);
  await rm(aside, { recursive: true, force: true });
}

function settingsFor(port: number, more: Readonly<Record<string, string>>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    shared_buffers: '64MB',
    max_connections: '100',
    jit: 'off',
    ...more,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

type Launch = { child: Child; trouble?: never } | { child?: never; trouble: 'port' | 'busy' | 'other'; words: string };

/**
 * Tries once to start Postgres. The result `port` means that another program uses the port; `busy` means that processes of a killed Postgres still
 * use the cluster's folder.
 */
async function launch(options: PostgresOptions, port: number): Promise<Launch> {
  const { clusterDir, programs, account, logger } = options;
  const lines: string[] = [];
  const started = Promise.withResolvers<'ready'>();
  const onLine = (line: string) => {
    if (lines.length < 50) lines.push(line);
    if (line.includes('database system is ready to accept connections')) started.resolve('ready');
    if (/ (FATAL|PANIC|ERROR): /.test(line)) logger.debug({ part: 'postgres', line }, 'postgres says');
  };
  const child = startChild({
    command: join(programs, 'postgres'),
    args: ['-D', clusterDir, ...settingsFor(port, options.settings ?? {})],
    cwd: clusterDir,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    account,
    ask: 'INT',
    insist: 'QUIT',
    onLine,
  });
  const timer = new AbortController();
  const late = wait(READY_MS, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  const outcome = await Promise.race([started.promise, child.exited, late]);
  timer.abort();
  if (outcome === 'ready') return { child };
  await child.stop();
  await child.drained;
  const words = lines
    .filter((line) => !line.includes('LOG:'))
    .slice(-3)
    .join(' ');
  if (lines.some((line) => line.includes('could not bind'))) return { trouble: 'port', words };
  if (/lock file|shared memory block/.test(words)) return { trouble: 'busy', words };
  return { trouble: 'other', words };
}

/**
 * Starts Postgres on the cluster's folder, makes the cluster first if it is missing, and keeps Postgres alive. Throws `stack/port-taken`,
 * `stack/start-failed`.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { clusterDir, logger, password } = options;
  if (options.port !== undefined && !(await isFree(options.port))) {
    await stopOrphan(clusterDir, logger);
    if (!(await isFree(options.port))) throw portTaken(options.port, 'Postgres');
  }
  await makeCluster(options);
  let port = options.port ?? (await freePort());
  let handedOut = options.port !== undefined;

  const start = async (): Promise<Child> => {
    let words = '';
    for (let tries = 0; tries < START_TRIES; tries++) {
      await stopOrphan(clusterDir, logger);
      const result = await launch(options, port);
      if (result.child) return result.child;
      words = result.words;
      if (result.trouble === 'other') break;
      // After Postgres's first start other parts of the stack know its address, so the port may change only until that start has succeeded.
      if (result.trouble === 'port' && !handedOut) port = await freePort();
      else await wait(PAUSE_MS);
    }
    if (words.includes('bind') && options.port !== undefined) throw portTaken(port, 'Postgres');
    throw new Failure('stack/start-failed', `Expected Postgres to start on ${clusterDir}; it said: ${words}`);
  };

  const kept: Kept = await keepChild({
    name: 'postgres',
    logger,
    start,
    ...(options.onBack ? { onBack: options.onBack } : {}),
  });
  handedOut = true;
  const url = (database = 'postgres') =>
    new Secret(`postgresql://${SUPERUSER}:${password.reveal()}@127.0.0.1:${port}/${database}`);
  return { port, url, stop: kept.stop };
}
