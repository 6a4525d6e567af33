// Picks an entry of a list by a seeded stream of random numbers.

/** @param random 0 ≤ x < 1, from a seed. */
export const pickBy =
  (random: () => number) =>
  <T>(list: readonly T[]): T =>
    list[Math.floor(random() * list.length)] as T;
