// Makes seeded random choices, so that request number n of a seed is the same request every time.
import { seededRandom, seedOf } from '../../simulator/random.ts';

export interface Chance {
  /** Gives a whole number from 0 to `end` − 1. */
  below(end: number): number;
  /** Gives true about once in `times` calls. */
  onceIn(times: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function chanceOf(seed: number, at: string): Chance {
  const next = seededRandom(seedOf(seed, at));
  const below = (end: number) => Math.floor(next() * end);
  return { below, onceIn: (times) => below(times) === 0, pick: (from) => from[below(from.length)] as never };
}
