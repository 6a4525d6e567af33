// When to try a session again after a failed renewal. This file only decides; the database stores the instant of the next try.
import { MAX_ASKED_MS } from '../gym/breaker.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import type { SessionStatus } from './session.ts';

const MINUTE_MS = 60_000;
/**
 * The waits after the first failure, the second in a row, and so on. 0 means a new try at the next pass. No wait exceeds the 20 min between cron's
 * runs.
 */
const WAITS_MS = [0, 1, 2, 5, 10, 18].map((minutes) => minutes * MINUTE_MS);
/** A token counts as dead only after a second refusal, at least this long after the first refusal. */
export const CONFIRM_MS = MINUTE_MS;

const MAX_DOUBT_MS = 5 * MINUTE_MS;

type NoToken = Exclude<RenewAnswer, { key: GymKey }>;

/** When to try again; undefined for "at the next pass". @param leased the session's status and failures in a row, before this failure. */
export function nextAttemptAt(
  leased: { readonly failureStreak: number; readonly status: SessionStatus },
  answer: NoToken,
  now: Date,
): Date | undefined {
  const waitMs = waitFor(leased, answer);
  return waitMs === 0 ? undefined : new Date(now.getTime() + waitMs);
}

function waitFor({ failureStreak, status }: { failureStreak: number; status: SessionStatus }, answer: NoToken): number {
  // A 403 or 429 is not the session's fault: the session is tried again when the gym says. If the gym does not say when, a session in doubt waits
  // five minutes.
  if (answer.kind === 'turned-away') {
    const isWell = status === 'live' && failureStreak === 0;
    return Math.min(answer.retryAfterMs ?? (isWell ? 0 : MAX_DOUBT_MS), MAX_ASKED_MS);
  }
  // After a first refusal the session is tried again soon, however long it has been failing: a second refusal lets the member be notified.
  if (answer.kind === 'token-refused' && status !== 'suspect') return CONFIRM_MS;
  const waitMs = WAITS_MS[Math.min(failureStreak, WAITS_MS.length - 1)] ?? 0;
  // After a refused token the wait is short, so that a dead session is recognised within one cycle of cron, even if cookies that still work delay
  // that.
  return answer.kind === 'token-refused' ? Math.min(waitMs, MAX_DOUBT_MS) : waitMs;
}
