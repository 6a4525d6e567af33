// How often one member, and all members of one box together, may send requests to the gym by hand. The count is in the database, for all
// processes together. Races have no rate limit here: their shots are limited by their own rules and never wait.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** A week of days at once, and then one a second. */
const MEMBER = { perSecond: 1, burst: 10 };
const BOX = { perSecond: 5, burst: 20 };

/** @param boxId for reads only: a change does not wait for other members' reads. Throws request/limited. */
export async function keepPace(
  { clock, store }: { readonly clock: Clock; readonly store: Store },
  { userId, boxId }: { readonly userId: string; readonly boxId?: string | undefined },
): Promise<void> {
  const box = boxId === undefined ? [] : [{ name: `box ${boxId}`, ...BOX }];
  const retryAfterMs = await store.takeFromBuckets([{ name: `member ${userId}`, ...MEMBER }, ...box], clock.now());
  if (retryAfterMs > 0)
    throw new Failure('request/limited', 'The gym is asked too often; wait a moment.', { retryAfterMs });
}
