// How often a member may have puntual send something at once: a test notice, or the mail that asks to confirm an address. The requests are counted in
// the database, for all processes together: each function of a serverless deployment would count for itself alone.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** So few that no member can flood a server or fill another person's mailbox through this service. */
const LIMITS = {
  /** Five test notices at once, and five a minute. */
  trial: { perSecond: 5 / 60, burst: 5 },
  /** Ten new channels at once, and ten an hour. */
  channel: { perSecond: 10 / 3600, burst: 10 },
} as const;

/** Counts one test notice or one new channel of the member. Throws request/limited beyond the limit. */
export async function keepNoticePace(
  { clock, store }: { readonly clock: Clock; readonly store: Pick<Store, 'takeFromBuckets'> },
  what: keyof typeof LIMITS,
  userId: string,
): Promise<void> {
  const retryAfterMs = await store.takeFromBuckets([{ name: `${what} ${userId}`, ...LIMITS[what] }], clock.now());
  if (retryAfterMs > 0) throw new Failure('request/limited', 'Too many tries; wait a while.', { retryAfterMs });
}
