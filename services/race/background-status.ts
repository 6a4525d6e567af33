// The state of a member's background session for a booking: the row's status, and two states that the row alone does not tell.
import type { Store } from '../store/store.ts';

/** `quarantined`: it cannot be opened; `mending`: dead, and a kept login brings another before it is needed. Undefined: there is none. */
export async function backgroundStatusOf(
  store: Pick<Store, 'readBackgroundSession' | 'willMend'>,
  { userId, neededAt }: { readonly userId: string; readonly neededAt: Date },
  now: Date,
): Promise<string | undefined> {
  const [session, willMend] = await Promise.all([
    store.readBackgroundSession(userId),
    store.willMend(userId, neededAt, now),
  ]);
  if (session?.quarantinedAt) return 'quarantined';
  return session?.status === 'needs-login' && willMend ? 'mending' : session?.status;
}
