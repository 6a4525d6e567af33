// Repeats reads that are safe to repeat: a few times, after waits with full jitter, within one short time budget, and not before the server's
// Retry-After. Calls of puntual's own SQL functions are repeated like reads, because these functions are idempotent. Calls that change something at
// the gym (renew, book, cancel, sign in) are sent once and never repeated.
import pRetry from 'p-retry';
import type { Clock } from './clock.ts';
import { asFailure } from './failures.ts';

/** Whether a failed read is to be repeated. `once` allows one repetition: a second failure judged `once` is final. */
export type Again = { readonly again: 'yes' | 'once' | 'no'; readonly afterMs?: number };

export interface RetryOptions {
  readonly clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  readonly judge: (error: unknown) => Again;
  /** Returns a number x, 0 ≤ x < 1; `Math.random` unless a test passes another function. */
  readonly random?: () => number;
}

const TRIES = 3;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 2_000;
const BUDGET_MS = 6_000;

/**
 * The wait, ms, before the read is repeated: full jitter between zero and a ceiling that doubles, and never shorter than the server's Retry-After.
 */
function delayMs(attempt: number, asked: number | undefined, random: () => number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.max(random() * ceiling, asked ?? 0);
}

/**
 * Runs `read` up to 3 times within 6 s. The signal that `read` receives aborts when the 6 s for all tries and waits are over; `read` must hand it to
 * its call, because p-retry stops no call under way. If a Retry-After does not fit in the time budget of 6 s, the error is thrown immediately, and
 * says when the caller can try again. Throws the last error unchanged.
 */
export async function retrySafeRead<T>(
  read: (signal: AbortSignal) => Promise<T>,
  { clock, judge, random = Math.random }: RetryOptions,
): Promise<T> {
  const budget = new AbortController();
  const timer = setTimeout(() => budget.abort(new Error(`Expected a read within ${BUDGET_MS} ms.`)), BUDGET_MS);
  const startedAtMs = clock.monotonicMs();
  let looksLeft = 1;
  const reading = pRetry(() => read(budget.signal), {
    retries: TRIES - 1,
    // p-retry multiplies a fixed delay by a random factor from 1 to 2, which is not full jitter. For full jitter, p-retry's delay is zero and
    // `shouldRetry` waits instead.
    minTimeout: 0,
    async shouldRetry({ error, attemptNumber }) {
      if (budget.signal.aborted) return false;
      const { again, afterMs } = judge(error);
      if (again === 'no' || (again === 'once' && looksLeft-- <= 0)) return false;
      const wait = delayMs(attemptNumber, afterMs, random);
      if (clock.monotonicMs() - startedAtMs + wait >= BUDGET_MS) return false;
      await clock.sleep(wait);
      return true;
    },
  });
  return reading.finally(() => clearTimeout(timer));
}

const STATEMENT_TRIES = 5;

/**
 * Runs one of puntual's own SQL functions up to 5 times within `budgetMs` in all, waits included. Puntual's SQL functions may be repeated because
 * they are idempotent: a second call finds the effect of the first and returns the same answer. The signal that `run` (the function that is repeated)
 * receives aborts when `budgetMs` are over; `run` must hand it to the call that it makes. Throws the last error of `run`, the repeated function,
 * unchanged, or a TimeoutError when `budgetMs` are over.
 */
export async function retryStatement<T>(
  run: (signal: AbortSignal) => Promise<T>,
  isPassing: (error: unknown) => boolean,
  budgetMs: number,
): Promise<T> {
  const budget = limitedTo(budgetMs);
  const running = pRetry(() => run(budget.signal), {
    signal: budget.signal,
    retries: STATEMENT_TRIES - 1,
    minTimeout: 40,
    factor: 2,
    randomize: true,
    shouldRetry: ({ error }) => !budget.signal.aborted && isPassing(error),
  });
  return running.finally(budget.lift);
}

/**
 * A time limit that can be lifted before it is over. `AbortSignal.timeout` is not used, because it cannot be cancelled: its timer would outlive the
 * answer of each call.
 */
export interface TimeLimit {
  /** Aborts with a TimeoutError when the time is over, or with the reason of the outer signal (`within`) when that signal aborts first. */
  readonly signal: AbortSignal;
  lift(): void;
}

/** Starts a time limit of `ms` milliseconds. @param within an outer signal; when it aborts, the returned `signal` aborts too. */
export function limitedTo(ms: number, within?: AbortSignal): TimeLimit {
  const end = new AbortController();
  const outer = () => end.abort(within?.reason);
  if (within?.aborted) outer();
  within?.addEventListener('abort', outer);
  const late = () => end.abort(new DOMException(`Expected an answer within ${ms} ms.`, 'TimeoutError'));
  const timer = setTimeout(late, ms).unref();
  return {
    signal: end.signal,
    lift() {
      clearTimeout(timer);
      within?.removeEventListener('abort', outer);
    },
  };
}

const DATABASE_PAUSE_MS = 1_000;

/**
 * As long as the database cannot be reached, repeats a write that must not be lost, for at most `timeoutMs` milliseconds. The write must be
 * idempotent: a repeated write has to find the effect of the first. Throws the last failure once `timeoutMs` are over; throws a failure other than
 * database/unavailable without repeating the write.
 */
export async function patiently<T>(clock: Clock, timeoutMs: number, write: () => Promise<T>): Promise<T> {
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (asFailure(error).code !== 'database/unavailable' || clock.monotonicMs() > untilMs) throw error;
      await clock.sleep(DATABASE_PAUSE_MS);
    }
  }
}
