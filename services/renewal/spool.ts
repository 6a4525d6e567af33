// The durable record: a renewal's answer is in a file, sealed, before anything parses it or asks the database. A crash, or an unreachable
// database, then loses no answer that was received. Without a disk (serverless) there is none (docs/hosted.md).
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { appendAside, type LineFile, openLineFile, type SpoolLine } from './spool-file.ts';
import { type Leftover, leftoversOf } from './spool-folder.ts';
import { openUnclearAnswers } from './unclear-answers.ts';

export type { SpoolLine } from './spool-file.ts';

export interface Spool {
  /**
   * The line is in the file before this returns its promise; a later line of the same renewal replaces it. Never throws: a full disk raises an
   * alarm, and the answer is kept in memory.
   */
  keep(line: SpoolLine): Promise<void>;
  /** The answer is in the journal; its line is of no more use. */
  forget(renewalId: string): Promise<void>;
  /** Lines of processes that are gone, and lines of this one whose commit has given up. `done` releases them. */
  leftovers(): Promise<Leftover[]>;
  /** How long the oldest answer that this process received has waited for the database; 0 when none waits. */
  waitingMs(): number;
  /** A renewal counts as under way until this is settled: its answer, should one come, still has to be kept. Resolves and rejects as it does. */
  during<T>(renewal: Promise<T>): Promise<T>;
  /** Resolves when no renewal is under way any more, those begun meanwhile included. */
  settled(): Promise<void>;
  /** Sets a line aside that cannot be used now, for a person to look at; the oldest are deleted when there are very many. Never throws. */
  setAside(line: SpoolLine, why: string): Promise<void>;
  /**
   * Keeps an answer that is neither a token nor a clear refusal for a day. Never throws; false: it could not be kept, so its line must
   * not be forgotten.
   */
  keepUnclear(line: SpoolLine, at: Date): Promise<boolean>;
  /** The unclear answers of one session, of the day before `now`, oldest first. */
  unclearOf(sessionId: string, now: Date): Promise<readonly SpoolLine[]>;
  /** Waits for the renewals under way. */
  close(): Promise<void>;
}

/** A spool for a machine without a disk of its own. */
export function noSpool(): Spool {
  const out = createOut();
  return {
    keep: async () => {},
    forget: async () => {},
    leftovers: async () => [],
    waitingMs: () => 0,
    setAside: async () => {},
    keepUnclear: async () => true,
    unclearOf: async () => [],
    ...out,
    close: out.settled,
  };
}

/** The renewals under way. */
function createOut(): Pick<Spool, 'during' | 'settled'> {
  const out = new Set<Promise<unknown>>();
  return {
    during(renewal) {
      const whole = renewal.finally(() => out.delete(whole));
      out.add(whole);
      return whole;
    },
    async settled() {
      while (out.size > 0) await Promise.allSettled(out);
    },
  };
}

/** A commit is tried for a minute; a line that waits longer than this was given up by the renewal that wrote it. */
const STRANDED_MS = 90_000;

/**
 * Opens this process's own file in `folder` (0700, file 0600).
 * @param owner names the file; one a process, no dot in it.
 */
export async function openSpool(folder: string, owner: string, logger: Logger): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${hostname()}.${process.pid}.${owner}.jsonl`);
  const file = await openLineFile(path, logger);
  const isPurgeDue = createPurgeDue();
  const unclear = openUnclearAnswers(join(folder, 'unclear'), logger);
  const out = createOut();
  const keptAtMs = new Map<string, number>();
  const forget = async (renewalId: string) => {
    keptAtMs.delete(renewalId);
    await file.forget(renewalId);
  };
  return {
    async keep(line) {
      // In order of age: rewriting makes a file young again.
      keptAtMs.delete(line.renewalId);
      keptAtMs.set(line.renewalId, performance.now());
      await file.keep(line);
    },
    forget,
    waitingMs() {
      const [oldestMs] = keptAtMs.values();
      return oldestMs === undefined ? 0 : performance.now() - oldestMs;
    },
    async leftovers() {
      const own = stranded(file, keptAtMs, forget);
      await file.touch();
      return [...own, ...(await leftoversOf(folder, path, logger))];
    },
    async setAside(line, why) {
      try {
        await appendAside(join(folder, 'orphans.jsonl'), `${JSON.stringify({ ...line, why })}\n`);
      } catch (error) {
        logger.error({ err: error, renewalId: line.renewalId }, 'alert: an answer could not be kept aside');
      }
    },
    async keepUnclear(line, at) {
      try {
        await unclear.keep(line, at);
        if (isPurgeDue(at)) await unclear.purge(at);
        return true;
      } catch (error) {
        logger.error({ err: error, renewalId: line.renewalId }, 'alert: an unclear answer could not be kept');
        return false;
      }
    },
    unclearOf: (sessionId, now) => unclear.of(sessionId, now),
    ...out,
    async close() {
      await out.settled();
      await file.close();
    },
  };
}

/** Once an hour, and when the first one comes. */
function createPurgeDue(): (at: Date) => boolean {
  let nextMs = 0;
  return (at) => {
    if (at.getTime() < nextMs) return false;
    nextMs = at.getTime() + 60 * 60_000;
    return true;
  };
}

function stranded(
  file: LineFile,
  keptAtMs: ReadonlyMap<string, number>,
  forget: (renewalId: string) => Promise<void>,
): Leftover[] {
  const oldest = performance.now() - STRANDED_MS;
  const lines = file.waiting().filter((line) => (keptAtMs.get(line.renewalId) ?? 0) < oldest);
  if (lines.length === 0) return [];
  const done = async () => {
    for (const line of lines) await forget(line.renewalId);
  };
  return [{ lines, done }];
}
