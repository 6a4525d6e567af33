// The spool, a durable record of received answers: a renewal's answer is sealed into a file before the answer is parsed or the database is called.
// Thanks to the spool, a crash or an unreachable database loses no received answer. A serverless function has no disk and so no spool
// (docs/hosted.md).
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
   * Writes the line to the file before the call returns its promise; a later line of the same renewal replaces the line. Never throws: when the disk
   * is full, an alert is logged and the answer is kept in memory.
   */
  keep(line: SpoolLine): Promise<void>;
  /** Drops the line of a renewal whose answer is settled in the database. */
  forget(renewalId: string): Promise<void>;
  /**
   * The lines of processes that are gone, and the lines that this process has given up committing. Calling `done` of a leftover drops the leftover's
   * lines from the spool.
   */
  leftovers(): Promise<Leftover[]>;
  /** How long the oldest answer that this process received has waited for the database; 0 when none waits. */
  waitingMs(): number;
  /**
   * Counts a renewal as under way until its promise settles, because its answer may still have to be kept. The returned promise resolves or rejects
   * as `renewal` does.
   */
  during<T>(renewal: Promise<T>): Promise<T>;
  /** Resolves when no renewal is under way any more, including renewals that began after the call. */
  settled(): Promise<void>;
  /**
   * Sets aside a line that cannot be used, for the operator to inspect. When the lines that were set aside fill more than about 16 MB, the oldest of
   * them are deleted. Never throws. Returns false when the line could not be set aside: the caller then may not drop the line with `forget`.
   */
  setAside(line: SpoolLine, why: string): Promise<boolean>;
  /**
   * Keeps an unclear answer (neither a token nor a clear refusal) for a day. Never throws. Returns false when the answer could not be kept; the
   * caller must then not drop the answer's line from the spool with `forget`.
   */
  keepUnclear(line: SpoolLine, at: Date): Promise<boolean>;
  /** The unclear answers of one session that came in the 24 hours before `now`, oldest first. */
  unclearOf(sessionId: string, now: Date): Promise<readonly SpoolLine[]>;
  /** Waits until no renewal is under way, as `settled` does, then closes the spool file. */
  close(): Promise<void>;
}

/** A spool that keeps no answer, for a machine without a disk of its own. */
export function noSpool(): Spool {
  const out = createOut();
  return {
    keep: async () => {},
    forget: async () => {},
    leftovers: async () => [],
    waitingMs: () => 0,
    setAside: async () => true,
    keepUnclear: async () => true,
    unclearOf: async () => [],
    ...out,
    close: out.settled,
  };
}

/** Keeps the set of the renewals under way, for `during` and `settled`. */
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

/**
 * A line that waits for the database longer than this was given up by the renewal that wrote the line, because a commit is retried for one minute
 * only.
 */
const STRANDED_MS = 90_000;

/**
 * Opens this process's own spool file (mode 0600) in `folder` (created with mode 0700).
 * @param owner a part of the file's name, different for each process and without a dot.
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
      // A line that is kept again moves to the end of the map, because the first entry must be the oldest.
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
        await appendAside(join(folder, 'orphans.jsonl'), JSON.stringify({ ...line, why }));
        return true;
      } catch (error) {
        logger.error({ err: error, renewalId: line.renewalId }, 'alert: an answer could not be kept aside');
        return false;
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

/**
 * Creates a function that says whether to purge old unclear answers from the spool: yes at the first unclear answer, and after that at most once an
 * hour.
 */
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
