// The state of a member's background session, as a booking needs to know it: the status in the session's row, or one of two states that this status
// does not tell.
import type { Store } from '../store/store.ts';

/**
 * Returns the status in the row of the member's background session, or one of two further values, `quarantined` and `mending`. `quarantined`: the
 * service could not decrypt the session's token with its keys. `mending`: the session is dead, and the service signs in again with a kept login
 * before the booking needs a session. Returns undefined when the member has no background session.
 */
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
