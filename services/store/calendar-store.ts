// Members' calendars: an address that is kept hashed, and entries that outlive what they were made of.
import { z } from 'zod';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

const entryRow = z.object({
  /** The same through every change of one class. */
  uid: z.string(),
  className: text,
  timeId: z.string(),
  state: z.enum(['tentative', 'confirmed', 'waitlisted', 'cancelled']),
  readiness: text,
  startsAt: instant,
  endsAt: instant,
  /** How often it has changed. */
  sequence: z.number(),
  changedAt: instant,
  boxName: z.string(),
  zone: z.string(),
});
export type CalendarEntry = z.infer<typeof entryRow>;
const calendarRow = z.object({ language: text, staleSince: maybeInstant, entries: z.array(entryRow) });
/** A calendar as its address shows it. */
export type CalendarRows = z.infer<typeof calendarRow>;

const dueRow = z.object({ userId: z.string(), days: z.array(z.object({ day: z.string(), box: boxRow })) });
/** A calendar with places to look up at the gym. */
export type CalendarDue = z.infer<typeof dueRow>;

/** A place of the member's in the gym's list. */
export interface GymPlace {
  readonly timeId: string;
  readonly className: string;
  readonly state: 'confirmed' | 'waitlisted';
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** The verbs of calendars. */
export const calendarStore = (call: Call) => ({
  keepCalendar: (userId: string, secretHash: string, now: Date) =>
    call('keep_calendar', { user_id: userId, secret_hash: secretHash, now }, z.number()),
  removeCalendar: (userId: string) => call('remove_calendar', { user_id: userId }, z.number()),
  /** Brings every calendar up to its prebookings; answers how many entries changed. */
  refreshCalendars: (now: Date) => call('refresh_calendars', { now }, z.number()),
  calendarsDue: (a: { everyMs: number; limit: number; now: Date }) =>
    call('calendars_due', { every_ms: a.everyMs, limit: a.limit, now: a.now }, z.array(dueRow)),
  noteCalendarDay: (a: { userId: string; boxId: string; day: string; mine: readonly GymPlace[]; now: Date }) =>
    call('note_calendar_day', { user_id: a.userId, box_id: a.boxId, day: a.day, mine: a.mine, now: a.now }, z.number()),
  /** @param heard false: the gym could not be asked, and the calendar says so until it can. */
  noteCalendarAsked: (userId: string, heard: boolean, now: Date) =>
    call('note_calendar_asked', { user_id: userId, heard, now }, z.number()),
  /** Answers how many entries of classes before that instant left. */
  purgeCalendarEntries: (before: Date) => call('purge_calendar_entries', { before }, z.number()),
  /** Null for a secret of no calendar. */
  readCalendar: (secretHash: string, now: Date) =>
    call('read_calendar', { secret_hash: secretHash, now }, calendarRow.nullable()),
});
