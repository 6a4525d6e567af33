// How often one member, and all members of one box together, may have the gym asked by hand. The count is kept in the database, for all
// processes together. Races have no pace here: their shots are bounded by their own rules and never wait behind a bucket.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** A week of days at once, and then one a second. */
const MEMBER = { perSecond: 1, burst: 10 };
/** The whole agenda at once: it is read by opening a page, and must not hold up what is pressed there. */
const AGENDA = { perSecond: 1, burst: 11 };
const BOX = { perSecond: 5, burst: 20 };

interface Asked {
  readonly userId: string;
  /** For what only reads: what a member changes does not wait for others' reading. */
  readonly boxId?: string | undefined;
  readonly isAgenda?: boolean;
}

/** Throws request/limited. */
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
