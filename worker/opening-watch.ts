// The table is the truth before an opening, too. A process races for what opens within the next minute when no wake-up has come for it
// shortly before: the queue lost it, or is behind by many. It does the same when the process that held it is dead. It races as a delivered
// wake-up would; a race that runs already answers the claim, and nothing is done twice.
import type { Logger } from 'pino';
import { executePrebooking } from '../jobs/execute-prebooking.ts';
import { asFailure } from '../services/failures.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

/** Between two looks at the table. */
const LOOK_EVERY_MS = 20_000;
/** So far ahead is looked: an opening is seen at least once before its race must begin. */
const WITHIN_MS = 45_000;
/** One that opened so shortly ago is raced for at once; older ones are the minute's sweep's. */
const SINCE_MS = 10_000;
/** The queue's wake-up comes half a minute before and its spare a quarter: without either the race begins so long before the opening. */
const LEAD_MS = 12_000;

export interface OpeningWatch {
  /** No further look and no further race; resolves when the running races are done. */
  stop(): Promise<void>;
}

/** Looks at once, then every so often. Never throws: what cannot be read now is read at the next look. */
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
    // Another process has it, or is asked to: the ordinary end. Nothing is begun once we are asked to end ourselves.
    if (!stopping.aborted && code !== 'prebooking/not-yet' && code !== 'prebooking/missing')
      logger.error({ prebookingId, code, err: error }, 'openings: a race failed');
  }
}
