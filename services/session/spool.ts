// The durable receipt: the first complete answer of a renewal is on disk, sealed, before anybody parses it or asks the database.
// A crash, or a database that is away, then costs nothing that was received. Without a disk (serverless) there is none; README says so.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';

const spoolLine = z.object({
  renewalId: z.string(),
  userId: z.string(),
  sealed: z.string(),
});
/** One received answer: whose, for which renewal, and the sealed answer itself. */
export type SpoolLine = z.infer<typeof spoolLine>;

export interface Spool {
  /** Returns when the line is on disk. Never throws: a full disk is logged, and the answer goes on in memory. */
  keep(line: SpoolLine): Promise<void>;
  /** The answer is in the journal; its line is of no more use. */
  forget(renewalId: string): Promise<void>;
  /** Lines left by processes that are gone, this one's former lives included. `done` removes the file they came from. */
  leftovers(): Promise<{ lines: SpoolLine[]; done: () => Promise<void> }[]>;
  close(): Promise<void>;
}

/** A spool for a machine without a disk of its own. */
export const noSpool: Spool = {
  keep: async () => {},
  forget: async () => {},
  leftovers: async () => [],
  close: async () => {},
};

const LARGEST_BYTES = 1024 * 1024;

/**
 * Opens this process's own file in `folder` (0700, file 0600, O_SYNC).
 * @param owner names the file; one a process.
 */
export async function openSpool(folder: string, owner: string, logger: Logger): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${owner}.jsonl`);
  const flags = constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY | constants.O_SYNC;
  const file = await open(path, flags, 0o600);
  const waiting = new Set<string>();
  let size = 0;
  const keep = async (line: SpoolLine) => {
    waiting.add(line.renewalId);
    try {
      size += await append(file, line);
    } catch (error) {
      logger.error({ err: error, renewalId: line.renewalId }, 'spool: cannot write, the answer is only in memory');
    }
  };
  const forget = async (renewalId: string) => {
    waiting.delete(renewalId);
    // Emptied only when nothing in it is still waiting and it has grown: one small write less for each renewal.
    if (waiting.size > 0 || size < LARGEST_BYTES) return;
    size = 0;
    await file.truncate(0);
  };
  return {
    keep,
    forget,
    leftovers: () => leftovers(folder, path, logger),
    async close() {
      await file.close();
      if (waiting.size === 0) await unlink(path);
    },
  };
}

async function append(file: FileHandle, line: SpoolLine): Promise<number> {
  const text = `${JSON.stringify(line)}\n`;
  await file.write(text);
  return Buffer.byteLength(text);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

async function leftovers(folder: string, own: string, logger: Logger) {
  const found = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const pid = Number(name.split('-')[0]);
    if (path === own || !name.endsWith('.jsonl') || (pid !== process.pid && isAlive(pid))) continue;
    found.push({ lines: readLines(await readFile(path, 'utf8'), logger), done: () => unlink(path) });
  }
  return found;
}

/** A line cut by the crash that made it a leftover was never acknowledged; it is skipped, and said. */
function readLines(text: string, logger: Logger): SpoolLine[] {
  const lines: SpoolLine[] = [];
  for (const raw of text.split('\n').filter(Boolean)) {
    try {
      lines.push(spoolLine.parse(JSON.parse(raw)));
    } catch {
      logger.warn('spool: a torn line was skipped');
    }
  }
  return lines;
}
