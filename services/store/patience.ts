// Waiting for a database that is away. For writes that must not be lost and that may be repeated, because each finds its own effect.
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';

const PAUSE_MS = 1_000;

/** Keeps trying while the database cannot be reached, for `patienceMs` at most. Throws the last failure; any other at once. */
export async function patiently<T>(clock: Clock, timeoutMs: number, write: () => Promise<T>): Promise<T> {
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (asFailure(error).code !== 'database/unavailable' || clock.monotonicMs() > untilMs) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
