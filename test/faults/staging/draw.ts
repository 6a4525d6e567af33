// Picks an entry of a list by a seeded stream of random numbers.

/** @param random gives numbers from 0 to below 1, drawn from a seed. */
export const pickBy =
  (random: () => number) =>
  <T>(list: readonly T[]): T =>
    list[Math.floor(random() * list.length)] as T;
