// How old a session's last success may be. The only home of 18 and 25; freshness reads success only, never an attempt.

/** Cron renews a background session with a last success this old or older. Under 20, the tick: a 19.5-minute token must not wait. */
export const BACKGROUND_STALE_MS = 18 * 60_000;
/** A device session is renewed before use when its last success is older than this. */
export const DEVICE_STALE_MS = 25 * 60_000;
/** If nothing is eligible although a live session is older than this, the selection itself is broken. */
export const ALARM_MS = 25 * 60_000;
/** Two cycles of twenty minutes. If a session that should be alive has an older last success, the operator is alerted. */
export const AGED_MS = 40 * 60_000;

/** The latest instant of a last success that makes a background session due at `now` (18:00.000 is due, 17:59.999 is not). */
export const backgroundStaleAt = (now: Date): Date => new Date(now.getTime() - BACKGROUND_STALE_MS);

/** The latest instant of a last success that makes a device session stale at `now` (25:00.000 is not stale, 25:00.001 is). */
export const deviceStaleAt = (now: Date): Date => new Date(now.getTime() - DEVICE_STALE_MS - 1);

/** How far two good clocks may differ; the SQL functions allow the same. */
const CLOCKS_DIFFER_MS = 5_000;

/** A success in the future comes from a wrong clock, and proves nothing. */
export const isFromTheFuture = (lastSuccessAt: Date, now: Date): boolean =>
  lastSuccessAt.getTime() > now.getTime() + CLOCKS_DIFFER_MS;

/** Minutes since the last success. */
export const ageMinutes = (lastSuccessAt: Date, now: Date): number =>
  (now.getTime() - lastSuccessAt.getTime()) / 60_000;
