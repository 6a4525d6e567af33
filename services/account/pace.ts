// How often a member may ask for what costs others: a test notice, the mail that asks to confirm an address, an export. The requests are counted in the
// database, for all processes together: each function of a serverless deployment would count for itself alone.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

const LIMITS = {
  /** A member may ask for five test notices at once, then five a minute: so few that no member can flood a server, or fill another person's mailbox. */
  trial: { perSecond: 5 / 60, burst: 5 },
  /** A member may add ten channels at once, then ten an hour. */
  channel: { perSecond: 10 / 3600, burst: 10 },
  /** A member may ask for two exports at once, then for one a minute: an export of a long history takes the database seconds. */
  export: { perSecond: 1 / 60, burst: 2 },
} as const;

/** Counts one request of the kind `what` by the member. Throws request/limited beyond the limit of this kind. */
export async function keepOwnPace(
  { clock, store }: { readonly clock: Clock; readonly store: Pick<Store, 'takeFromBuckets'> },
  what: keyof typeof LIMITS,
  userId: string,
): Promise<void> {
  const retryAfterMs = await store.takeFromBuckets([{ name: `${what} ${userId}`, ...LIMITS[what] }], clock.now());
  if (retryAfterMs > 0) throw new Failure('request/limited', 'Too many tries; wait a while.', { retryAfterMs });
}
