// How a member's background session stands for what is to be booked: the row's word, and two words for what the row alone does not say.
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
