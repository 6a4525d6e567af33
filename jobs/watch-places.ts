// One pass over all watches: the gym's list of each day that is due is read, and places that came free are booked or announced. The pass also
// continues swaps, and ends watches that have reached their end time. A long-running process needs no pass over watches: it reads each watched day
// when due (worker/place-watch.ts). Without a long-running process the sweep's schedule calls this job. Without a long-running process each watched
// day is read only at the sweep, which comes every five minutes on the queue's free plan.
import { randomUUID } from 'node:crypto';
import { asFailure } from '../services/failures.ts';
import { deliverNotices, type NotifyServices } from '../services/notify/notify.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { readTurns } from '../services/watch/read-turns.ts';
import { giveBack } from '../services/watch/swap.ts';

export interface WatchReport {
  /** How many watched days were read at the gym. */
  readonly read: number;
  /** For how many free places in watched classes the pass made a prebooking; the race for each place is run by the pass or by the next sweep. */
  readonly raced: number;
  readonly settled: number;
  readonly ended: number;
  readonly swapped: number;
}

/** Runs one pass over all watches. An error with one day is logged, and the pass goes on with the other days. Throws database/…. */
export async function watchPlaces(
  services: RaceServices & NotifyServices,
  until?: Date,
  stopping?: AbortSignal,
): Promise<WatchReport> {
  const { store, clock, logger } = services;
  const before = await store.settleWatches(clock.now());
  const { reads } = await readTurns(services, randomUUID(), { until, stopping });
  const raced = await Promise.all(reads);
  const swapped = await giveBack(services, until);
  const after = await store.settleWatches(clock.now());
  await deliverNotices(services, until).catch((error: unknown) =>
    logger.error({ code: asFailure(error).code }, 'watch: members could not be told yet'),
  );
  return {
    read: raced.length,
    raced: raced.reduce((sum, count) => sum + count, 0),
    settled: before.settled + after.settled,
    ended: before.ended + after.ended,
    swapped,
  };
}
