// Instants of the bench: milliseconds of process.hrtime, the one clock that all processes of a machine read alike.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Now, in fractions of a millisecond. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const SPIN_MS = 3;

/** Sleeps coarsely and spins the rest: the best a peer's main thread could do, so that no peer is judged by its timer. */
export async function spinUntil(atMs: number): Promise<void> {
  const aheadMs = atMs - nowMs() - SPIN_MS;
  if (aheadMs > 0) await sleep(aheadMs);
  while (nowMs() < atMs) {}
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Sweeps before a measured moment, so that one way does not pay for the garbage of another. */
export const sweepMemory = (): void => gc();
