// Decides when the renewal of a session is attempted again after an attempt that failed. This file only decides; the database stores the instant of
// the next attempt.
import { MAX_ASKED_MS } from '../gym/breaker.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import type { SessionStatus } from './session.ts';

const MINUTE_MS = 60_000;
/**
 * The waits, ms, after the first failed attempt, the second in a row, and so on. 0 means a new attempt at the next pass that takes the session. No
 * wait exceeds the 20 min between cron's runs.
 */
const WAITS_MS = [0, 1, 2, 5, 10, 18].map((minutes) => minutes * MINUTE_MS);
/** A token counts as dead only after a second refusal, at least this long, ms, after the first refusal. */
export const CONFIRM_MS = MINUTE_MS;

const MAX_DOUBT_MS = 5 * MINUTE_MS;

type NoToken = Exclude<RenewAnswer, { key: GymKey }>;

/**
 * When to attempt the renewal again; undefined means at the next pass that takes the session, be it a whole run or the pass of each minute.
 * @param leased the session's status, and how many attempts in a row had failed before this one.
 */
export function nextAttemptAt(
  leased: { readonly failureStreak: number; readonly status: SessionStatus },
  answer: NoToken,
  now: Date,
): Date | undefined {
  const waitMs = waitFor(leased, answer);
  return waitMs === 0 ? undefined : new Date(now.getTime() + waitMs);
}

function waitFor({ failureStreak, status }: { failureStreak: number; status: SessionStatus }, answer: NoToken): number {
  // A 403 or 429 is not the session's fault: the renewal is attempted again at the instant that the gym names, or after `MAX_ASKED_MS` if that is
  // sooner. If a 403 or 429 names no instant, a live session without failures is tried again by the next whole run. Any other session is tried again
  // five minutes after a 403 or 429 that names no instant.
  if (answer.kind === 'turned-away') {
    const isWell = status === 'live' && failureStreak === 0;
    return Math.min(answer.retryAfterMs ?? (isWell ? 0 : MAX_DOUBT_MS), MAX_ASKED_MS);
  }
  // After a first refusal of the token the next attempt comes soon, however many attempts have failed: a second refusal lets the member be notified.
  if (answer.kind === 'token-refused' && status !== 'suspect') return CONFIRM_MS;
  const waitMs = WAITS_MS[Math.min(failureStreak, WAITS_MS.length - 1)] ?? 0;
  // A session with cookies that the gym may still know is declared dead only after at least three refusals of its token. The wait after a second or
  // later refusal is short, so that the further refusals come soon.
  return answer.kind === 'token-refused' ? Math.min(waitMs, MAX_DOUBT_MS) : waitMs;
}
