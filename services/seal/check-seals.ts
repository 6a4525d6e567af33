// Can every key in use be opened? Asked before a process takes work: one that lost a key would put every session of it aside.
import { asFailure, Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';
import type { Seal } from './seal.ts';

/** Opens one member's data key for every keyring key in use. Throws seal/unreadable with the key ids, database/…. */
export async function checkSeals(store: Pick<Store, 'readSealCanaries'>, seal: Seal): Promise<void> {
  const unreadable: string[] = [];
  for (const { kid, userId, wrapped } of await store.readSealCanaries()) {
    try {
      seal.openMember(userId, wrapped);
    } catch (error) {
      if (asFailure(error).code !== 'seal/unreadable') throw error;
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
