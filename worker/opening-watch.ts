// A second trigger for races beside the queue: a long-running process reads the coming openings from the table of prebookings. Before each opening
// the process tries to claim the race, and gets it if the queue's wake-up is lost or late, or if the claim's holder is dead. A race that this file
// begins runs like a race that a delivered wake-up begins. If the race runs in another process already, the claim is refused.
import type { Logger } from 'pino';
import { executePrebooking } from '../jobs/execute-prebooking.ts';
import { asFailure } from '../services/failures.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

/** The pause, in ms, between two reads of the table of prebookings. */
const LOOK_EVERY_MS = 20_000;
/** Openings up to this many ms ahead are read, so that each opening is seen at least once before its race must begin. */
const WITHIN_MS = 45_000;
/** Openings at most this many ms ago are raced for immediately; the sweep, which runs each minute, finds older openings. */
const SINCE_MS = 10_000;
/** How many ms before the opening the process tries to claim the race. By default the queue's two wake-ups come 30 s and 15 s before the opening. */
const LEAD_MS = 12_000;

export interface OpeningWatch {
  /** Begins no further reads and races; resolves when the running races are done. */
  stop(): Promise<void>;
}

/** Reads the coming openings at once, then every 20 s. Never throws; a failed read of the openings is repeated 20 s later. */
export function watchOpenings(services: Services, { stopping }: Pick<AppContext, 'stopping'>): OpeningWatch {
  const { clock, store } = services;
  const logger = services.logger.child({ part: 'opening-watch' });
  const ending = new AbortController();
  const signal = AbortSignal.any([stopping, ending.signal]);
  const watched = new Map<string, Promise<void>>();
  const look = async () => {
    for (const { id, inMs } of await store.openingsAhead({ withinMs: WITHIN_MS, sinceMs: SINCE_MS })) {
      if (watched.has(id)) continue;
      const race = raceAt(services, logger, id, inMs - LEAD_MS, signal).finally(() => watched.delete(id));
      watched.set(id, race);
    }
  };
  const looking = (async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => logger.warn({ code: asFailure(error).code }, 'openings: not looked at'));
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      ending.abort();
      await looking;
      await Promise.all(watched.values());
    },
  };
}

/** Waits `afterMs`, then runs the race of the prebooking. A failure is logged and never thrown. */
async function raceAt(
  services: Services,
  logger: Logger,
  prebookingId: string,
  afterMs: number,
  stopping: AbortSignal,
): Promise<void> {
  try {
    await services.clock.sleep(Math.max(0, afterMs), stopping);
    const { status } = await executePrebooking(services, { prebookingId, stopping });
    if (status !== 'in-progress') logger.info({ prebookingId, status }, 'openings: raced for without a wake-up');
  } catch (error) {
    const { code } = asFailure(error);
    // Two codes are no errors. With prebooking/missing, the prebooking is gone. With prebooking/not-yet, this process cannot run the race now, for
    // example because another process holds the claim. A process that is stopping begins no race and logs no failed race.
    if (!stopping.aborted && code !== 'prebooking/not-yet' && code !== 'prebooking/missing')
      logger.error({ prebookingId, code, err: error }, 'openings: a race failed');
  }
}
