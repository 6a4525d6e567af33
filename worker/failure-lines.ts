// Logs failures of requests: in full if an operator has to act; other failures are limited in number, so that a bad hour does not fill the disk.
import type { Logger } from 'pino';
import type { Clock } from '../services/clock.ts';
import { adviceFor, type Failure, type FailureCode } from '../services/failures.ts';

/**
 * How many lines a minute are logged for each code of failures that end without an operator's act; further failures are counted, and a later line
 * says how many.
 */
const MAX_LINES = 5;
const MINUTE_MS = 60_000;

interface Counted {
  sinceMs: number;
  lines: number;
  left: number;
}

/** Logs a failure with a 5xx status; errors of the caller (4xx) are not logged. */
export type TellFailure = (logger: Logger, failure: Failure, incident: string) => void;

/**
 * Makes the function that logs failed requests; a process makes it once. A failure that passes by itself (an unreachable database) is logged as one
 * line without a stack.
 */
export function createFailureLines(clock: Pick<Clock, 'monotonicMs'>): TellFailure {
  const counts = new Map<FailureCode, Counted>();
  /** How many lines of one failure code were left out since its last line in the log; undefined when this line is to be left out, too. */
  const leftOut = (code: FailureCode): number | undefined => {
    const nowMs = clock.monotonicMs();
    const last = counts.get(code);
    const isOld = last === undefined || nowMs - last.sinceMs >= MINUTE_MS;
    const counted = isOld ? { sinceMs: nowMs, lines: 0, left: last?.left ?? 0 } : last;
    counts.set(code, counted);
    if (counted.lines >= MAX_LINES) {
      counted.left += 1;
      return undefined;
    }
    const { left } = counted;
    counted.lines += 1;
    counted.left = 0;
    return left;
  };
  return (logger, failure, incident) => {
    const { code, message } = failure;
    const { status, again, tell } = adviceFor(code);
    if (status < 500) return;
    if (!again || tell !== 'nobody') return logger.error({ code, err: failure, incident }, 'request: failed');
    const left = leftOut(code);
    if (left !== undefined) logger.warn({ code, incident, ...(left > 0 && { leftOut: left }) }, `request: ${message}`);
  };
}
