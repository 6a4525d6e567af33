// Checks, before a process takes work, that the process can open every member's data key. A process that lost a key of its keyring (`SEAL_KEYS`)
// would quarantine (set aside as unreadable) every session sealed under that key.
import { asFailure, Failure, type FailureCode } from '../failures.ts';
import type { Store } from '../store/store.ts';
import type { Seal } from './seal.ts';

const CLOSED: readonly FailureCode[] = ['seal/unreadable', 'seal/unknown-key'];

/**
 * The ids of the keys that wrap members' data keys in the database and that this process's keyring lacks, for example after another process rotated
 * the keys. Throws database/….
 */
export async function unknownKeys(store: Pick<Store, 'readSealCanaries'>, seal: Seal): Promise<string[]> {
  return (await store.readSealCanaries()).map(({ kid }) => kid).filter((kid) => !seal.kids.includes(kid));
}

/**
 * For each key that wraps members' data keys in the database, opens one of those data keys, as a test. Throws database/…. Throws seal/unreadable,
 * with the ids of the keyring keys concerned, if a member's data key could not be opened.
 */
export async function checkSeals(store: Pick<Store, 'readSealCanaries'>, seal: Seal): Promise<void> {
  const unreadable: string[] = [];
  for (const { kid, userId, wrapped } of await store.readSealCanaries()) {
    try {
      seal.openMember(userId, wrapped);
    } catch (error) {
      if (!CLOSED.includes(asFailure(error).code)) throw error;
      unreadable.push(kid);
    }
  }
  if (unreadable.length === 0) return;
  throw new Failure(
    'seal/unreadable',
    `Members' keys are wrapped by keys that SEAL_KEYS does not hold or holds wrongly: ${unreadable.join(', ')}.`,
    { details: { kids: unreadable } },
  );
}
