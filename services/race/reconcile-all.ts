// Makes one pass over all prebookings with an unknown result, box by box. After a box's list could not be read, the box is not asked again before
// the next pass: each further request would take its full timeout and keep the other boxes waiting.
import pLimit, { type LimitFunction } from 'p-limit';
import { asFailure } from '../failures.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { type ReconcileServices, reconcilePrebooking } from './reconcile.ts';

const CONCURRENCY = 8;
const MINUTE_MS = 60_000;

/**
 * Returns the number of prebookings settled. No read of a gym's list begins after `until`. An error with one prebooking is logged, and the pass goes
 * on with the next prebooking.
 */
export async function reconcileBoxes(
  services: ReconcileServices,
  unknown: readonly Prebooking[],
  until: Date,
): Promise<number> {
  const limit = pLimit(CONCURRENCY);
  const turn = Math.floor(services.clock.now().getTime() / MINUTE_MS);
  const boxes = [...Map.groupBy(unknown, (one) => one.boxId).values()];
  const settled = await Promise.all(boxes.map((ones) => reconcileBox(services, limit, inTurn(ones, turn), until)));
  return settled.reduce((sum, count) => sum + count, 0);
}

/**
 * Puts a different prebooking of the box first in each minute's pass, because a pass leaves out the box's other prebookings if the gym's list cannot
 * be read for the first one's member.
 */
const inTurn = <T>(list: readonly T[], turn: number): T[] => {
  const first = turn % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
};

async function reconcileBox(
  services: ReconcileServices,
  limit: LimitFunction,
  [first, ...others]: readonly Prebooking[],
  until: Date,
): Promise<number> {
  if (!first) return 0;
  let isDown = false;
  let left = 0;
  const readDay: typeof services.gym.readDay = (...asked) =>
    services.gym.readDay(...asked).catch((error: unknown) => {
      isDown = true;
      throw error;
    });
  const watched = { ...services, gym: { ...services.gym, readDay } };
  const look = (one: Prebooking) =>
    limit(async () => {
      const isPassed = isDown || services.clock.now() >= until;
      if (isPassed) left += 1;
      return !isPassed && (await isSettledBy(watched, one));
    });
  // The gym's list is first read for one prebooking alone, so that a box that is down costs one call and not several at the same time.
  const settled = [await look(first), ...(await Promise.all(others.map(look)))];
  const why = isDown ? 'a list cannot be read' : 'no time is left';
  if (isDown || left > 0)
    services.logger.warn({ boxId: first.boxId, left }, `sweep: ${why}, its others wait for the next pass`);
  return settled.filter(Boolean).length;
}

async function isSettledBy(services: ReconcileServices, one: Prebooking): Promise<boolean> {
  try {
    return (await reconcilePrebooking(services, one)).status !== 'unknown';
  } catch (error) {
    const { code } = asFailure(error);
    services.logger.error({ prebookingId: one.id, code, err: error }, 'sweep: one prebooking failed');
    return false;
  }
}
