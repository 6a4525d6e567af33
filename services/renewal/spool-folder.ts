// Finds the files of other processes in the spool folder, and judges whether those processes are gone. A file whose process is gone is read, and is
// removed once none of its lines waits for the database. Only times of the file system are compared, never a machine's own clock, because several
// machines may share the folder.
import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { readLines, type SpoolLine } from './spool-file.ts';

/** The lines of one spool file that still wait for the database. */
export interface Leftover {
  readonly lines: readonly SpoolLine[];
  /** `done` is to be called when the lines are settled: it removes the file, or drops only the lines if the file is this process's own. */
  done(): Promise<void>;
}

/** A living process touches its spool file each minute. If a file is untouched for this long, its process is gone or stuck. */
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

/**
 * Whether the process that a file is named after may still be running. Never called for this process's own file, so a file with this host's name and
 * this process's id is from an earlier process, which is gone.
 */
const mayLive = (host: string, pid: number): boolean => host !== hostname() || (pid !== process.pid && isRunning(pid));

/** Reads the spool files left by processes that are gone. @param own the path of the caller's own file, which was touched right before the call. */
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

/**
 * Reads the lines left in one spool file of another process. Returns undefined when the process that wrote the file may still be running, or when the
 * file cannot be read, for example because it was removed.
 */
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
