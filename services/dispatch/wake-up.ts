// When a prebooking is woken, and under which key: one wake-up for a box and opening instant, and a spare some seconds later.
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Dispatch } from './dispatch.ts';

/** Long enough to renew a session, find the class, corner the gym's clock and warm the line, with a late queue. */
export const LEAD_MS = 30_000;
/** The queue's own retry would come too late: a second message is the spare. */
const SPARE_LEAD_MS = 15_000;

/** Is it near enough for the queue to keep? What is not is armed later, by the sweep. */
export const isWithinReach = (dispatch: Dispatch, opensAt: Date, now: Date): boolean =>
  opensAt.getTime() - LEAD_MS - now.getTime() <= dispatch.longestDelayMs;

/** The latest opening the queue can be asked for at `now`. */
export const reachOf = (dispatch: Dispatch, now: Date): Date =>
  new Date(now.getTime() + dispatch.longestDelayMs + LEAD_MS);

/** Publishes both. A version in the key lets the sweep arm again what the queue lost. Throws queue/unavailable. */
export async function armWakeUps(
  dispatch: Dispatch,
  prebooking: Pick<Prebooking, 'id' | 'boxId' | 'opensAt'>,
  version: number,
): Promise<{ messageId: string; spareMessageId: string }> {
  const at = (leadMs: number, which: string) =>
    dispatch.wake({
      prebookingId: prebooking.id,
      at: new Date(prebooking.opensAt.getTime() - leadMs),
      deduplicationId: `open-${prebooking.boxId}-${prebooking.opensAt.getTime()}-${which}-${version}`,
    });
  const [messageId, spareMessageId] = await Promise.all([at(LEAD_MS, 'first'), at(SPARE_LEAD_MS, 'spare')]);
  return { messageId, spareMessageId };
}
