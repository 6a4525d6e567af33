// Keeps unclear answers (neither a token nor a clear refusal), sealed, for a day. Before a session is declared dead, its unclear answers are
// searched for a token once more. Each session has one small file, to which several processes may append.
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type SpoolLine, spoolLine } from './spool-file.ts';

export interface UnclearAnswers {
  /**
   * Appends an unclear answer to its session's file; throws when the answer cannot be written. @param at when the answer came, by the service's
   * clock.
   */
  keep(line: SpoolLine, at: Date): Promise<void>;
  /** The unclear answers of one session that came in the 24 hours before `now`, oldest first. */
  of(sessionId: string, now: Date): Promise<SpoolLine[]>;
  /** Removes the files whose newest answer came more than 24 hours before `now`. */
  purge(now: Date): Promise<void>;
}

const LIFE_MS = 24 * 60 * 60_000;
/**
 * The limit for one session's file: a gym that fills the file has answered unclearly for hours, and more of its answers would hardly help to find a
 * token.
 */
const MAX_BYTES = 1024 * 1024;
const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY;
/** The form of a session id (a UUID); no other text may become a file's name. */
const NAME = /^[0-9a-f-]{36}$/i;

const unclearLine = spoolLine.extend({ at: z.coerce.date() });

/** Opens the store of unclear answers. @param folder the folder of the files, which is created when the first answer is kept. */
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
        // The file's time comes from the service's clock, because `purge` compares the file's time with that clock.
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
      // An answer that was read from the spool again after a crash may be in the session's file twice, and is returned once.
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
