// How far our clock is from another server's clock, by the Date header of an answer. The caller decides whether the difference is too large.
import type { Clock } from '../services/clock.ts';

/** The largest tolerable difference, in ms; beyond it leases, signed deliveries and openings are unreliable. */
export const MAX_SKEW_MS = 2_000;

/**
 * Our clock minus the other server's clock in ms; 0 for a difference that the whole seconds of a Date header can explain. Throws what `ask` throws.
 */
export async function measureSkewMs(clock: Pick<Clock, 'now'>, ask: () => Promise<Date>): Promise<number> {
  const before = clock.now().getTime();
  const said = (await ask()).getTime();
  // A Date header leaves out fractions of a second, so a clock up to one second after the header's value counts as equal.
  const after = clock.now().getTime();
  if (before > said + 1_000) return before - said - 1_000;
  return after < said ? after - said : 0;
}
