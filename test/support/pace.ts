// How slow this machine is just now. Limits in tests catch hanging code, and a busy machine is not hanging. Measured once, by vitest.config.ts.
import { availableParallelism, loadavg } from 'node:os';

declare module 'vitest' {
  export interface ProvidedContext {
    /** 1 on an idle machine like the one the limits were written on, more on a slower or busier one. */
    pace: number;
  }
}

const ROUNDS = 20_000_000;
/** What the rounds below take on an idle core of the reference (AMD EPYC, 2026), ms. */
const REFERENCE_MS = 130;
/** So that a hanging test is still noticed. */
const MAX_PACE = 8;

/** The larger of two measures: how long a fixed piece of work takes, and how many processes wait for each core. */
export function measurePace(): number {
  const beganAtMs = performance.now();
  let x = 1;
  for (let round = 0; round < ROUNDS; round += 1) x = (Math.imul(x, 1_103_515_245) + 12_345 + round) | 0;
  const slow = x === 0 ? 1 : (performance.now() - beganAtMs) / REFERENCE_MS;
  const [load = 0] = loadavg();
  return Math.min(MAX_PACE, Math.max(1, slow, load / availableParallelism()));
}
