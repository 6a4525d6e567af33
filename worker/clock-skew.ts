// How far our clock is from another server's clock, by the Date header of an answer. The caller judges the result.
import type { Clock } from '../services/clock.ts';

/** The largest tolerable difference, in ms; beyond it leases, signed deliveries and openings are unreliable. */
export const MAX_SKEW_MS = 2_000;

/** Our clock minus the other server's clock in ms; 0 within the whole second of a Date header. Throws what `ask` throws. */
export async function measureSkewMs(clock: Pick<Clock, 'now'>, ask: () => Promise<Date>): Promise<number> {
  const before = clock.now().getTime();
  const said = (await ask()).getTime();
  // A Date header has whole seconds, so that up to one second after its value is no difference.
  const after = clock.now().getTime();
  if (before > said + 1_000) return before - said - 1_000;
  return after < said ? after - said : 0;
}
