// Random numbers from a seed, so that a failure can be played again, and unguessable text for cookies and tokens.
import { randomUUID } from 'node:crypto';

/**
 * Up to 32 hex digits that cannot be guessed. The digits are cut from UUIDs because Node keeps a stock of UUIDs, which makes a call ten times
 * cheaper.
 */
export const secretHex = (digits = 32): string => randomUUID().replaceAll('-', '').slice(0, digits);

/** A stream of numbers in [0, 1) that depends on the seed alone (mulberry32). */
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
