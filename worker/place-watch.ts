// A long-running process does not leave watches to the sweep that runs each minute: the process reads each watched day as soon as the day is due. The
// database hands out the watched days that are due, so that several processes share the work.
import { randomUUID } from 'node:crypto';
import { asFailure } from '../services/failures.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { readTurns } from '../services/watch/read-turns.ts';
import { giveBack } from '../services/watch/swap.ts';
import type { AppContext } from './app-context.ts';

/** The longest pause, in ms, between two searches for watched days that are due; it limits how long a new watch stays unnoticed. */
const LOOK_EVERY_MS = 5_000;
/** The shortest pause, in ms, between two searches for watched days that are due; each single day is due less often. */
const MIN_PAUSE_MS = 200;
/**
 * The pause, in ms, between two runs of `settle`, which ends watches that are past their time and continues unfinished swaps. A watch that has just
 * booked a place is settled immediately, without waiting for the next run of `settle`.
 */
const SETTLE_EVERY_MS = 20_000;

export interface PlaceWatch {
  /** Begins no further reads of watched days; resolves when the running reads are done. */
  stop(): Promise<void>;
}

/**
 * Immediately reads the watched days that are due, and later each day when it becomes due. Never throws; after a failure a watched day is read when
 * it is due again.
 */
export function watchPlacesHere(services: RaceServices, { stopping }: Pick<AppContext, 'stopping'>): PlaceWatch {
  const { clock, store } = services;
  const logger = services.logger.child({ part: 'place-watch' });
  const ending = new AbortController();
  const signal = AbortSignal.any([stopping, ending.signal]);
  const running = new Set<Promise<unknown>>();
  const keep = (work: Promise<unknown>): void => {
    const kept = work
      .catch((error: unknown) => logger.warn({ code: asFailure(error).code }, 'watch: not looked at'))
      .finally(() => running.delete(kept));
    running.add(kept);
  };
  let settledAtMs = Number.NEGATIVE_INFINITY;
  const settle = async () => {
    await store.settleWatches(clock.now());
    await giveBack({ ...services, logger });
  };
  const look = async (): Promise<number> => {
    if (clock.monotonicMs() - settledAtMs >= SETTLE_EVERY_MS) {
      settledAtMs = clock.monotonicMs();
      keep(settle());
    }
    const { reads, nextInMs } = await readTurns({ ...services, logger }, randomUUID(), { stopping: signal });
    for (const read of reads) keep(read);
    return Math.min(LOOK_EVERY_MS, Math.max(MIN_PAUSE_MS, nextInMs ?? LOOK_EVERY_MS));
  };
  const looking = (async () => {
    while (!signal.aborted) {
      const pauseMs = await look().catch((error: unknown) => {
        logger.warn({ code: asFailure(error).code }, 'watch: turns could not be taken');
        return LOOK_EVERY_MS;
      });
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      ending.abort();
      await looking;
      await Promise.all(running);
    },
  };
}
