// How often one member, and all members of one box together, may send requests to the gym by hand. Requests by hand are counted in the database, for
// all processes together. Races are not limited here: services/race limits the booking requests of a race.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** A member may send ten requests at once, enough to read a week of days, and after that one request a second. */
const MEMBER = { perSecond: 1, burst: 10 };
/**
 * Requests that read the agenda have a limit of their own: opening the app's page reads the whole agenda, which must not delay what the member does
 * on the page.
 */
const AGENDA = { perSecond: 1, burst: 11 };
const BOX = { perSecond: 5, burst: 20 };

interface Asked {
  readonly userId: string;
  /**
   * The id of a box: the box's limit counts the request in addition to the member's limit. Given only for requests that change nothing at the gym. A
   * request that changes something at the gym must not wait because other members read the box's lists.
   */
  readonly boxId?: string | undefined;
  readonly isAgenda?: boolean;
}

/**
 * Counts one request to the gym, made for a member who acts by hand. Throws request/limited if the request would exceed the member's or the box's
 * limit.
 */
export async function keepPace(
  { clock, store }: { readonly clock: Clock; readonly store: Store },
  { userId, boxId, isAgenda = false }: Asked,
): Promise<void> {
  const box = boxId === undefined ? [] : [{ name: `box ${boxId}`, ...BOX }];
  const member = isAgenda ? { name: `agenda ${userId}`, ...AGENDA } : { name: `member ${userId}`, ...MEMBER };
  const retryAfterMs = await store.takeFromBuckets([member, ...box], clock.now());
  if (retryAfterMs > 0)
    throw new Failure('request/limited', 'The gym is asked too often; wait a moment.', { retryAfterMs });
}
