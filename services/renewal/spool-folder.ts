// The files of other processes in the spool folder, and whether those processes are gone. It reads their files and removes the finished ones. It
// compares the file system's own times, never ours: several machines may share the folder.
import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { readLines, type SpoolLine } from './spool-file.ts';

/** One file's waiting lines. */
export interface Leftover {
  readonly lines: readonly SpoolLine[];
  /** Removes the file: its lines are dealt with. */
  done(): Promise<void>;
}

/** A living process touches its file each minute; one that has not for this long is gone, stuck, or another process by now. */
const SILENT_MS = 5 * 60_000;
const NAME = /^(.+)\.(\d+)\.[^.]+\.jsonl$/;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** A file with our own number that is not ours belongs to an earlier process: two living processes never share a number. */
const mayLive = (host: string, pid: number): boolean => host !== hostname() || (pid !== process.pid && isRunning(pid));

/** @param own the caller's own file, just touched. */
export async function leftoversOf(folder: string, own: string, logger: Logger): Promise<Leftover[]> {
  const touchedAtMs = await stat(own).then(
    (at) => at.mtimeMs,
    () => 0,
  );
  const found: Leftover[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const [, host, pid] = NAME.exec(name) ?? [];
    if (path === own || host === undefined) continue;
    const left = await readLeft(path, logger, mayLive(host, Number(pid)) ? touchedAtMs - SILENT_MS : undefined);
    if (left) found.push(left);
  }
  return found;
}

/** Another process may be quicker at removing it. */
async function readLeft(
  path: string,
  logger: Logger,
  silentSinceMs: number | undefined,
): Promise<Leftover | undefined> {
  try {
    if (silentSinceMs !== undefined && (await stat(path)).mtimeMs > silentSinceMs) return undefined;
    const lines = readLines(await readFile(path, 'utf8'), logger);
    return { lines, done: () => unlink(path).catch(() => undefined) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') logger.warn({ err: error }, 'spool: a file cannot be read');
    return undefined;
  }
}
