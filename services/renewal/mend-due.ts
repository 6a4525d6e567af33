// Signs in again for members with a kept login and a dead background session, if the member's hourly and daily limits on such sign-ins allow it. The
// openings of the member's prebookings in the next 24 hours reserve part of the daily limit. A deployment that is set to keep no logins deletes all
// kept logins.
import pLimit from 'p-limit';
import { asFailure } from '../failures.ts';
import { type KeptLoginServices, LEAD_MS, mend } from './kept-login.ts';

export interface MendServices extends KeptLoginServices {
  /** False when this deployment allows members no kept logins. */
  readonly allowKeptLogin?: boolean | undefined;
}

/** How many sign-ins are under way at the same time; few, because each sign-in looks to the gym like one more unknown device. */
const CONCURRENCY = 2;
const MAX_A_PASS = 100;

/**
 * Returns how many dead background sessions were replaced by a new login. If one member cannot be signed in, the error is logged, and the
 * pass goes on to sign in the next member. Throws database/… when the kept logins cannot be read.
 */
export async function mendDue(
  services: MendServices,
  { until, stopping }: { readonly until?: Date | undefined; readonly stopping?: AbortSignal | undefined },
): Promise<number> {
  const { store, clock, logger } = services;
  if (services.allowKeptLogin === false) {
    const forgotten = await store.dropKeptLogins(clock.now());
    if (forgotten > 0) logger.warn({ forgotten }, 'kept logins: forgotten, since this deployment keeps none');
    return 0;
  }
  const due = await store.keptLoginsDue({ leadMs: LEAD_MS, limit: MAX_A_PASS, now: clock.now() });
  const limit = pLimit(CONCURRENCY);
  const isOver = () => stopping?.aborted === true || (until !== undefined && clock.now() >= until);
  const ends = await Promise.all(
    due.map((one) =>
      limit(async () => {
        if (isOver()) return 'not-now';
        return mend(services, one).catch((error: unknown) => {
          logger.error(
            { userId: one.userId, code: asFailure(error).code },
            'kept login: a session could not be mended',
          );
          return 'failed';
        });
      }),
    ),
  );
  return ends.filter((end) => end === 'mended').length;
}
