// How far our clock is from another's, by the Date header of its answer. It concludes nothing.
import type { Clock } from '../services/clock.ts';

/** Leases, deliveries and openings can no longer be trusted beyond this. */
export const MAX_SKEW_MS = 2_000;

/** Our clock minus the other's, ms: 0 within the header's whole second. Throws what `ask` throws. */
export async function measureSkewMs(clock: Pick<Clock, 'now'>, ask: () => Promise<Date>): Promise<number> {
  const before = clock.now().getTime();
  const said = (await ask()).getTime();
  // A Date header is cut to the second: anything from its value to a second later is no skew at all.
  const after = clock.now().getTime();
  if (before > said + 1_000) return before - said - 1_000;
  return after < said ? after - said : 0;
}
