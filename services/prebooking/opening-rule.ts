// Computes when a class opens for booking. The calendar arithmetic of openings is all in this file: opening rules come in as data, instants go out.
// The functions read no clock and call no gym; the process's own time zone has no effect on them.
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { Failure } from '../failures.ts';

const wholeDays = z.int().min(0).max(366);

/**
 * The opening rule by which a box opens its classes, stored in the box's row.
 * - `hours-before`: the opening is `hours` elapsed hours before the class starts; a clock change in between moves the opening's wall time.
 * - `days-before`: the opening is `days` calendar days before the class, at the class's own wall time. "3 days" and "72 hours" differ by
 *   one hour when a clock change lies in between.
 * - `clock`: the opening is at a fixed wall time, `daysBefore` calendar days before the class's day.
 * - `midnight`: the opening is the first instant of the local day `daysBefore` days before the class's day.
 */
export const openingRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hours-before'), hours: z.number().min(0).max(8784) }),
  z.strictObject({ kind: z.literal('days-before'), days: wholeDays }),
  z.strictObject({
    kind: z.literal('clock'),
    daysBefore: wholeDays,
    at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/),
  }),
  z.strictObject({ kind: z.literal('midnight'), daysBefore: wholeDays }),
]);

export type OpeningRule = z.infer<typeof openingRuleSchema>;

/** Where a class stands in the box's timetable: local day YYYYMMDD, and start with length in minutes, such as `1800_60`. */
export interface SlotStart {
  readonly day: string;
  readonly timeId: string;
}

const HOUR_MS = 3_600_000;

const invalid = (what: string, expected: string): Failure =>
  new Failure('request/invalid', `Expected ${what} to be ${expected}.`, { details: { field: what } });

/** Checks untrusted data and returns it as an opening rule. Throws `request/invalid`. */
export function parseOpeningRule(value: unknown): OpeningRule {
  const parsed = openingRuleSchema.safeParse(value);
  if (!parsed.success)
    throw invalid('openingRule', 'one of hours-before, days-before, clock, midnight with its figures');
  return parsed.data;
}

/**
 * Returns the local calendar day (YYYYMMDD) unchanged if it exists. Throws `request/invalid` for a text that is not YYYYMMDD or a day that does not
 * exist.
 */
export function checkDay(day: string): string {
  plainDay(day);
  return day;
}

/** The start and the length that a timetable id such as `1800_60` names. Throws `request/invalid`. */
export function parseTimeId(timeId: string): { hour: number; minute: number; durationMinutes: number } {
  const match = /^([01]\d|2[0-3])([0-5]\d)_(\d{1,4})$/.exec(timeId);
  if (!match) throw invalid('timeId', 'start and minutes such as 1800_60');
  return { hour: Number(match[1]), minute: Number(match[2]), durationMinutes: Number(match[3]) };
}

/**
 * The names of time zones that were found to exist, kept because checking a name with `Intl.DateTimeFormat` takes far longer than the arithmetic that
 * follows.
 */
const foundZones = new Set<string>();
/**
 * How many names `foundZones` keeps at most. The IANA list has fewer names, but a name may be written in upper or lower case, and `foundZones` keeps
 * each spelling.
 */
const MAX_FOUND_ZONES = 1_000;

/**
 * Returns the name of an IANA time zone unchanged if it exists. Bare offsets such as `+01:00` are refused, because an offset contains no clock
 * changes. Throws `request/invalid`.
 */
export function checkTimeZone(timeZone: string): string {
  if (foundZones.has(timeZone)) return timeZone;
  if (!isTimeZone(timeZone)) throw invalid('timeZone', 'an IANA zone such as Europe/Madrid');
  if (foundZones.size < MAX_FOUND_ZONES) foundZones.add(timeZone);
  return timeZone;
}

function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The instant at which the box opens the class for booking, by its opening rule. Throws `request/invalid` for a bad day, timeId or zone. */
export function opensAt(rule: OpeningRule, slot: SlotStart, timeZone: string): Date {
  const zone = checkTimeZone(timeZone);
  const day = plainDay(slot.day);
  switch (rule.kind) {
    case 'hours-before':
      return new Date(classStartsAt(slot.day, slot.timeId, zone).getTime() - Math.round(rule.hours * HOUR_MS));
    case 'days-before':
      return instantOf(day.subtract({ days: rule.days }), plainStart(slot.timeId), zone);
    case 'clock':
      return instantOf(day.subtract({ days: rule.daysBefore }), Temporal.PlainTime.from(rule.at), zone);
    case 'midnight':
      return startOfDay(day.subtract({ days: rule.daysBefore }), zone);
  }
}

/**
 * The instant at which the class starts. A wall time that a clock change skips moves forward (02:30 → 03:30); a wall time that
 * occurs twice means its first occurrence. Throws `request/invalid`.
 */
export function classStartsAt(day: string, timeId: string, timeZone: string): Date {
  return instantOf(plainDay(day), plainStart(timeId), checkTimeZone(timeZone));
}

/** The instant at which the class ends: the class's start plus its length in elapsed minutes. Throws `request/invalid`. */
export function classEndsAt(day: string, timeId: string, timeZone: string): Date {
  const startsAt = classStartsAt(day, timeId, timeZone);
  return new Date(startsAt.getTime() + parseTimeId(timeId).durationMinutes * 60_000);
}

/** The calendar day (YYYYMMDD) in `timeZone` at `instant`. Throws `request/invalid` for a bad zone. */
export function localDay(instant: Date, timeZone: string): string {
  const zoned = zonedAt(instant, checkTimeZone(timeZone));
  return zoned.toPlainDate().toString().replaceAll('-', '');
}

/** Minutes since local midnight by the wall clock of `timeZone` at `instant`. Throws `request/invalid` for a bad zone. */
export function localMinutes(instant: Date, timeZone: string): number {
  const { hour, minute } = zonedAt(instant, checkTimeZone(timeZone));
  return hour * 60 + minute;
}

/**
 * The opening rule that a gym's refusal announces ("N days", "N hours"). Throws `request/invalid` for hours outside 0 to 8784, and for days that are
 * not a whole number from 0 to 366.
 */
export function ruleFromAnnouncement(announced: { amount: number; unit: 'hours' | 'days' }): OpeningRule {
  const { amount, unit } = announced;
  return parseOpeningRule(
    unit === 'hours' ? { kind: 'hours-before', hours: amount } : { kind: 'days-before', days: amount },
  );
}

/** The opening of one class, as observed in a race or announced by the gym. */
export interface SeenOpening {
  readonly opensAt: Date;
  readonly slot: SlotStart;
}

/**
 * The plainest opening rule that gives every seen opening to the millisecond; undefined when no rule does.
 * Several opening rules can explain a single opening; they are tried in the order midnight, days before, multiples of 12 hours, fixed clock time,
 * other hours. Two seen openings, of classes at different hours, usually have only one rule that explains both of them.
 */
export function guessRuleFromOpening(seen: readonly SeenOpening[], timeZone: string): OpeningRule | undefined {
  const [first, ...rest] = seen;
  if (!first) return undefined;
  return candidates(first, checkTimeZone(timeZone)).find((rule) =>
    [first, ...rest].every((one) => opensAt(rule, one.slot, timeZone).getTime() === one.opensAt.getTime()),
  );
}

function candidates(seen: SeenOpening, zone: string): OpeningRule[] {
  const opening = zonedAt(seen.opensAt, zone);
  const days = opening.toPlainDate().until(plainDay(seen.slot.day)).days;
  const hours = (classStartsAt(seen.slot.day, seen.slot.timeId, zone).getTime() - seen.opensAt.getTime()) / HOUR_MS;
  if (days < 0 || hours < 0) return [];
  const byHours: OpeningRule = { kind: 'hours-before', hours };
  const found: OpeningRule[] = [
    { kind: 'midnight', daysBefore: days },
    { kind: 'days-before', days },
    ...(hours % 12 === 0 ? [byHours] : []),
    { kind: 'clock', daysBefore: days, at: opening.toPlainTime().round('second').toString() },
    byHours,
  ];
  return found.filter((rule) => openingRuleSchema.safeParse(rule).success);
}

function plainDay(day: string): Temporal.PlainDate {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(day);
  if (!match) throw invalid('day', 'a calendar day YYYYMMDD');
  try {
    const parts = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
    return Temporal.PlainDate.from(parts, { overflow: 'reject' });
  } catch {
    throw invalid('day', 'a calendar day YYYYMMDD');
  }
}

function plainStart(timeId: string): Temporal.PlainTime {
  const { hour, minute } = parseTimeId(timeId);
  return new Temporal.PlainTime(hour, minute);
}

// 'compatible' is the rule of RFC 5545: a wall time in a gap moves forward, and a wall time in an overlap means its first occurrence.
const instantOf = (day: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): Date =>
  new Date(day.toPlainDateTime(time).toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds);

const startOfDay = (day: Temporal.PlainDate, zone: string): Date =>
  new Date(day.toZonedDateTime(zone).epochMilliseconds);

/** The instant as the wall clock of `zone` shows it. */
export const zonedAt = (instant: Date, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone);

/**
 * One UTC offset of a zone, as iCalendar writes it: the local time from which the offset holds, and the offsets before and after that time (`+0100`).
 */
export interface ZoneChange {
  readonly localAt: string;
  readonly offsetBefore: string;
  readonly offsetAfter: string;
}

/** The UTC offset that holds at `from`, and every change of the zone's offset until `to`. */
export function zoneChanges(zone: string, from: Date, to: Date): ZoneChange[] {
  const first = zonedAt(from, zone);
  const changes = [changeAt(first, first.offset)];
  let before = first;
  for (;;) {
    const next = before.getTimeZoneTransition('next');
    if (!next || next.epochMilliseconds > to.getTime()) return changes;
    changes.push(changeAt(next, before.offset));
    before = next;
  }
}

/** One change of a zone's offset as iCalendar writes it: the instant of the change is in the local time that held before. */
function changeAt(at: Temporal.ZonedDateTime, offsetBefore: string): ZoneChange {
  const local = at.toInstant().toZonedDateTimeISO(offsetBefore).toPlainDateTime().toString({ smallestUnit: 'second' });
  const plain = (offset: string) => offset.replaceAll(':', '').slice(0, 5);
  return { localAt: local.replace(/[-:]/g, ''), offsetBefore: plain(offsetBefore), offsetAfter: plain(at.offset) };
}

/** A change of a zone's clock: its instant, and the UTC offsets before and after it, such as `+01:00`. */
export interface ClockChange {
  readonly at: Date;
  readonly offsetBefore: string;
  readonly offsetAfter: string;
}

/** The first change of the zone's clock after `from` and not after `to`; undefined when there is none. */
export function clockChangeBetween(zone: string, from: Date, to: Date): ClockChange | undefined {
  const before = zonedAt(from, zone);
  const next = before.getTimeZoneTransition('next');
  if (!next || next.epochMilliseconds > to.getTime()) return undefined;
  return { at: new Date(next.epochMilliseconds), offsetBefore: before.offset, offsetAfter: next.offset };
}

/** The instant as the zone's clock shows it, with its UTC offset: `2026-03-31T18:00:00+02:00`. */
export const zonedText = (instant: Date, zone: string): string =>
  zonedAt(instant, zone).toString({ timeZoneName: 'never', fractionalSecondDigits: 0 });
