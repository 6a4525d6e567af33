// An entrant that was not ready when the others were loaded: armed and shot alone, never before the instant. One that is ready before the
// instant has the turn of when it asked; one that is ready later finds the first fired.
import { asFailure } from '../failures.ts';
import { arm } from './arm.ts';
import { isEntrant, takeFirstAims } from './entrant.ts';
import { ARM_LEAD_MS } from './fire-time.ts';
import { type Firing, isCrowded, shootNow, turnOf } from './firing.ts';
import type { Prepared } from './prepare.ts';
import type { EntrantShots } from './shots.ts';
import type { Volley } from './volley.ts';

/** Prebookings with a read of their day that was not over in time. */
export type Late = Prepared['late'];

/** Undefined: it did not shoot. Never throws before it has waited for its read. */
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
