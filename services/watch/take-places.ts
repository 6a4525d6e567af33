// A place that came free is taken by a race like any other: claim, arm, one booking request, read back. The opening of a race for a free place is the
// instant at which the read that showed the place was stored. After a race for a free place, `settle_watches` decides from the result whether the
// watch ends, begins its swap or goes on.
import { asFailure } from '../failures.ts';
import type { RaceServices } from '../race/race-context.ts';
import { reconcileSoon } from '../race/reconcile.ts';
import { claimAndRace } from '../race/run-race.ts';
import { giveBack } from './swap.ts';

export interface TakeCall {
  /** The instant at which the hosting platform ends this process; given only for a function with a time limit. */
  readonly until?: Date | undefined;
  readonly stopping?: AbortSignal | undefined;
}

/**
 * Races for all freed places for which one read of a watched day began prebookings; `prebookingId` is any one of these prebookings. If the race for a
 * place cannot be run in this process because of an error, the place is left to the next sweep. After a lost answer the gym's list is read, and no
 * booking request is repeated. Throws database/….
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
