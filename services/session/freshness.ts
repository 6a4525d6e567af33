// How old a session's last successful renewal may be before the session is due for renewal, and before the operator is alerted. The age limits, 18
// minutes for a background session and 25 minutes for a device session, stand only in this file. A failed attempt does not make a session fresh.

/**
 * Cron renews a background session with a last success at least this old, ms. The limit of 18 min is shorter than the 20 min between cron's runs,
 * so each run renews each session.
 */
export const BACKGROUND_STALE_MS = 18 * 60_000;
/** A device session is renewed before use when its last success is longer ago than this, ms. */
export const DEVICE_STALE_MS = 25 * 60_000;
/**
 * How long ago, in ms, a live session's last success may be before the session is overdue. If a session is overdue and a whole run tries to renew no
 * session, the selection of due sessions is broken.
 */
export const ALARM_MS = 25 * 60_000;
/** Twice the 20 min between cron's runs. If a session that should be alive has a last success longer ago than this, ms, the operator is alerted. */
export const AGED_MS = 40 * 60_000;

/** A background session is due at `now` if its last success was at this instant (exactly 18 min before `now`) or earlier. */
export const backgroundStaleAt = (now: Date): Date => new Date(now.getTime() - BACKGROUND_STALE_MS);

/** A device session is stale at `now` if its last success was at this instant (25 min and 1 ms before `now`) or earlier. */
export const deviceStaleAt = (now: Date): Date => new Date(now.getTime() - DEVICE_STALE_MS - 1);

/** How far the clocks of two machines may differ, ms; the SQL functions allow the same difference. */
const CLOCKS_DIFFER_MS = 5_000;

/** True if a last success lies in the future by more than clocks may differ: such a success comes from a wrong clock, and proves nothing. */
export const isFromTheFuture = (lastSuccessAt: Date, now: Date): boolean =>
  lastSuccessAt.getTime() > now.getTime() + CLOCKS_DIFFER_MS;

/** How many minutes have gone by since the last success. */
export const ageMinutes = (lastSuccessAt: Date, now: Date): number =>
  (now.getTime() - lastSuccessAt.getTime()) / 60_000;
