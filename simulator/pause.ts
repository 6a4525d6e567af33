// Waits in real time, exact to a fraction of a millisecond and never for too short a time: a timer alone may end a millisecond too early or too late.
import { setImmediate as breathe, setTimeout as wait } from 'node:timers/promises';
import { systemMs } from './sim-clock.ts';

/** Resolves once `forMs` milliseconds have passed by the system's clock. */
export async function pause(forMs: number): Promise<void> {
  const endMs = systemMs() + forMs;
  if (forMs >= 2) await wait(forMs - 1);
  while (systemMs() < endMs) await breathe();
}
