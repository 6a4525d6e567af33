// Measures how slow this machine is at the moment. Time limits in tests are to catch code that hangs, not code that a busy machine makes slow.
// vitest.config.ts measures the pace once per run.
import { availableParallelism, loadavg } from 'node:os';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The machine's pace: 1 on an idle machine like the one that the time limits were written on, and more on a slower or busier machine. */
    pace: number;
  }
}

const ROUNDS = 20_000_000;
/** The time that `ROUNDS` rounds of the measured loop take on an idle core of the reference machine (AMD EPYC, 2026), in ms. */
const REFERENCE_MS = 130;
/** No time limit grows by more than this factor, so that a hanging test is still noticed. */
const MAX_PACE = 8;

/**
 * Measures the pace, the larger of two ratios: how much longer a fixed piece of work takes than on the reference machine, and how many processes wait
 * for each core.
 */
export function measurePace(): number {
  const beganAtMs = performance.now();
  let x = 1;
  for (let round = 0; round < ROUNDS; round += 1) x = (Math.imul(x, 1_103_515_245) + 12_345 + round) | 0;
  const slow = x === 0 ? 1 : (performance.now() - beganAtMs) / REFERENCE_MS;
  const [load = 0] = loadavg();
  return Math.min(MAX_PACE, Math.max(1, slow, load / availableParallelism()));
}
