// Writes a member's calendar as iCalendar text. The same entries always give the same text, because an entry's DTSTAMP is the instant of its last
// change. The digest of the calendar's text is the ETag of the HTTP answer.
import { createHash } from 'node:crypto';
import ical, { ICalEventStatus } from 'ical-generator';
import { zoneChanges, zonedAt } from '../prebooking/opening-rule.ts';
import { WORDS } from '../prebooking/words/languages.ts';
import type { Language } from '../prebooking/words/words.ts';
import type { CalendarEntry, CalendarRows } from '../store/calendar-store.ts';

const STATUS: Readonly<Record<CalendarEntry['state'], ICalEventStatus>> = {
  tentative: ICalEventStatus.TENTATIVE,
  waitlisted: ICalEventStatus.TENTATIVE,
  confirmed: ICalEventStatus.CONFIRMED,
  cancelled: ICalEventStatus.CANCELLED,
};

export interface Ics {
  readonly body: string;
  readonly etag: string;
}

/** @param language the language of all texts except the names of classes. */
export function icsOf({ entries, staleSince }: Omit<CalendarRows, 'language'>, language: Language): Ics {
  const words = WORDS[language].calendar;
  const description = staleSince && `${words.stale} (${staleSince.toISOString().slice(0, 16).replace('T', ' ')} UTC)`;
  const calendar = ical({
    name: 'puntual',
    prodId: { company: 'puntual', product: 'calendar', language: language.toUpperCase() },
    ttl: 15 * 60,
    ...(description && { description }),
  });
  calendar.timezone({ name: null, generator: (zone) => zoneText(zone, entries) });
  for (const entry of entries) {
    calendar.createEvent({
      id: `${entry.uid}@puntual`,
      sequence: entry.sequence,
      stamp: entry.changedAt,
      lastModified: entry.changedAt,
      start: zonedAt(entry.startsAt, entry.zone),
      end: zonedAt(entry.endsAt, entry.zone),
      timezone: entry.zone,
      summary: entry.className ?? 'puntual',
      location: entry.boxName,
      description: textOf(entry, language),
      status: STATUS[entry.state],
    });
  }
  const body = calendar.toString();
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

function textOf({ state, readiness }: CalendarEntry, language: Language): string {
  const words = WORDS[language].calendar;
  if (state === 'waitlisted') return words.waitlisted;
  if (state !== 'tentative') return '';
  const level = ['green', 'amber', 'red'].find((one) => one === readiness) as 'green' | 'amber' | 'red' | undefined;
  return level ? `${words.prebooked} ${words[level]}` : words.prebooked;
}

const DAY_MS = 24 * 60 * 60_000;

/** The VTIMEZONE block of a time zone: the changes of its clock within the time span of the entries. */
function zoneText(zone: string, entries: readonly CalendarEntry[]): string {
  const instants = entries.filter((one) => one.zone === zone).map(({ startsAt }) => startsAt.getTime());
  const from = new Date(Math.min(...instants) - DAY_MS);
  const parts = zoneChanges(zone, from, new Date(Math.max(...instants) + 2 * DAY_MS)).map(
    ({ localAt, offsetBefore, offsetAfter }) =>
      `BEGIN:STANDARD\r\nDTSTART:${localAt}\r\nTZOFFSETFROM:${offsetBefore}\r\nTZOFFSETTO:${offsetAfter}\r\nEND:STANDARD\r\n`,
  );
  return `BEGIN:VTIMEZONE\r\nTZID:${zone}\r\n${parts.join('')}END:VTIMEZONE`;
}
