// The classes of one day at one box, and whether a session still opens doors: the two reads, safe to repeat.
// "Not booked" here proves a session alive no more than a dead one: both see the day with nothing of theirs in it.
import type { DayAnswer, GymBox, GymKey, Slot } from '../gym.ts';
import { type Line, readJson, unreadable } from './calls.ts';
import { type BookingRow, bookingRow, dayAnswer, isLogout, whoamiAnswer } from './wire.ts';

const MINE: Readonly<Record<number, Slot['mine']>> = { 1: 'booked', 0: 'waitlisted' };

/** `18:00 - 19:00` → `1800_60`, for a row without its `timeid`. */
function timeIdOf(time: string): string | undefined {
  const [, h1, m1, h2, m2] = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(time.trim()) ?? [];
  if (!h1 || !m1 || !h2 || !m2) return undefined;
  const minutes = (Number(h2) - Number(h1)) * 60 + Number(m2) - Number(m1);
  return `${h1.padStart(2, '0')}${m1}_${minutes < 0 ? minutes + 24 * 60 : minutes}`;
}

function slotOf(row: BookingRow, day: string): Slot | undefined {
  const time = row.time ?? '';
  const timeId = row.timeid ?? timeIdOf(time);
  if (row.id === undefined || timeId === undefined) return undefined;
  return {
    id: row.id,
    day,
    time,
    timeId,
    classId: row.classId,
    name: row.className?.trim() ?? '',
    coach: row.coachName?.trim() || undefined,
    limit: row.limit ?? row.limitc,
    occupied: row.ocupation,
    // -1: this class keeps no waiting list.
    waitlist: row.waitlist !== undefined && row.waitlist >= 0 ? row.waitlist : undefined,
    mine: row.bookState === undefined ? undefined : MINE[row.bookState],
    reservationId: row.idres,
  };
}

/** Throws gym/unreachable, gym/blocked, gym/busy, gym/unreadable. */
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
  // A day of which nothing could be read is not an empty day.
  if (skipped > 0 && slots.length === 0) throw unreadable(body);
  if (skipped > 0) line.tell('classes skipped: rows without an id or a time', { day, skipped });
  return { kind: 'day', slots };
}

/** By `whoami`: a list with somebody in it, an empty one, or no evidence (blocked, down, HTML). */
export async function isAlive(line: Line, key: GymKey): Promise<boolean | undefined> {
  const read = await readJson(line, key, line.hosts.main('/api/whoami')).catch(() => undefined);
  const wire = whoamiAnswer.safeParse(read?.json).data;
  if (!wire) return undefined;
  if (isLogout(wire.logout)) return false;
  return Array.isArray(wire.data) ? wire.data.length > 0 : undefined;
}
