// Reads the classes of one day at one box, and whether the gym still knows a session; both reads are safe to repeat. A day on which the member has no
// place does not prove the session alive, because the gym shows a dead session the classes in the same way.
import type { DayAnswer, GymBox, GymKey, Slot } from '../gym.ts';
import { type Line, readJson, unreadable } from './calls.ts';
import { plainText } from './reason.ts';
import { type BookingRow, bookingRow, dayAnswer, isLogout, whoamiAnswer } from './wire.ts';

/** The form of a class's `timeid`: the start (HHMM), an underscore, and the length in minutes. A `timeid` of another form is ignored. */
const TIME_ID = /^(?:[01]\d|2[0-3])[0-5]\d_\d{1,4}$/;

/** Turns a class's time `18:00 - 19:00` into the `timeid` `1800_60`, for a row with an absent or malformed `timeid` (`900_60`). */
function timeIdOf(time: string): string | undefined {
  const [, h1, m1, h2, m2] = /^(\d{1,2})[:.](\d{2})\s*h?\s*[-–]\s*(\d{1,2})[:.](\d{2})/.exec(time) ?? [];
  if (!h1 || !m1 || !h2 || !m2) return undefined;
  const minutes = (Number(h2) - Number(h1)) * 60 + Number(m2) - Number(m1);
  const timeId = `${h1.padStart(2, '0')}${m1}_${minutes < 0 ? minutes + 24 * 60 : minutes}`;
  return TIME_ID.test(timeId) ? timeId : undefined;
}

/** The given id, or undefined for `0`, which the gym sends where there is no id. */
const given = (id: string | undefined): string | undefined => (id === '0' ? undefined : id);

/**
 * Whether the member is booked or waitlisted in the class of this row; undefined if neither. `bookState` 0 without a reservation id is not a place on
 * the waitlist: the member has no place in the class.
 */
function mineIn({ bookState, idres }: BookingRow): Slot['mine'] {
  if (bookState === 1) return 'booked';
  return bookState === 0 && given(idres) !== undefined ? 'waitlisted' : undefined;
}

function slotOf(row: BookingRow, day: string): Slot | undefined {
  const time = row.time ?? '';
  const timeId = row.timeid !== undefined && TIME_ID.test(row.timeid) ? row.timeid : timeIdOf(time);
  if (row.id === undefined || timeId === undefined) return undefined;
  const isCancelled = given(row.cancelledId) !== undefined;
  return {
    id: row.id,
    day,
    time,
    timeId,
    classId: row.classId,
    name: row.className ?? '',
    coach: row.coachName,
    limit: row.limitc ?? row.limit,
    occupied: row.ocupation,
    // `-1` means that the class of this row keeps no waitlist.
    waitlist: row.waitlist !== undefined && row.waitlist >= 0 ? row.waitlist : undefined,
    mine: mineIn(row),
    reservationId: given(row.idres),
    isCancelled,
    isBookable: !isCancelled && row.enabled !== 0 && row.resadmin !== 1,
    isInPlan: row.included === undefined ? undefined : row.included !== 0,
  };
}

/**
 * The fields in which the gym has been seen to send a message about a day, such as a holiday. The gym's message about a day may also be a bare text
 * that stands in none of these fields.
 */
const NOTICE_FIELDS = ['msg', 'message', 'text', 'title', 'resmsg'] as const;
const MAX_NOTICES = 10;

function noticesIn(resmsgs: readonly unknown[]): string[] {
  const words = resmsgs.map((one) => {
    if (typeof one !== 'object' || one === null) return typeof one === 'string' ? plainText(one) : '';
    const said = NOTICE_FIELDS.map((field) => Reflect.get(one, field)).filter((text) => typeof text === 'string');
    return plainText(said.join(' '));
  });
  return words.filter(Boolean).slice(0, MAX_NOTICES);
}

/** Reads the classes of one day at a box. Throws gym/unreachable, gym/too-large, gym/blocked, gym/busy, gym/unreadable. */
export async function readDay(
  line: Line,
  key: GymKey,
  box: GymBox,
  day: string,
  familyId?: string,
): Promise<DayAnswer> {
  const url = line.hosts.box(box.slug, '/api/bookings');
  url.search = new URLSearchParams({ day, box: box.platformBoxId, familyId: familyId ?? '' }).toString();
  const { json, body } = await readJson(line, key, url, ['bookings', 'logout']);
  const wire = dayAnswer.safeParse(json).data;
  if (wire && isLogout(wire.logout)) return { kind: 'session-dead' };
  const rows = wire?.bookings;
  if (!rows) throw unreadable(body);
  const slots = rows.flatMap((row) => {
    const read = bookingRow.safeParse(row).data;
    return (read && slotOf(read, day)) ?? [];
  });
  const skipped = rows.length - slots.length;
  // If a day has rows and none of them could be parsed, the read fails, because an empty list would say that the day has no classes.
  if (skipped > 0 && slots.length === 0) throw unreadable(body);
  if (skipped > 0) line.tell('classes skipped: rows without an id or a time', { day, skipped });
  return { kind: 'day', slots, notices: noticesIn(wire?.resmsgs ?? []) };
}

/**
 * Whether the gym's `whoami` knows the session: true if the answer names a person, false for a logout or for an empty list or object. Undefined when
 * the answer proves nothing (we are blocked, the gym is down, the answer is HTML).
 */
export async function isAlive(line: Line, key: GymKey): Promise<boolean | undefined> {
  const read = await readJson(line, key, line.hosts.main('/api/whoami')).catch(() => undefined);
  const wire = whoamiAnswer.safeParse(read?.json).data;
  if (!wire) return undefined;
  if (isLogout(wire.logout)) return false;
  return typeof wire.data === 'object' && wire.data !== null ? Object.keys(wire.data).length > 0 : undefined;
}
