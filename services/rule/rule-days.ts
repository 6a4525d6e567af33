// Calendar days: adding, counting, weekdays. The functions here are pure and know no time zones; services/prebooking/opening-rule.ts knows them.

const DAY_MS = 24 * 60 * 60_000;

/** Midnight UTC of a calendar day YYYYMMDD, used only for counting days. */
const countable = (day: string): Date =>
  new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8))));
const dayOf = (at: Date): string => at.toISOString().slice(0, 10).replaceAll('-', '');

/** The day `count` days after `day`, or before it if `count` is negative. */
export const addDays = (day: string, count: number): string =>
  dayOf(new Date(countable(day).getTime() + count * DAY_MS));

/** The weekday of a day, where 1 is Monday and 7 is Sunday. */
export const weekdayOf = (day: string): number => countable(day).getUTCDay() || 7;

/** The number of calendar days from one day to another. */
export const daysBetween = (from: string, to: string): number =>
  (countable(to).getTime() - countable(from).getTime()) / DAY_MS;

/** The next `count` days of a weekday; `from` itself counts if it has that weekday. */
export function daysOfWeekday(weekday: number, from: string, count: number): string[] {
  const first = addDays(from, (weekday - weekdayOf(from) + 7) % 7);
  return Array.from({ length: count }, (_, week) => addDays(first, week * 7));
}
