// Random numbers from a seed, so that a failed test can be repeated with the same numbers, and unguessable text for cookies and tokens.
import { randomUUID } from 'node:crypto';

/**
 * Returns as many hex digits as `digits` says (at most 32), which cannot be guessed. The digits are cut from UUIDs because Node draws the bytes of
 * many UUIDs together, so a call takes a tenth of the time that drawing bytes for it would take.
 */
export const secretHex = (digits = 32): string => randomUUID().replaceAll('-', '').slice(0, digits);

/** Makes a function that returns numbers in [0, 1), one after the other, which depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes one seed out of a number and a name, so that every class has rivals of its own. */
export function seedOf(seed: number, name: string): number {
  let hash = seed >>> 0;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
