// The operator removes a member with everything that is theirs here, so that no backup brings them back. Bookings at the gym stay.
import type { Store } from '../store/store.ts';
import type { EraseServices } from './erase.ts';

export type RemoveServices = Pick<EraseServices, 'clock' | 'store' | 'erasures'>;

/** `ended` is false while a race of the member runs: access is closed, ask again. Undefined for no member. Throws database/…. */
export async function remove(
  { clock, store, erasures }: RemoveServices,
  userId: string,
): ReturnType<Store['removeMember']> {
  const now = clock.now();
  const judged = await store.judgeMember(userId, 'refused', now);
  if (!judged?.ended) return judged;
  // The file first, and only now: a member in it is deleted at the next start, even with a race running.
  await erasures?.keep({ userId, erasedAt: now.toISOString() });
  return store.removeMember(userId, now);
}
