// Wraps every member's own key under the first key of the keyring (SEAL_KEYS), 500 keys at a time, while the service works. No sealed value changes;
// only the key that opens a sealed value is wrapped anew. After an interruption, a second run continues where the first one stopped.
import type { Logger } from 'pino';
import { asFailure } from '../services/failures.ts';
import type { Seal } from '../services/seal/seal.ts';
import type { Store } from '../services/store/store.ts';

export interface KeyReport {
  /** The id of the first key of the keyring, which now wraps the members' keys. */
  readonly kid: string;
  readonly rewrapped: number;
  /** How many members have a key that could not be opened; their ids are in the log. */
  readonly unreadable: number;
  /**
   * For each key id, how many members' own keys it wraps after the run. A key of the keyring that has no entry in `members` may be removed from the
   * keyring.
   */
  readonly members: Readonly<Record<string, number>>;
}

export interface RotateServices {
  readonly store: Store;
  readonly seal: Seal;
  readonly logger: Logger;
}

const BATCH = 500;

/**
 * Wraps every member's own key under the first key of the keyring. After every 500 keys, `tell` is called with the number of keys wrapped so far.
 * Throws database/….
 */
export async function rotateKeys(
  { store, seal, logger }: RotateServices,
  tell: (done: number) => void = () => undefined,
): Promise<KeyReport> {
  let [rewrapped, unreadable] = [0, 0];
  let after: string | undefined;
  for (;;) {
    const found = await store.readKeysToRewrap(seal.kid, after, BATCH);
    if (found.length === 0) break;
    after = found.at(-1)?.userId;
    const lines = found.flatMap(({ userId, wrapped }) => {
      try {
        const anew = seal.rewrap(userId, wrapped);
        return anew ? [{ userId, from: wrapped, ...anew }] : [];
      } catch (error) {
        unreadable += 1;
        logger.error(
          { userId, code: asFailure(error).code },
          'alert: a member’s key cannot be opened, nor wrapped anew',
        );
        return [];
      }
    });
    rewrapped += lines.length > 0 ? await store.rewrapKeys(lines) : 0;
    tell(rewrapped);
  }
  return { kid: seal.kid, rewrapped, unreadable, members: await countMembers(store) };
}

/** For each key id, how many members' own keys it wraps. Throws database/…. */
export async function countMembers(store: Store): Promise<Record<string, number>> {
  return Object.fromEntries((await store.countKeys()).map(({ kid, members }) => [kid, members]));
}
