// Members' calendars: the secret address of each, stored as a hash, and entries that outlive the prebookings they were made from.
import { z } from 'zod';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

const entryRow = z.object({
  /** The entry's id in the calendar, which stays the same when the class changes. */
  uid: z.string(),
  className: text,
  timeId: z.string(),
  state: z.enum(['tentative', 'confirmed', 'waitlisted', 'cancelled']),
  readiness: text,
  startsAt: instant,
  endsAt: instant,
  /** How many times the entry has changed. */
  sequence: z.number(),
  changedAt: instant,
  boxName: z.string(),
  zone: z.string(),
});
export type CalendarEntry = z.infer<typeof entryRow>;
const calendarRow = z.object({ language: text, staleSince: maybeInstant, entries: z.array(entryRow) });
/** A calendar as shown at its address. */
export type CalendarRows = z.infer<typeof calendarRow>;

const dueRow = z.object({ userId: z.string(), days: z.array(z.object({ day: z.string(), box: boxRow })) });
/** A calendar for which the gym is due to be asked about its member's places, and the days and boxes to ask about. */
export type CalendarDue = z.infer<typeof dueRow>;

/** A member's place in a class, as the gym's list of the day shows it. */
export interface GymPlace {
  readonly timeId: string;
  readonly className: string;
  readonly state: 'confirmed' | 'waitlisted';
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** The database calls for calendars. */
export const calendarStore = (call: Call) => ({
  keepCalendar: (userId: string, secretHash: string, now: Date) =>
    call('keep_calendar', { user_id: userId, secret_hash: secretHash, now }, z.number()),
  removeCalendar: (userId: string) => call('remove_calendar', { user_id: userId }, z.number()),
  /** Updates every calendar from its member's prebookings; returns how many entries changed. */
  refreshCalendars: (now: Date) => call('refresh_calendars', { now }, z.number()),
  calendarsDue: (a: { everyMs: number; limit: number; now: Date }) =>
    call('calendars_due', { every_ms: a.everyMs, limit: a.limit, now: a.now }, z.array(dueRow)),
  noteCalendarDay: (a: { userId: string; boxId: string; day: string; mine: readonly GymPlace[]; now: Date }) =>
    call('note_calendar_day', { user_id: a.userId, box_id: a.boxId, day: a.day, mine: a.mine, now: a.now }, z.number()),
  /** @param heard false: the gym could not be asked, and the calendar says so until the gym answers. */
  noteCalendarAsked: (userId: string, heard: boolean, now: Date) =>
    call('note_calendar_asked', { user_id: userId, heard, now }, z.number()),
  /** Deletes entries of classes that began before `before`. Returns how many entries were deleted. */
  purgeCalendarEntries: (before: Date) => call('purge_calendar_entries', { before }, z.number()),
  /** Reads the calendar with this secret in its address; null if there is none. */
  readCalendar: (secretHash: string, now: Date) =>
    call('read_calendar', { secret_hash: secretHash, now }, calendarRow.nullable()),
});
