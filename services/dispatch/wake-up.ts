// When a process is woken for a prebooking, and under which deduplication key: one wake-up for each box and opening, and a spare wake-up some seconds
// later.
import { type Clock, withDeadline } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Store } from '../store/store.ts';
import type { Dispatch } from './dispatch.ts';

/**
 * The time, in ms, from the wake-up to the opening, used while no race's preparation has been measured: enough to renew a session, find the class,
 * measure the gym's clock and connect.
 */
const USUAL_LEAD_MS = 30_000;
const MIN_LEAD_MS = 20_000;
const MAX_LEAD_MS = 45_000;
/**
 * A wake-up comes before the opening by the measured time of preparing a race plus this many ms, but by at least `MIN_LEAD_MS` and at most
 * `MAX_LEAD_MS`. The queue may be late, and the prebooking must be armed before the opening.
 */
const QUEUE_LATE_MS = 12_000;
/** How many ms after the first wake-up the spare wake-up comes: if the first delivery fails, the queue's own retry would come too late. */
const SPARE_AFTER_MS = 15_000;
/**
 * A wake-up that is due within this many ms gets a deduplication key that names its prebooking. The queue may already have delivered a wake-up for
 * another prebooking of the same opening, and would drop a second message with that wake-up's key.
 */
const OWN_MESSAGE_MS = 60_000;
/** A publish to the queue that takes more than this many ms is given up; the sweep repeats the publish later. */
const TIMEOUT_MS = 5_000;

/** How long before the opening to wake a process, ms. @param preparationMs the 99th percentile of the measured times for preparing a race, ms. */
export const leadFor = (preparationMs: number | undefined): number =>
  preparationMs === undefined
    ? USUAL_LEAD_MS
    : Math.min(MAX_LEAD_MS, Math.max(MIN_LEAD_MS, Math.ceil((preparationMs + QUEUE_LATE_MS) / 1_000) * 1_000));

/**
 * True if the queue accepts, at `now`, a wake-up for the opening at `opensAt`. A wake-up that the queue does not accept yet is scheduled later, by
 * the sweep.
 */
export const isWithinReach = (dispatch: Dispatch, opensAt: Date, now: Date): boolean =>
  opensAt.getTime() - MIN_LEAD_MS - now.getTime() <= dispatch.longestDelayMs;

/** The latest opening for which the queue accepts a wake-up that is published at the instant `now`. */
export const reachOf = (dispatch: Dispatch, now: Date): Date =>
  new Date(now.getTime() + dispatch.longestDelayMs + MIN_LEAD_MS);

/**
 * Publishes a prebooking's wake-up and spare wake-up, and gives the prebooking the status `scheduled`. By its deduplication key the queue usually
 * drops a wake-up that is published again after a crash or a lost answer. If the queue delivers one wake-up twice, the later delivery finds nothing
 * to do. Returns 1, or 0 if the prebooking is neither `scheduling` nor `scheduled` when its messages have been published. Throws queue/unavailable,
 * database/….
 */
export async function scheduleWakeUps(
  { clock, store, dispatch }: { clock: Clock; store: Store; dispatch: Dispatch },
  prebooking: Prebooking,
): Promise<number> {
  const version = prebooking.scheduleVersion + 1;
  const firstLeadMs = leadFor(await store.readPreparation(clock.now()));
  const at = (leadMs: number, which: string) => {
    const dueMs = prebooking.opensAt.getTime() - leadMs;
    const own = dueMs - clock.now().getTime() < OWN_MESSAGE_MS ? `-${prebooking.id}` : '';
    return dispatch.wake({
      prebookingId: prebooking.id,
      at: new Date(dueMs),
      deduplicationId: `open-${prebooking.boxId}-${prebooking.opensAt.getTime()}-${which}-${version}${own}`,
    });
  };
  const both = Promise.all([at(firstLeadMs, 'first'), at(firstLeadMs - SPARE_AFTER_MS, 'spare')]);
  const [messageId, spareMessageId] = await withDeadline(clock, TIMEOUT_MS, both, () => {
    throw new Failure('queue/unavailable', 'The queue did not answer in time; the sweep will ask again.');
  });
  return store.markScheduled({ id: prebooking.id, version, messageId, spareMessageId, now: clock.now() });
}
