// On a process, places that come free do not wait for the minute's sweep: each day is read at its turn, to the second. The database gives out the
// turns, so that several processes share the work.
import { randomUUID } from 'node:crypto';
import { asFailure } from '../services/failures.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { readTurns } from '../services/watch/read-turns.ts';
import { giveBack } from '../services/watch/swap.ts';
import type { AppContext } from './app-context.ts';

/** How long a new watch may stay unnoticed. */
const LOOK_EVERY_MS = 5_000;
/** Two turns of one day are further apart than this. */
const MIN_PAUSE_MS = 200;
/** How often watches at their end are moved on; a watch whose place was just taken, at once. */
const SETTLE_EVERY_MS = 20_000;

export interface PlaceWatch {
  /** Stops; resolves when the running turns are done. */
  stop(): Promise<void>;
}

/** Runs at once, then whenever a day is due. Never throws: after a failure a day is read at its next turn. */
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
