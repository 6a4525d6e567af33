// Writes and reads the spool file of one process. Each line is appended at once, so that a crash of the process loses no line. Lines that still wait
// for the database after 20 ms are synced to the disk together, against a crash of the machine. spool-folder.ts handles other processes' files. The
// mark `done` of a line that `forget` dropped is appended with the next line; if a crash comes first, the dropped line is replayed without harm.
import { constants, ftruncateSync, renameSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { appendLine, openLines } from '../append-line.ts';

/** The shape of a line as it stands in a spool file. */
export const spoolLine = z.object({
  renewalId: z.string(),
  userId: z.string(),
  sessionId: z.string(),
  sealed: z.string(),
});
/** One received answer: its member and session, its renewal, and the sealed answer itself. */
export type SpoolLine = z.infer<typeof spoolLine>;
const doneLine = z.object({ done: z.array(z.string()) });

export interface LineFile {
  /**
   * Appends the line before the call returns, so that a later kill of the process loses nothing. The promise resolves immediately, or, if the file is
   * being rewritten, when the rewriting has ended. A line that cannot be written is held in memory.
   */
  keep(line: SpoolLine): Promise<void>;
  /**
   * Drops the line of a renewal, when the line is of no more use. The promise resolves immediately, or, if the file is being rewritten, when the
   * rewriting has ended.
   */
  forget(renewalId: string): Promise<void>;
  /** Returns the lines that were given to `keep` and not yet dropped with `forget`. */
  waiting(): SpoolLine[];
  /** Touches the file, so that other processes see that this process lives. Creates the file again if the file was removed. */
  touch(): Promise<void>;
  /** Closes the file, and removes the file unless a line in it still waits for the database. */
  close(): Promise<void>;
}

/**
 * A file above this size is emptied if no line in it waits for the database. `IDLE_BYTES` is this large so that files are seldom emptied: each
 * emptying waits for the disk.
 */
const IDLE_BYTES = 512 * 1024;
/** The smallest value of `limit`, the size in bytes above which the spool file is rewritten with only the lines that wait for the database. */
const MAX_BYTES = 1024 * 1024;
/** The time from appending a line to syncing the file. Most lines are in the database within `SYNC_AFTER_MS`, and need no sync. */
const SYNC_AFTER_MS = 20;
const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY;
const MODE = 0o600;

const textOf = (entry: SpoolLine | { done: string[] }): string => `${JSON.stringify(entry)}\n`;

const datasync = (file: FileHandle): Promise<void> => file.datasync();

/** Opens the spool file at `path`, or creates it. @param sync brings a file's bytes to the disk. */
export async function openLineFile(path: string, logger: Logger, sync = datasync): Promise<LineFile> {
  let file = await open(path, APPEND, MODE);
  let size = 0;
  /**
   * The size, in bytes, above which the file is rewritten. The limit on the file's size grows when the lines that wait for the database fill more
   * than half of `MAX_BYTES`.
   */
  let limit = MAX_BYTES;
  /** True after a write that broke off, so that the next text must begin on a line of its own. */
  let torn = false;
  const waiting = new Map<string, SpoolLine>();
  const unsaved = new Set<string>();
  let done: string[] = [];
  let rewriting: Promise<void> | undefined;
  /** The texts that were appended since the current rewriting of the file began. */
  let meanwhile: string[] = [];
  const syncs = createSyncs({ isNeeded: () => waiting.size > 0, sync: () => sync(file), logger });

  function append(text: string): void {
    const whole = torn ? `\n${text}` : text;
    torn = true;
    writeAll(file, whole);
    torn = false;
    size += Buffer.byteLength(whole);
    if (rewriting) meanwhile.push(text);
    syncs.soon();
  }
  function save(): void {
    const lines = [...unsaved].flatMap((id) => waiting.get(id) ?? []);
    if (lines.length === 0) return;
    append(`${done.length > 0 ? textOf({ done }) : ''}${lines.map(textOf).join('')}`);
    done = [];
    unsaved.clear();
  }
  /**
   * Rewrites the file: a copy gets the lines that wait for the database, is synced, gets the lines that came during the sync, and is renamed into
   * place. Between adding the lines that came while the copy was synced and renaming the copy into place, no other code of the process runs, so no
   * line is lost.
   */
  async function replaceFile(): Promise<void> {
    meanwhile = [];
    const fresh = `${path}.new`;
    const saved = [...waiting.values()];
    const next = await open(fresh, APPEND | constants.O_TRUNC, MODE);
    let old = next;
    try {
      const text = saved.map(textOf).join('');
      writeAll(next, text);
      await sync(next);
      writeAll(next, meanwhile.join(''));
      renameSync(fresh, path);
      [old, file, torn] = [file, next, false];
      if (meanwhile.length > 0) syncs.soon();
      size = Buffer.byteLength(text) + Buffer.byteLength(meanwhile.join(''));
      limit = Math.max(MAX_BYTES, 2 * size);
      for (const { renewalId } of saved) unsaved.delete(renewalId);
    } finally {
      await old.close();
    }
  }
  function rewrite(): Promise<void> {
    rewriting ??= replaceFile()
      .catch(cannotWrite)
      .finally(() => {
        rewriting = undefined;
      });
    return rewriting;
  }
  function cannotWrite(error: unknown): void {
    logger.error({ err: error, inMemory: unsaved.size }, 'alert: spool cannot be written, answers are only in memory');
  }
  function tidy(): Promise<void> | undefined {
    if (rewriting) return rewriting;
    if (size > limit) return rewrite();
    if (waiting.size > 0 || size <= IDLE_BYTES) return undefined;
    try {
      ftruncateSync(file.fd, 0);
      [size, torn, done] = [0, false, []];
    } catch (error) {
      cannotWrite(error);
    }
    return undefined;
  }
  return {
    async keep(line) {
      waiting.set(line.renewalId, line);
      unsaved.add(line.renewalId);
      try {
        save();
      } catch (error) {
        cannotWrite(error);
      }
      await tidy();
    },
    async forget(renewalId) {
      if (!waiting.delete(renewalId)) return;
      if (!unsaved.delete(renewalId)) done.push(renewalId);
      await tidy();
    },
    waiting: () => [...waiting.values()],
    async touch() {
      await rewriting;
      const isThere = await stat(path).then(
        () => true,
        () => false,
      );
      if (!isThere) await rewrite();
      try {
        append('\n');
        save();
      } catch (error) {
        logger.warn({ err: error }, 'spool: its file cannot be touched');
      }
    },
    async close() {
      await rewriting;
      await syncs.settled();
      await file.close();
      if (waiting.size === 0) await unlink(path).catch(() => undefined);
    },
  };
}

interface SyncParts {
  /** True while a line waits for the database: the answer in the line is not settled in the database yet. */
  readonly isNeeded: () => boolean;
  readonly sync: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Syncs the file: one sync covers all lines appended within `SYNC_AFTER_MS`, one sync runs at a time, and none runs when no line waits for the
 * database.
 */
function createSyncs({ isNeeded, sync, logger }: SyncParts) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isDirty = false;
  function soon(): void {
    isDirty = true;
    if (!running) timer ??= setTimeout(now, SYNC_AFTER_MS);
  }
  function now(): void {
    clearTimeout(timer);
    [timer, isDirty] = [undefined, false];
    if (!isNeeded()) return;
    running = sync()
      .catch((error) => logger.warn({ err: error }, 'spool: its file cannot be synced'))
      .finally(() => {
        running = undefined;
        if (isDirty) soon();
      });
  }
  return {
    soon,
    /** Waits for a running sync. Then syncs lines that are not synced yet, if an answer in the file is not settled in the database. */
    async settled(): Promise<void> {
      await running;
      if (isDirty) now();
      await running;
    },
  };
}

function writeAll(file: FileHandle, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file.fd, bytes, at);
}

const MAX_ASIDE_BYTES = 8 * 1024 * 1024;

/** Appends a line to a file that several processes may append to. A file above 8 MiB is renamed to `….before`, in place of an older one. */
export async function appendAside(path: string, text: string): Promise<void> {
  const file = await openLines(path);
  try {
    await appendLine(file, text);
    if ((await file.stat()).size > MAX_ASIDE_BYTES) await rename(path, `${path}.before`);
  } finally {
    await file.close();
  }
}

/** The lines of a spool file that no later entry marks as done. A line cut off by a crash is skipped and logged. */
export function readLines(text: string, logger: Logger): SpoolLine[] {
  const lines = new Map<string, SpoolLine>();
  for (const raw of text.split('\n').filter((each) => each !== '')) {
    const entry = parseLine(raw);
    if (!entry) logger.warn('spool: a torn line was skipped');
    else if ('done' in entry) for (const id of entry.done) lines.delete(id);
    else lines.set(entry.renewalId, entry);
  }
  return [...lines.values()];
}

function parseLine(raw: string): SpoolLine | z.infer<typeof doneLine> | undefined {
  try {
    return z.union([spoolLine, doneLine]).parse(JSON.parse(raw));
  } catch {
    return undefined;
  }
}
