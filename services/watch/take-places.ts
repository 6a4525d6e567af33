// A place that came free is taken by a race like any other, which claims, arms, shoots once and reads back; its prebooking opens now. Its end
// moves the watch on.
import { asFailure } from '../failures.ts';
import type { RaceServices } from '../race/race-context.ts';
import { reconcileSoon } from '../race/reconcile.ts';
import { claimAndRace } from '../race/run-race.ts';
import { giveBack } from './swap.ts';

export interface TakeCall {
  /** The platform ends us at this instant. */
  readonly until?: Date | undefined;
  readonly stopping?: AbortSignal | undefined;
}

/**
 * Races for every place for which the read began a prebooking. A place that cannot be raced for here is left to the minute's sweep. After a lost
 * answer the gym's list is read; nothing is sent again. Throws database/….
 */
export async function takePlaces(services: RaceServices, prebookingId: string, call: TakeCall): Promise<void> {
  const { store, clock, logger } = services;
  const called = await claimAndRace(services, { prebookingId, ...call }).catch((error: unknown) => {
    const { code } = asFailure(error);
    logger.warn({ prebookingId, code }, 'watch: a place could not be raced for here, the sweep will');
  });
  if (called?.state === 'raced') await reconcileSoon(services, called.prebookings, call.until);
  await store.settleWatches(clock.now());
  await giveBack(services, call.until);
}
