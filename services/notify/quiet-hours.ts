// Computes the end of a member's quiet hours, in which most notices wait. Quiet hours are wall time in the zone of the box of the notice's
// prebooking. For a notice without a prebooking, the zone is that of the box that the member joined first. `quietUntil` reads no clock and no
// database.
import { localMinutes } from '../prebooking/opening-rule.ts';
import type { QuietHours } from '../store/notice-store.ts';

const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

const minutesOf = (hour: string): number => Number(hour.slice(0, 2)) * 60 + Number(hour.slice(3, 5));

/**
 * The end of the quiet hours that contain `now`, to the minute; undefined outside of quiet hours. Across a clock change the result may be an hour
 * off; at the resulting instant the notice is checked against the quiet hours again. Throws request/invalid for a bad zone.
 */
export function quietUntil({ from, to }: QuietHours, zone: string, now: Date): Date | undefined {
  const at = localMinutes(now, zone);
  const begin = minutesOf(from);
  const end = minutesOf(to);
  const sinceBegin = (at - begin + DAY_MINUTES) % DAY_MINUTES;
  const length = (end - begin + DAY_MINUTES) % DAY_MINUTES;
  if (sinceBegin >= length) return undefined;
  const minuteStart = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  return new Date(minuteStart + (length - sinceBegin) * MINUTE_MS);
}
