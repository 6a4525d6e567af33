// A second trigger for races, from the table. A process races for what opens within the next minute if no wake-up has come shortly before: the
// queue lost it, or is far behind. It does the same when the process that held it is dead. It races as a delivered wake-up would. If a race runs
// already, the claim says so, and nothing is done twice.
import type { Logger } from 'pino';
import { executePrebooking } from '../jobs/execute-prebooking.ts';
import { asFailure } from '../services/failures.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

/** Between two reads of the table. */
const LOOK_EVERY_MS = 20_000;
/** How far ahead is read: an opening is seen at least once before its race must begin. */
const WITHIN_MS = 45_000;
/** An opening at most this long ago is raced for at once; the minute's sweep finds older ones. */
const SINCE_MS = 10_000;
/** The queue's wake-up comes half a minute before the opening, and its spare a quarter. If neither came, the race begins this long before. */
const LEAD_MS = 12_000;

export interface OpeningWatch {
  /** Stops reading and begins no race; resolves when the running races are done. */
  stop(): Promise<void>;
}

/** Reads at once, then periodically. Never throws: after a failure it reads again. */
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

/** Never throws. */
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
    // The ordinary end: another process has it, or is told to come again. No race is begun once we are asked to end.
    if (!stopping.aborted && code !== 'prebooking/not-yet' && code !== 'prebooking/missing')
      logger.error({ prebookingId, code, err: error }, 'openings: a race failed');
  }
}
