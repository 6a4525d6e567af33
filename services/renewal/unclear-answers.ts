// Answers that brought neither a token nor a clear refusal, sealed and kept for a day: before a session is declared dead, they are searched once
// more. One small file a session; several processes may append to it.
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type SpoolLine, spoolLine } from './spool-file.ts';

export interface UnclearAnswers {
  /** Throws when it cannot be written. @param at when it came, by the service's clock. */
  keep(line: SpoolLine, at: Date): Promise<void>;
  /** Those of one session that came within the day before `now`, oldest first. */
  of(sessionId: string, now: Date): Promise<SpoolLine[]>;
  /** Removes files with a newest answer older than a day. */
  purge(now: Date): Promise<void>;
}

const LIFE_MS = 24 * 60 * 60_000;
/** For one session. Beyond this, a gym has been unclear for hours: more pages like the others. */
const MAX_BYTES = 1024 * 1024;
const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY;
/** Session ids are UUIDs; nothing else becomes a file's name. */
const NAME = /^[0-9a-f-]{36}$/i;

const unclearLine = spoolLine.extend({ at: z.coerce.date() });

/** @param folder created when the first answer is kept. */
export function openUnclearAnswers(folder: string, logger: Logger): UnclearAnswers {
  const pathOf = (sessionId: string) => join(folder, `${NAME.test(sessionId) ? sessionId : 'odd'}.jsonl`);
  return {
    async keep(line, at) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(pathOf(line.sessionId), APPEND, 0o600);
      try {
        if ((await file.stat()).size > MAX_BYTES)
          return logger.warn({ sessionId: line.sessionId }, 'spool: too many unclear answers, one more was not kept');
        await file.appendFile(`${JSON.stringify({ ...line, at })}\n`);
        // By the service's clock, by which the day for keeping an answer is counted, too.
        await file.utimes(at, at);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    async of(sessionId, now) {
      const text = await readFile(pathOf(sessionId), 'utf8').catch(() => '');
      const lines = text.split('\n').flatMap((raw) => parse(raw) ?? []);
      const young = lines.filter((line) => line.sessionId === sessionId && line.at.getTime() > now.getTime() - LIFE_MS);
      // An answer that was replayed after a crash may be in it twice.
      return [...new Map(young.map((line) => [line.renewalId, line])).values()];
    },
    async purge(now) {
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name);
        const newest = await stat(path).catch(() => undefined);
        if (newest && newest.mtimeMs < now.getTime() - LIFE_MS) await unlink(path).catch(() => undefined);
      }
    },
  };
}

function parse(raw: string): z.infer<typeof unclearLine> | undefined {
  try {
    return unclearLine.parse(JSON.parse(raw));
  } catch {
    return undefined;
  }
}
