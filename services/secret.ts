// A value that cannot be printed. Everything that gives access (tokens, cookies, keys, passwords) travels in one. It does not encrypt:
// services/seal/seal.ts does.
import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const MASK = '[secret]';

/** Holds a secret; `String()`, JSON, template literals and the inspector all print `[secret]`, never a prefix or a length. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The bare value. Call it only where the value leaves for its one destination. */
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

/** Equal or not, in constant time: both digests have one length. The only comparison of secrets there is. */
export const secretEquals = (given: string, expected: Secret): boolean =>
  timingSafeEqual(digest(given), digest(expected.reveal()));
