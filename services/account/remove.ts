// How the operator removes a member and all the member's rows for good, so that a restored backup does not bring the member back. Removing a member
// cancels no booking at the gym.
import type { Store } from '../store/store.ts';
import type { EraseServices } from './erase.ts';

export type RemoveServices = Pick<EraseServices, 'clock' | 'store' | 'erasures'>;

/**
 * Closes the member's access and deletes the member's rows; undefined if there is no such member. `ended` is false while a race of the member runs:
 * the access is closed, and the caller must call `remove` again. Throws database/….
 */
export async function remove(
  { clock, store, erasures }: RemoveServices,
  userId: string,
): ReturnType<Store['removeMember']> {
  const now = clock.now();
  const judged = await store.judgeMember(userId, 'refused', now);
  if (!judged?.ended) return judged;
  // The file of erased members is written before the member's rows are deleted, and only after the member's races ended. A restored backup may bring
  // back rows of a member that the file of erased members names; the next start of the service deletes these rows.
  await erasures?.keep({ userId, erasedAt: now.toISOString() });
  return store.removeMember(userId, now);
}
