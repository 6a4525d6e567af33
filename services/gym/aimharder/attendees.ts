// Reads the people in the classes of a day, as the gym shows them to the staff of a box. For a member that is not staff of the box, the gym's answer
// has no body. The people's names are only passed to the caller: no database row keeps them, and no alert quotes them.
import type { z } from 'zod';
import type { Attendee, AttendeesAnswer, ClassAttendees } from '../attendees.ts';
import type { GymBox, GymKey } from '../gym.ts';
import { type Line, readJsonOrNothing, unreadable } from './calls.ts';
import { athleteRow, isLogout, staffClassRow, staffDayAnswer } from './wire.ts';

/** True when the person gave the place back. The gym keeps such a person's row in the list `athletes` of the class, with a day in `cancelDay`. */
const isGone = (cancelDay: unknown): boolean => cancelDay !== null && cancelDay !== undefined && cancelDay !== '';

function attendeeOf({ name, realName, bookState, cancelDay }: z.infer<typeof athleteRow>): Attendee | undefined {
  const shown = realName ?? name;
  if (shown === undefined || isGone(cancelDay)) return undefined;
  if (bookState === 1) return { name: shown, state: 'booked' };
  return bookState === 0 ? { name: shown, state: 'waitlisted' } : undefined;
}

function classOf(row: unknown): ClassAttendees[] {
  const read = staffClassRow.safeParse(row).data;
  if (!read?.startTime) return [];
  const attendees = (read.athletes ?? []).flatMap((one) => {
    const athlete = athleteRow.safeParse(one).data;
    return (athlete && attendeeOf(athlete)) ?? [];
  });
  return [{ startsAt: read.startTime.slice(0, 5), name: read.className ?? '', coach: read.coachName, attendees }];
}

/**
 * Reads which people are booked or waitlisted in the classes of one day at a box. Throws gym/unreachable, gym/too-large, gym/blocked, gym/busy,
 * gym/unreadable.
 */
export async function readAttendees(line: Line, key: GymKey, box: GymBox, day: string): Promise<AttendeesAnswer> {
  const url = line.hosts.box(box.slug, '/api/coachBookings');
  const show = { showCurrent: '0', showCurrentPrev: '0', showCurrentNext: '0' };
  url.search = new URLSearchParams({ day, familyId: '', ...show }).toString();
  const { json, body } = await readJsonOrNothing(line, key, url, ['bookings', 'logout']);
  if (json === undefined) return { kind: 'not-shown' };
  const wire = staffDayAnswer.safeParse(json).data;
  if (wire && isLogout(wire.logout)) return { kind: 'session-dead' };
  if (!wire?.bookings) throw unreadable(body);
  return { kind: 'attendees', classes: wire.bookings.flatMap(classOf) };
}
