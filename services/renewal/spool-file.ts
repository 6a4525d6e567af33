// One process's spool file: lines appended with O_SYNC, many waiting ones in one write, and kept small. It knows no other process.
// Forgetting costs no write of its own: it travels with the next line, because a line replayed twice harms nobody.
import { constants } from 'node:fs';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';

const spoolLine = z.object({ renewalId: z.string(), userId: z.string(), sessionId: z.string(), sealed: z.string() });
/** One received answer: whose, for which renewal, and the sealed answer itself. */
export type SpoolLine = z.infer<typeof spoolLine>;
const doneLine = z.object({ done: z.array(z.string()) });

export interface LineFile {
  /** Resolves when the line is on disk, or when it could not be written and is held in memory. */
  keep(line: SpoolLine): Promise<void>;
  forget(renewalId: string): void;
  /** Kept and not forgotten. */
  waiting(): SpoolLine[];
  /** Shows the others that this process lives; makes the file again where somebody took it away. */
  touch(): Promise<void>;
  /** Removes the file unless something in it still waits. */
  close(): Promise<void>;
}

/** Nothing waits: emptied from this size on. Something waits: written anew from the second on. */
const IDLE_BYTES = 64 * 1024;
const MAX_BYTES = 1024 * 1024;
const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY | constants.O_SYNC;
const MODE = 0o600;

const textOf = (entry: SpoolLine | { done: string[] }): string => `${JSON.stringify(entry)}\n`;

export async function openLineFile(path: string, logger: Logger): Promise<LineFile> {
  let file = await open(path, APPEND, MODE);
  let size = 0;
  /** Written anew from here on; what waits now may not fit in half of it. */
  let limit = MAX_BYTES;
  /** The last write broke off: what follows must begin on a line of its own. */
  let torn = false;
  const waiting = new Map<string, SpoolLine>();
  const unsaved = new Set<string>();
  let done: string[] = [];
  let callers: (() => void)[] = [];
  let work: Promise<void> = Promise.resolve();
  let isQueued = false;

  async function replaceFile(): Promise<void> {
    const fresh = `${path}.new`;
    const text = [...waiting.values()].map(textOf).join('');
    const next = await open(fresh, APPEND | constants.O_TRUNC, MODE);
    try {
      await writeAll(next, text);
      await rename(fresh, path);
    } catch (error) {
      await next.close();
      throw error;
    }
    await file.close();
    [file, size, torn, done] = [next, Buffer.byteLength(text), false, []];
    limit = Math.max(MAX_BYTES, 2 * size);
    unsaved.clear();
  }
  async function append(): Promise<void> {
    const lines = [...unsaved].flatMap((id) => waiting.get(id) ?? []);
    const text = `${torn ? '\n' : ''}${done.length > 0 ? textOf({ done }) : ''}${lines.map(textOf).join('')}`;
    torn = true;
    await writeAll(file, text);
    size += Buffer.byteLength(text);
    torn = false;
    done = [];
    for (const line of lines) unsaved.delete(line.renewalId);
  }
  async function flush(): Promise<void> {
    isQueued = false;
    const served = callers;
    callers = [];
    try {
      if (size > limit) await replaceFile();
      else if (waiting.size === 0 && size > IDLE_BYTES) {
        await file.truncate(0);
        [size, torn, done] = [0, false, []];
      } else if (unsaved.size > 0) await append();
    } catch (error) {
      logger.error(
        { err: error, inMemory: unsaved.size },
        'alert: spool cannot be written, answers are only in memory',
      );
    }
    for (const resolve of served) resolve();
  }
  const queue = () => {
    if (isQueued) return;
    isQueued = true;
    work = work.then(flush);
  };
  return {
    keep: (line) =>
      new Promise((resolve) => {
        waiting.set(line.renewalId, line);
        unsaved.add(line.renewalId);
        callers.push(resolve);
        queue();
      }),
    forget(renewalId) {
      if (!waiting.delete(renewalId)) return;
      if (!unsaved.delete(renewalId)) done.push(renewalId);
      if ((waiting.size === 0 && size > IDLE_BYTES) || size > limit) queue();
    },
    waiting: () => [...waiting.values()],
    async touch() {
      work = work.then(async () => {
        const isThere = await stat(path).then(
          () => true,
          () => false,
        );
        await (isThere ? writeAll(file, '\n') : replaceFile());
      });
      work = work.catch((error) => logger.warn({ err: error }, 'spool: its file cannot be touched'));
      await work;
      if (unsaved.size > 0) queue();
    },
    async close() {
      await work;
      await file.close();
      if (waiting.size === 0) await unlink(path).catch(() => undefined);
    },
  };
}

async function writeAll(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

const MAX_ASIDE_BYTES = 8 * 1024 * 1024;

/** Appends to a file that several processes may append to. Full, it makes place for a new one, and the one before that goes. */
export async function appendAside(path: string, text: string): Promise<void> {
  const file = await open(path, APPEND, MODE);
  try {
    await writeAll(file, text);
    if ((await file.stat()).size > MAX_ASIDE_BYTES) await rename(path, `${path}.before`);
  } finally {
    await file.close();
  }
}

/** The lines of a file that were never forgotten. A line cut by a crash was never acknowledged: skipped, and said. */
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
