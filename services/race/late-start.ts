// Arms an entrant that was not ready when the other entrants' requests were loaded, and shoots for it alone, never before the firing instant. A late
// entrant that is ready before the firing instant takes its turn by the age of its prebooking. A late entrant that is ready after the firing instant
// shoots after the entrants that were fired at that instant.
import { asFailure } from '../failures.ts';
import { arm } from './arm.ts';
import { isEntrant, takeFirstAims } from './entrant.ts';
import { ARM_LEAD_MS } from './fire-time.ts';
import { type Firing, isCrowded, shootNow, turnOf } from './firing.ts';
import type { Prepared } from './prepare.ts';
import type { EntrantShots } from './shots.ts';
import type { Volley } from './volley.ts';

/** Prebookings for which the gym's list was still being read when the other entrants' requests were loaded. */
export type Late = Prepared['late'];

/** Shoots for one late entrant in its turn; returns undefined when the entrant did not shoot. Never throws. */
export async function shootLate(
  firing: Firing,
  { prebooking, ready }: Late[number],
  volley: Volley,
): Promise<EntrantShots | undefined> {
  const { race, ends, queue } = firing;
  const sleepUntil = (instantMs: number) => race.clock.sleep(instantMs - race.nowMs());
  const one = await ready;
  if (one && !isEntrant(one)) ends.decided(one);
  if (!one || !isEntrant(one)) return undefined;
  const { doubled } = takeFirstAims(race.aims, [one]);
  doubled.forEach(ends.decided);
  if (doubled.length > 0) return undefined;
  queue.arrive(one);
  await sleepUntil(race.atMs - ARM_LEAD_MS);
  const armed = await arm(race, [one]).catch((error: unknown) => {
    race.logger.warn(
      { prebookingId: prebooking.id, code: asFailure(error).code },
      'race: a late one could not be armed',
    );
  });
  if (!armed?.ids.has(prebooking.id)) return undefined;
  volley.makeRoom(one);
  await sleepUntil(race.atMs);
  const isBehind = isCrowded(firing, one);
  if (isBehind) await turnOf(firing, one);
  return shootNow(firing, armed, one, isBehind);
}
