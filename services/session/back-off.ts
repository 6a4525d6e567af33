// When to try a session again that could not be renewed. Rules only; the database keeps the instant.
import type { GymKey, RenewAnswer } from '../gym/gym.ts';

const MINUTE_MS = 60_000;
/** By failures in a row. The first is tried again at the very next pass; never slower than the cron's own cycle. */
const WAITS_MS = [0, 1, 2, 5, 10, 18].map((minutes) => minutes * MINUTE_MS);

/** @param failureStreak failures in a row before this one. Answers undefined for "at the next pass". */
export function nextAttemptAt(
  failureStreak: number,
  answer: Exclude<RenewAnswer, { key: GymKey }>,
  now: Date,
): Date | undefined {
  const waitMs = waitFor(failureStreak, answer);
  return waitMs === 0 ? undefined : new Date(now.getTime() + waitMs);
}

function waitFor(failureStreak: number, answer: Exclude<RenewAnswer, { key: GymKey }>): number {
  // Whoever turned us away is not the session's fault: come back when asked to.
  if (answer.kind === 'turned-away') return answer.retryAfterMs ?? 0;
  return WAITS_MS[Math.min(failureStreak, WAITS_MS.length - 1)] ?? 0;
}
