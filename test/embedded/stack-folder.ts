// Folders and processes for the tests of the embedded stack: a data folder with a scratch migration, and the processes at work in it.
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { limitMs } from '../support/limits.ts';

export interface Folder {
  readonly root: string;
  readonly dataDir: string;
  readonly migrationsDir: string;
  remove(): Promise<void>;
}

/** Makes a data folder. With `rootMode` 0o700 the data folder is inside a private folder, into which other users of the machine cannot go. */
export async function makeFolder(rootMode = 0o711): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'puntual-stack-'));
  await chmod(root, rootMode);
  const migrationsDir = join(root, 'migrations');
  await mkdir(migrationsDir);
  await writeFile(join(migrationsDir, '001_things.sql'), 'create table public.things (id int primary key, name text);');
  const dataDir = join(root, 'data');
  const remove = async () => {
    // If root runs the test and Postgres's user cannot reach the data folder, the database is in another folder, which `postgres.place` names.
    const place = await readFile(join(dataDir, 'postgres.place'), 'utf8').catch(() => undefined);
    if (place?.startsWith(tmpdir())) await rm(dirname(place), { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  };
  return { root, dataDir, migrationsDir, remove };
}

/**
 * Copies the data folder of `seed`, in which a stack has been started once, to `folder`. Tests of later starts use the copy, because creating a
 * database cluster takes longer than the rest of a start. The program `cp` makes the copy, because it keeps the files' owners.
 */
export async function copyData(seed: Folder, folder: Folder): Promise<void> {
  await promisify(execFile)('cp', ['-a', seed.dataDir, folder.dataDir]);
}

export interface Told {
  readonly pid: number;
  readonly supabaseUrl: string;
  readonly qstashUrl: string;
  readonly postgresUrl: string;
  readonly secretKey: string;
  readonly qstashToken: string;
  readonly qstashCurrentSigningKey: string;
  readonly qstashNextSigningKey: string;
}

export interface StackProcess {
  readonly told: Told;
  /** Kills the process with this signal (SIGKILL goes to the whole process group) and waits for its end. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts a stack in a process and a process group of its own. */
export async function startProcess(folder: Folder): Promise<StackProcess> {
  const program = fileURLToPath(new URL('./stack-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder.dataDir, folder.migrationsDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The stack's process ended with ${code} before it was up.`)));
  });
  const told: Told = JSON.parse(line);
  const kill = async (signal: 'SIGKILL' | 'SIGTERM') => {
    process.kill(signal === 'SIGKILL' ? -told.pid : told.pid, signal);
    await ended;
  };
  return { told, kill };
}

/**
 * Gives the processes that belong to a stack: those whose command or working folder names the stack's folder, and those whose environment names the
 * stack's Postgres.
 */
export async function processesOf(folder: Folder, told?: Pick<Told, 'postgresUrl'>): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const port = told ? new URL(told.postgresUrl).port : undefined;
  const found: string[] = [];
  for (const pid of pids) {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    const atWork = command.includes(folder.dataDir) || cwd.startsWith(folder.root);
    if (command !== '' && (atWork || (port && environment.includes(`127.0.0.1:${port}/`))))
      found.push(`${pid} ${command.slice(0, 300)}`);
  }
  return found;
}

/** Waits until no process of the stack is left. */
export const untilNobody = (folder: Folder, told?: Pick<Told, 'postgresUrl'>): Promise<void> =>
  vi.waitFor(
    async () => {
      const left = await processesOf(folder, told);
      if (left.length > 0) throw new Error(`Still running: ${left.join('; ')}`);
    },
    { timeout: limitMs(20_000), interval: 20 },
  );
