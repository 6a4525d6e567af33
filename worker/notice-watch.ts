// A long-running process delivers due notices every ten seconds; the sweep delivers notices, too, but comes only once a minute. A minute before an
// opening the process also warns each member whose race cannot run, so that the member can book by hand.

import { asFailure } from '../services/failures.ts';
import { deliverNotices } from '../services/notify/notify.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

const LOOK_EVERY_MS = 10_000;
/** How long, in ms, before an opening a member is warned of a race that cannot run. */
const RESCUE_MS = 60_000;

export interface NoticeWatch {
  /** Begins no further pass; resolves when the running pass is done. */
  stop(): Promise<void>;
}

/**
 * One pass: posts the warnings and reminders that are due, brings calendars up to date, and delivers all due notices. Returns how many notices were
 * delivered. Throws database/….
 */
export async function lookOnce(services: Services): Promise<number> {
  const now = services.clock.now();
  await services.store.postRescues(RESCUE_MS, now);
  await services.store.postReminders(now);
  await services.store.refreshCalendars(now);
  return deliverNotices(services);
}

/**
 * Runs one pass over notices immediately, then one every ten seconds. Never throws; a notice that could not be delivered is tried again in a later
 * pass.
 */
export function watchNotices(services: Services, { stopping }: Pick<AppContext, 'stopping'>): NoticeWatch {
  const { clock } = services;
  const logger = services.logger.child({ part: 'notice-watch' });
  const ending = new AbortController();
  const signal = AbortSignal.any([stopping, ending.signal]);
  const looking = (async () => {
    while (!signal.aborted) {
      await lookOnce({ ...services, logger }).catch((error: unknown) =>
        logger.warn({ code: asFailure(error).code }, 'notices: not looked at'),
      );
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      ending.abort();
      await looking;
    },
  };
}
