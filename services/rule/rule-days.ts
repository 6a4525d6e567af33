// Calendar days: adding, counting, weekdays. Pure: calendars of zones are in services/prebooking/opening-rule.ts.

const DAY_MS = 24 * 60 * 60_000;

/** Midnight UTC of a calendar day YYYYMMDD, for counting days alone. */
const countable = (day: string): Date =>
  new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8))));
const dayOf = (at: Date): string => at.toISOString().slice(0, 10).replaceAll('-', '');

/** `count` days later; a negative number is earlier. */
export const addDays = (day: string, count: number): string =>
  dayOf(new Date(countable(day).getTime() + count * DAY_MS));

/** 1 is Monday. */
export const weekdayOf = (day: string): number => countable(day).getUTCDay() || 7;

/** Calendar days from one day to another. */
export const daysBetween = (from: string, to: string): number =>
  (countable(to).getTime() - countable(from).getTime()) / DAY_MS;

/** The next `count` days of that weekday, `from` may be the first. */
export function daysOfWeekday(weekday: number, from: string, count: number): string[] {
  const first = addDays(from, (weekday - weekdayOf(from) + 7) % 7);
  return Array.from({ length: count }, (_, week) => addDays(first, week * 7));
}
