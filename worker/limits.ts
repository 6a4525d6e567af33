// Refuses a try if there were too many lately: a guess at the secret of cron or operator, or a test of the operator's channels. Each process counts
// only the tries that reach that process. Wrong gym passwords at sign-in are counted in the database, for all processes together:
// services/identity/login-limit.ts.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';

export interface Limiter {
  /** Counts one try under `key`, or refuses it if there were too many lately. Throws request/limited. */
  take(key: string): void;
}

const MAX_KEYS = 50_000;

/** Makes a counter that allows `most` tries for each key within `windowMs`. */
export function createLimiter(clock: Clock, { most, windowMs }: { most: number; windowMs: number }): Limiter {
  const tries = new Map<string, number[]>();
  const recent = (key: string) => (tries.get(key) ?? []).filter((atMs) => clock.monotonicMs() - atMs < windowMs);
  return {
    take(key) {
      const before = recent(key);
      const [oldest] = before;
      if (oldest !== undefined && before.length >= most) {
        const retryAfterMs = windowMs - (clock.monotonicMs() - oldest);
        throw new Failure('request/limited', 'Too many tries; wait a while.', { retryAfterMs });
      }
      if (tries.size >= MAX_KEYS) dropOldest(tries);
      tries.set(key, [...before, clock.monotonicMs()]);
    },
  };
}

/** Drops the key that was stored first, so that a caller that invents keys cannot fill the memory. */
function dropOldest(tries: Map<string, unknown>): void {
  for (const oldest of tries.keys()) {
    tries.delete(oldest);
    return;
  }
}
