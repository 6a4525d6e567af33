// Checks the instants of a wish: its class must begin after the present instant, within 366 days, and its opening must come before the class, by 366
// days at most. All functions of this file are pure. A wish for a class more than 366 days ahead is a mistake or an attack, and a database cannot
// store dates in the very far future.
import { Failure } from '../failures.ts';

/** 366 days in ms: how long before a class its opening can be, and how far ahead a wished class can be. */
const YEAR_MS = 366 * 24 * 60 * 60_000;

/** Throws prebooking/class-started for a class that has begun, request/invalid for a class more than 366 days ahead. */
export function checkClassInReach(startsAt: Date, now: Date): void {
  if (startsAt <= now) throw new Failure('prebooking/class-started', 'Expected a class that has not begun.');
  if (startsAt.getTime() - now.getTime() > YEAR_MS)
    throw new Failure('request/invalid', 'Expected day to be within 366 days.');
}

/** Throws request/invalid unless the opening is before the class begins, by 366 days at most; also for an invalid date. */
export function checkOpening(opensAt: Date, startsAt: Date): void {
  const leadMs = startsAt.getTime() - opensAt.getTime();
  if (leadMs > 0 && leadMs <= YEAR_MS) return;
  const by = startsAt.toISOString();
  throw new Failure('request/invalid', `Expected opensAt to be before the class begins (${by}), by 366 days at most.`);
}
