// Computes when a class starts and when it opens for booking, in the box's own time zone. This file reads no clock: it turns local dates and opening
// rules into instants (epoch milliseconds).
import { Temporal } from 'temporal-polyfill';
import type { OpeningRule } from './scenario.ts';

/** Turns a day as the gym writes it (YYYYMMDD) into a calendar date. Throws RangeError on a day that does not exist. */
export function dateOf(day: string): Temporal.PlainDate {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)].map(Number);
  return Temporal.PlainDate.from({ year: year ?? 0, month: month ?? 0, day: date ?? 0 }, { overflow: 'reject' });
}

/** The day of the instant `atMs` in the time zone `zone`, as the gym writes a day (YYYYMMDD). */
export const dayAt = (atMs: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs))
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .toString()
    .replaceAll('-', '');

// With Temporal's setting 'compatible' a local time that the change to summer time skips moves an hour later, and a local time that occurs twice
// means its first occurrence.
const instantOf = (date: Temporal.PlainDate, time: string, zone: string): number =>
  date.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(zone, { disambiguation: 'compatible' })
    .epochMilliseconds;

/** The instant at which a class starts on the day `day` if its hours are `time`, such as "18:00 - 19:00". */
export const startOf = (day: string, time: string, zone: string): number =>
  instantOf(dateOf(day), time.slice(0, 5), zone);

/** The instant at which the class opens for booking; -Infinity under the opening rule `always`, by which a class can always be booked. */
export function opensAt(rule: OpeningRule, day: string, time: string, zone: string): number {
  if (rule.kind === 'always') return Number.NEGATIVE_INFINITY;
  if (rule.kind === 'hours-before') return startOf(day, time, zone) - rule.hours * 3_600_000;
  const date = dateOf(day).subtract({ days: rule.days });
  if (rule.kind === 'days-before') return instantOf(date, time.slice(0, 5), zone);
  return instantOf(date, rule.kind === 'midnight' ? '00:00' : rule.at, zone);
}

/**
 * Makes a class's `timeid` out of its hours: "1800_60" out of "18:00 - 19:00". The length in minutes of a class that ends after midnight is counted
 * across midnight.
 */
export function timeIdOf(time: string): string {
  const [from, to] = time.split(' - ').map((part) => Number(part.slice(0, 2)) * 60 + Number(part.slice(3, 5)));
  const minutes = ((to ?? 0) - (from ?? 0) + 1440) % 1440;
  return `${time.slice(0, 5).replace(':', '')}_${minutes}`;
}
