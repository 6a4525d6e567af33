// The state of a member's background session for a booking: the status in the session's row, or one of two states that the status alone does not
// tell.
import type { Store } from '../store/store.ts';

/**
 * The status in the session's row, with two more values. `quarantined`: the session cannot be decrypted. `mending`: the session is dead, and a kept
 * login brings another session before the booking needs one. Undefined when the member has no background session.
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
