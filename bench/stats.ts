// Order statistics over samples, and medians over a bench's rounds. This file rounds no figure.

/** The sample below which the share `p` (0 … 1) of the samples lies; NaN when there are no samples. */
export function quantile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** The median over rounds of one figure of each round. */
export const medianOf = <T>(rounds: readonly T[], figure: (round: T) => number): number => median(rounds.map(figure));

/** Returns `items` rotated by the number of the round, so that each item comes first in some rounds. */
export const rotated = <T>(items: readonly T[], round: number): T[] => {
  const by = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(by), ...items.slice(0, by)];
};

/**
 * Makes a function that gives the same pseudo-random numbers (0 ≤ x < 1) for the same seed, so that all programs that a bench compares have the same
 * luck.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Adds samples to those of `key`; the map `into` need not hold `key` yet. */
export function collect<K>(into: Map<K, number[]>, key: K, samples: readonly number[]): void {
  const held = into.get(key) ?? [];
  for (const sample of samples) held.push(sample);
  into.set(key, held);
}
