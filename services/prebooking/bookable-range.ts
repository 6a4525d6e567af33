// Which instants a wish may name: a class within a year that has not begun, and an opening before it that some rule could give. Pure. A wish
// beyond these is a mistake or an attack, and dates far out are more than a database can store.
import { Failure } from '../failures.ts';

/** As far ahead as an opening rule reaches. */
const YEAR_MS = 366 * 24 * 60 * 60_000;

/** Throws prebooking/class-started, request/invalid. */
export function checkClassInReach(startsAt: Date, now: Date): void {
  if (startsAt <= now) throw new Failure('prebooking/class-started', 'Expected a class that has not begun.');
  if (startsAt.getTime() - now.getTime() > YEAR_MS)
    throw new Failure('request/invalid', 'Expected day to be within 366 days.');
}

/** Throws request/invalid; also for an invalid date. */
export function checkOpening(opensAt: Date, startsAt: Date): void {
  const leadMs = startsAt.getTime() - opensAt.getTime();
  if (leadMs > 0 && leadMs <= YEAR_MS) return;
  const by = startsAt.toISOString();
  throw new Failure('request/invalid', `Expected opensAt to be before the class begins (${by}), by 366 days at most.`);
}
