// puntual as a process of its own, started by node or by npm, in a folder of its own: its output, its address, and its end.
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

/** Other users may pass through it, so that the cluster lies inside even if Postgres runs as another user, and is deleted with the rest. */
export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-main-'));
  await chmod(folder, 0o711);
  return {
    folder,
    dataDir: join(folder, 'data'),
    // Postgres may still be writing its last file when its process has ended.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** `stack.json`, as far as tests read it. */
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
  /** All it has written so far. */
  output(): string;
  /** Waits until it serves. Fails with its output when it ends instead. */
  serving(): Promise<StackFile>;
  /** Resolves with its exit code; null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts it on any free port, with only PATH and the temporary folder from this process's environment. */
export const startMain = (home: Home, env: Environment = {}): MainProcess =>
  follow(home, spawn(process.execPath, [MAIN], { cwd: home.folder, env: settings(home, env) }));

/** The same by a real npm: signals reach npm, and nothing else. */
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
