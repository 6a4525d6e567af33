// When to try a session again after a failed renewal. Rules only; the database stores the instant.
import { MAX_ASKED_MS } from '../gym/breaker.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import type { SessionStatus } from './session.ts';

const MINUTE_MS = 60_000;
/** By failures in a row. The first is tried again at the very next pass; never slower than the cron's own cycle. */
const WAITS_MS = [0, 1, 2, 5, 10, 18].map((minutes) => minutes * MINUTE_MS);
/** A token is declared dead only by a second refusal at least this long after the first. */
export const CONFIRM_MS = MINUTE_MS;

const MAX_DOUBT_MS = 5 * MINUTE_MS;

type NoToken = Exclude<RenewAnswer, { key: GymKey }>;

/** @param leased its status and its failures in a row before this one. Returns undefined for "at the next pass". */
export function nextAttemptAt(
  leased: { readonly failureStreak: number; readonly status: SessionStatus },
  answer: NoToken,
  now: Date,
): Date | undefined {
  const waitMs = waitFor(leased, answer);
  return waitMs === 0 ? undefined : new Date(now.getTime() + waitMs);
}

function waitFor({ failureStreak, status }: { failureStreak: number; status: SessionStatus }, answer: NoToken): number {
  // A 403 or 429 is not the session's fault: retry when the gym says. Without a time, a session in doubt would be tried each minute.
  if (answer.kind === 'turned-away') {
    const isWell = status === 'live' && failureStreak === 0;
    return Math.min(answer.retryAfterMs ?? (isWell ? 0 : MAX_DOUBT_MS), MAX_ASKED_MS);
  }
  // A first refusal needs its confirmation soon, however long the session has been failing, so that the member can be notified.
  if (answer.kind === 'token-refused' && status !== 'suspect') return CONFIRM_MS;
  const waitMs = WAITS_MS[Math.min(failureStreak, WAITS_MS.length - 1)] ?? 0;
  // A dead session is declared dead within one cycle, also if living cookies put the verdict off.
  return answer.kind === 'token-refused' ? Math.min(waitMs, MAX_DOUBT_MS) : waitMs;
}
