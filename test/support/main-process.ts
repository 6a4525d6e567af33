// puntual as a process of its own, started by node or by npm, in a folder of its own. Tests read the process's output and its address, and end the
// process.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { compiledBy } from './compiled.ts';
import { limitMs } from './limits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'worker/main.ts');

export interface Home {
  readonly folder: string;
  readonly dataDir: string;
  remove(): Promise<void>;
}

/**
 * Makes a folder for one process. Other users may pass through the folder, so that the Postgres cluster can lie inside it even if Postgres runs as
 * another user.
 */
export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-main-'));
  await chmod(folder, 0o711);
  return {
    folder,
    dataDir: join(folder, 'data'),
    // Postgres may still be writing its last file when puntual's process has ended, so removing is tried again.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** The fields that tests read of `stack.json`, the file in which a running service writes its addresses and secrets. */
export interface StackFile {
  readonly url: string;
  readonly cronSecret: string;
  readonly operatorToken: string;
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly qstashUrl: string;
  readonly accessTokenIssuer: string;
  readonly jwks: { readonly keys: object[] };
}

export interface MainProcess {
  readonly child: ChildProcess;
  /** Everything that the process has written to stdout and stderr so far. */
  output(): string;
  /**
   * Waits until the process accepts requests, and returns what tests read of its `stack.json`. Fails with the process's output when the process ends
   * before it accepts requests.
   */
  serving(): Promise<StackFile>;
  /** Sends the signal and resolves with the process's exit code, or null when a signal ended the process. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts puntual with node on any free port, with only PATH and TMPDIR from this process's environment. */
export const startMain = (home: Home, env: Environment = {}): MainProcess =>
  follow(home, spawn(process.execPath, [MAIN], { cwd: home.folder, env: settings(home, env) }));

/** Starts puntual where no byte can be written to any file, as on a full disk. */
export const startWithoutRoom = (home: Home): MainProcess =>
  follow(
    home,
    spawn('sh', ['-c', 'ulimit -f 0 && exec "$0" "$1"', process.execPath, MAIN], {
      cwd: home.folder,
      env: settings(home, {}),
    }),
  );

/** Starts puntual with a real npm, so that `end` sends its signal to npm alone. */
export const startByNpm = (home: Home, args: readonly string[] = ['start'], env: Environment = {}): MainProcess =>
  follow(home, spawn('npm', args, { cwd: ROOT, env: { ...settings(home, env), HOME: home.folder } }));

const settings = (home: Home, env: Environment) => ({
  PATH: process.env['PATH'],
  ...(process.env['TMPDIR'] && { TMPDIR: process.env['TMPDIR'] }),
  NODE_COMPILE_CACHE: compiledBy('service'),
  PORT: '0',
  DATA_DIR: home.dataDir,
  ...env,
});

function follow(home: Home, child: ChildProcessWithoutNullStreams): MainProcess {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');
  return {
    child,
    output: () => output,
    async serving() {
      const decided = () => output.includes('puntual: listening') || child.exitCode !== null;
      await vi.waitUntil(decided, { timeout: limitMs(50_000) });
      expect(child.exitCode, output).toBeNull();
      return JSON.parse(await readFile(join(home.dataDir, 'stack.json'), 'utf8'));
    },
    async end(signal) {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
