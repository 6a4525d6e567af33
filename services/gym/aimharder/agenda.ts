// Reads a member's own list of coming bookings at a box. In a member's list of bookings, no id matches an id in the list of a day's classes, and the
// dates are prose ("lunes, 2 de marzo de 2026"). A member's list of bookings tells only on which days the member has a place; the lists of those
// days' classes tell in which class.
import type { AgendaAnswer } from '../agenda.ts';
import type { GymBox, GymKey } from '../gym.ts';
import { type Line, readJson, unreadable } from './calls.ts';
import { agendaAnswer, agendaRow, isLogout } from './wire.ts';

/** Patterns for the beginning of each month's name in Spanish, Catalan and English, January first. */
const MONTHS: readonly RegExp[] = [
  /^(ene|gen|jan)/,
  /^feb/,
  /^mar/,
  /^(abr|apr)/,
  /^(may|mai)/,
  /^jun/,
  /^jul/,
  /^(ago|aug)/,
  /^(sep|set)/,
  /^oct/,
  /^nov/,
  /^(dic|des|dec)/,
];

/** The day (YYYYMMDD) of a date in one of three forms: ISO 8601, day/month/year, or words (`2 de marzo de 2026`). Undefined for anything else. */
export function dayIn(date: string): string | undefined {
  const plain = date.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const compact = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(plain);
  if (compact) return written(compact[1], compact[2], compact[3]);
  const slashed = /(\d{1,2})[/.](\d{1,2})[/.](\d{4})/.exec(plain);
  if (slashed) return written(slashed[3], slashed[2], slashed[1]);
  const prose = /(\d{1,2})\s+(?:de\s+|d['’])?([a-z]{3,})\.?\s+(?:de[l]?\s+)?(\d{4})/.exec(plain);
  const month = MONTHS.findIndex((begins) => begins.test(prose?.[2] ?? ''));
  return prose && month >= 0 ? written(prose[3], String(month + 1), prose[1]) : undefined;
}

function written(year = '', month = '', day = ''): string | undefined {
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return undefined;
  return `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`;
}

/** Reads on which days the member has a place at a box. Throws gym/unreachable, gym/too-large, gym/blocked, gym/busy, gym/unreadable. */
export async function readAgenda(line: Line, key: GymKey, box: GymBox): Promise<AgendaAnswer> {
  const url = line.hosts.box(box.slug, '/api/nextBookings');
  url.search = new URLSearchParams({ box: box.platformBoxId }).toString();
  const { json, body } = await readJson(line, key, url, ['nextClasses', 'logout']);
  const wire = agendaAnswer.safeParse(json).data;
  if (wire && isLogout(wire.logout)) return { kind: 'session-dead' };
  const rows = wire?.nextClasses;
  if (!rows) throw unreadable(body);
  const places = rows.flatMap((row) => {
    const day = dayIn(agendaRow.safeParse(row).data?.date ?? '');
    return day === undefined ? [] : [{ day }];
  });
  // A list of bookings of which no row could be read is an error and does not count as an empty list.
  if (rows.length > 0 && places.length === 0) throw unreadable(body);
  if (places.length < rows.length)
    line.tell('places skipped: rows without a date', { skipped: rows.length - places.length });
  return { kind: 'agenda', places };
}
