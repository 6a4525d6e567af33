// When a cron line fires next, in the line's time zone (`CRON_TZ=Europe/Madrid 0 9 * * *`; UTC without a zone). The package croner computes the
// instant and starts no timer here. node-cron, the timer of worker/, cannot compute from an instant that the caller gives.
import { Cron } from 'croner';
import { Failure } from '../../services/failures.ts';

const FIELDS = 5;

const refuse = (line: string, cause?: unknown): Failure =>
  new Failure('request/invalid', `Expected a cron line of five fields, got "${line.slice(0, 80)}".`, { cause });

/**
 * The first instant after `after` at which the cron line fires. A firing in an hour that the zone's clock skips comes right after the skipped hour.
 * In an hour that the zone's clock repeats, the line fires only the first time. Throws `request/invalid` for a line that is invalid or never fires.
 */
export function nextRunAt(line: string, after: Date): Date {
  const [, timezone = 'UTC', pattern = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(line.trim()) ?? [];
  // croner also reads nicknames such as @daily and ISO dates; QStash's API promises neither, so both are refused.
  if (pattern.trim().split(/\s+/).length !== FIELDS) throw refuse(line);
  const next = reckon(line, pattern.trim(), timezone, after);
  if (!next) throw refuse(line);
  return next;
}

function reckon(line: string, pattern: string, timezone: string, after: Date): Date | null {
  try {
    return new Cron(pattern, { timezone, mode: '5-part', sloppyRanges: true, paused: true }).nextRun(after);
  } catch (cause) {
    throw refuse(line, cause);
  }
}
