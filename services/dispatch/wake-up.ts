// When a prebooking is woken, and under which key: one wake-up for a box and opening instant, and a spare some seconds later.
import { type Clock, withDeadline } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Store } from '../store/store.ts';
import type { Dispatch } from './dispatch.ts';

/** Used until preparing was measured: long enough to renew a session, find the class, measure the gym's clock and open the connection. */
const USUAL_LEAD_MS = 30_000;
const MIN_LEAD_MS = 20_000;
const MAX_LEAD_MS = 45_000;
/** Added to the slowest preparing: for a queue that is late, and for arming before the instant. */
const QUEUE_LATE_MS = 12_000;
/** The queue's own retry would come too late. A second message, this much later, is the spare. */
const SPARE_AFTER_MS = 15_000;
/** When this little time is left, the shared message may be on its way or delivered, and the queue would still take ours for the same one. */
const OWN_MESSAGE_MS = 60_000;
/** A publish that takes longer is abandoned; the sweep repeats it under the same key. */
const TIMEOUT_MS = 5_000;

/** How early to wake, from the measured 99th percentile of preparing. */
export const leadFor = (preparationMs: number | undefined): number =>
  preparationMs === undefined
    ? USUAL_LEAD_MS
    : Math.min(MAX_LEAD_MS, Math.max(MIN_LEAD_MS, Math.ceil((preparationMs + QUEUE_LATE_MS) / 1_000) * 1_000));

/** Is it near enough for the queue to keep? If not, the sweep schedules it later. */
export const isWithinReach = (dispatch: Dispatch, opensAt: Date, now: Date): boolean =>
  opensAt.getTime() - MIN_LEAD_MS - now.getTime() <= dispatch.longestDelayMs;

/** The latest opening the queue can be asked for at `now`. */
export const reachOf = (dispatch: Dispatch, now: Date): Date =>
  new Date(now.getTime() + dispatch.longestDelayMs + MIN_LEAD_MS);

/**
 * Publishes both, and writes down that they were. The version in the key is the row's own plus one until the row says so. A second
 * publish after a crash or a lost answer uses the same key, and the queue keeps one message. A publish that lands twice all
 * the same finds nothing to do. A wake-up due within the minute gets a message of its own: its prebooking may be wished for after the
 * message that all share was delivered. Answers 0 when the row left `scheduling` meanwhile. Throws queue/unavailable, database/….
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
