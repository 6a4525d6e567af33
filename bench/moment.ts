// Instants of the bench, in milliseconds of process.hrtime, the one clock that reads alike in all processes of a machine.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The present instant, in milliseconds with fractions. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const SPIN_MS = 3;

/**
 * Sleeps until shortly before the instant `atMs` and waits the rest in a busy loop. No timer on a main thread is more exact than a busy loop, so a
 * peer that waits by this function is not late because of its timer.
 */
export async function spinUntil(atMs: number): Promise<void> {
  const aheadMs = atMs - nowMs() - SPIN_MS;
  if (aheadMs > 0) await sleep(aheadMs);
  while (nowMs() < atMs) {}
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Collects garbage before a measured moment, so that one way of sending does not pay for the garbage of another. */
export const sweepMemory = (): void => gc();
