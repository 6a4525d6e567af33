// On a process, notices do not wait for the minute's sweep: every ten seconds it delivers those that are due. It warns of races that cannot run
// while there is a minute left to book by hand.

import { asFailure } from '../services/failures.ts';
import { deliverNotices } from '../services/notify/notify.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

const LOOK_EVERY_MS = 10_000;
/** The warning is posted at the first pass within this time of the opening. */
const RESCUE_MS = 60_000;

export interface NoticeWatch {
  /** Stops; resolves when the running pass is done. */
  stop(): Promise<void>;
}

/** One pass: posts what has become due by the clock, and delivers. Returns how many were delivered. Throws database/…. */
export async function lookOnce(services: Services): Promise<number> {
  const now = services.clock.now();
  await services.store.postRescues(RESCUE_MS, now);
  await services.store.postReminders(now);
  await services.store.refreshCalendars(now);
  return deliverNotices(services);
}

/** Runs a pass at once, then periodically. Never throws: a notice that fails now is delivered in a later pass. */
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
