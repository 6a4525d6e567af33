// A wrapper around a secret value, which prints a mask in place of the value. Everything that gives access (tokens, cookies, keys, passwords) is
// passed around in a `Secret`. `Secret` does not encrypt; services/seal/seal.ts does.
import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const MASK = '[secret]';

/** Holds a secret. `String()`, JSON, template literals and Node's inspector all print `[secret]`, never a prefix or a length. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** Returns the secret value itself. Call `reveal` only where the value is handed to its one destination. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return MASK;
  }
  toJSON(): string {
    return MASK;
  }
  [inspect.custom](): string {
    return MASK;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Compares two secrets in constant time, by comparing their digests, which have the same length. Every comparison of a secret uses `secretEquals`.
 */
export const secretEquals = (given: string, expected: Secret): boolean =>
  timingSafeEqual(digest(given), digest(expected.reveal()));
