// Rivals: simulated strangers that compete with the members for the places of a class. The instants at which rivals ask for a place depend on the
// seed and the class alone. The rivals' places are computed only when a call to the gym is about the class, so they are the same whether a test moves
// the gym's clock or the clock runs by itself. Rivals never cancel and never join a waiting list.
import { seededRandom, seedOf } from './random.ts';
import type { RivalPlan } from './scenario.ts';

export interface Rivals {
  /** The instants at which rivals ask for a place, ascending. */
  asksAtMs: number[];
  /** How many of the rivals have asked for a place so far. */
  asked: number;
  /** The instants at which rivals took a place, ascending. */
  tookAtMs: number[];
}

export function makeRivals(plan: RivalPlan | undefined, opensAtMs: number, seed: number, key: string): Rivals {
  const random = seededRandom(seedOf(seed, key));
  const draw = () => Math.max(0, (plan?.afterOpeningMs ?? 0) + (random() * 2 - 1) * (plan?.spreadMs ?? 0));
  const asksAtMs = Array.from({ length: plan?.count ?? 0 }, () => opensAtMs + draw()).sort((a, b) => a - b);
  return { asksAtMs, asked: 0, tookAtMs: [] };
}

/** Lets every rival whose instant has come ask for a place, first come first served; `free` gives the number of places left. */
export function settleRivals(rivals: Rivals, nowMs: number, free: () => number): void {
  for (
    let next = rivals.asksAtMs[rivals.asked];
    next !== undefined && next <= nowMs;
    next = rivals.asksAtMs[rivals.asked]
  ) {
    rivals.asked++;
    if (free() > 0) rivals.tookAtMs.push(next);
  }
}
