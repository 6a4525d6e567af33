// How far our clock is from another server's clock, by the Date header of that server's answer. The caller of `measureSkewMs` decides whether the
// difference between the clocks is too large.
import type { Clock } from '../services/clock.ts';

/**
 * The largest tolerable difference between two servers' clocks, in ms. If the difference is larger, then leases, the check of signed deliveries and
 * the timing of races are unreliable.
 */
export const MAX_SKEW_MS = 2_000;

/**
 * Our clock minus the clock of the server that `ask` asks, in ms; 0 if the clocks may agree, because a Date header leaves out fractions of a second.
 * Throws what `ask` throws.
 */
export async function measureSkewMs(clock: Pick<Clock, 'now'>, ask: () => Promise<Date>): Promise<number> {
  const before = clock.now().getTime();
  const said = (await ask()).getTime();
  // A Date header leaves out fractions of a second, so the difference counts as zero while our clock is at most one second after the header's value.
  const after = clock.now().getTime();
  if (before > said + 1_000) return before - said - 1_000;
  return after < said ? after - said : 0;
}
