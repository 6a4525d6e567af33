// Notices do not wait for the minute's sweep where there is a process: every ten seconds it tells what is due. It warns of races that cannot
// run while there is a minute left to open the class by hand.

import { asFailure } from '../services/failures.ts';
import { deliverNotices } from '../services/notify/notify.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

const LOOK_EVERY_MS = 10_000;
/** A rescue is posted at the first look within this of the opening. */
const RESCUE_MS = 60_000;

export interface NoticeWatch {
  /** No further look; resolves when the running one is done. */
  stop(): Promise<void>;
}

/** One look: posts what the clock has made due, and tells. Answers how many were told. Throws database/…. */
export async function lookOnce(services: Services): Promise<number> {
  const now = services.clock.now();
  await services.store.postRescues(RESCUE_MS, now);
  await services.store.postReminders(now);
  await services.store.refreshCalendars(now);
  return deliverNotices(services);
}

/** Looks at once, then every so often. Never throws: what cannot be told now is told at the next look. */
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
