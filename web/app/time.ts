// Days and hours in a box's time zone, by the browser's calendar (Intl). A day is YYYYMMDD as in the HTTP contract.

const ISO: Intl.DateTimeFormatOptions = {
  ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
};
const formats = new Map<string, Intl.DateTimeFormat>();
/** A cached formatter: creating a formatter is slow, and every row needs the same formatters. */
function formatOf(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const kept = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, kept);
  return kept;
}

/** The date and hour that a zone's clock shows at an instant, as the epoch ms at which a clock in UTC shows them. */
function wallMs(atMs: number, timeZone: string): number {
  const parts = formatOf('en', { ...ISO, timeZone }).formatToParts(atMs);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'));
}

const dayOfMs = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
/** Noon UTC of a day, epoch ms. */
const noonOf = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)), 12);

export const dayIn = (atMs: number, timeZone: string): string => dayOfMs(wallMs(atMs, timeZone));
export const todayIn = (timeZone: string): string => dayIn(Date.now(), timeZone);
export const addDays = (day: string, count: number): string => dayOfMs(noonOf(day) + count * 86_400_000);
export const isDay = (text: string): boolean => /^\d{8}$/.test(text) && dayOfMs(noonOf(text)) === text;

/** `20261201` → `2026-12-01`, the format of a date field; empty for no day. */
export const isoOf = (day: string | null | undefined): string =>
  day ? `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}` : '';

const HALF_HOUR_MS = 1_800_000;
const aheads = new Map<string, number>();
/** How far, in ms, a zone's clock is ahead of UTC at an instant; cached per half hour, since zones change only at a full or half hour of UTC. */
function aheadMs(atMs: number, timeZone: string): number {
  const sinceMs = Math.floor(atMs / HALF_HOUR_MS) * HALF_HOUR_MS;
  const key = `${sinceMs} ${timeZone}`;
  const ahead = aheads.get(key) ?? wallMs(sinceMs, timeZone) - sinceMs;
  aheads.set(key, ahead);
  return ahead;
}

/** The instant at which a zone's clock shows this day and hour, epoch ms. @param hour such as `18:00`. */
export function instantAt(day: string, hour: string, timeZone: string): number {
  const wanted = noonOf(day) - 12 * 3_600_000 + minutesOf(hour) * 60_000;
  // The zone's offset from UTC is looked up twice: near a clock change the first guess is wrong by the size of the change.
  const guess = wanted - aheadMs(wanted, timeZone);
  return wanted - aheadMs(guess, timeZone);
}

const minutesOf = (hour: string): number => Number(hour.slice(0, 2)) * 60 + Number(hour.slice(3, 5));
/** `1800_60` → `18:00`; any other text is returned as it is. */
export const hourOf = (timeId: string): string => timeId.replace(/^(\d{2})(\d{2})_.*$/, '$1:$2');
/** The start in the text of a class's time: `18:00 - 19:00` → `18:00`. */
export const startOf = (time: string): string => /^\d{1,2}:\d{2}/.exec(time)?.[0].padStart(5, '0') ?? time;

export const dayWords = (day: string, language: string, style: 'long' | 'short' = 'long'): string =>
  formatOf(language, { timeZone: 'UTC', weekday: style, day: 'numeric', month: style }).format(noonOf(day));
export const weekdayOf = (day: string, language: string): string =>
  formatOf(language, { timeZone: 'UTC', weekday: 'short' }).format(noonOf(day));

/** The weekdays as the HTTP contract counts them: 1 is Monday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
export const weekdayNumber = (day: string): number => new Date(noonOf(day)).getUTCDay() || 7;
/** The name of a weekday, such as `martes`. The code relies on 1 January 2024 being a Monday. */
export const weekdayName = (weekday: number, language: string): string =>
  formatOf(language, { timeZone: 'UTC', weekday: 'long' }).format(Date.UTC(2024, 0, weekday, 12));

export const clockOf = (at: number | string, timeZone: string, withSeconds = false): string =>
  formatOf('en', {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(withSeconds && { second: '2-digit', fractionalSecondDigits: 3 }),
  }).format(typeof at === 'string' ? Date.parse(at) : at);

/** `mar 21:00`: weekday and hour of an instant in a box's zone, `timeZone`; an instant more than about six days away gets its date as well. */
export const instantWords = (at: string, timeZone: string, language: string): string => {
  const day = dayIn(Date.parse(at), timeZone);
  const near = Math.abs(noonOf(day) - Date.now()) < 6 * 86_400_000;
  return `${near ? weekdayOf(day, language) : dayWords(day, language, 'short')} ${clockOf(at, timeZone)}`;
};

const ZONE_KEPT_MS = 60_000;
let zone = { name: '', readAtMs: Number.NEGATIVE_INFINITY };
/** The phone's own time zone, read at most once a minute: reading it takes some ten milliseconds on a phone. */
export function ownZone(): string {
  if (Date.now() - zone.readAtMs > ZONE_KEPT_MS)
    zone = { name: Intl.DateTimeFormat().resolvedOptions().timeZone, readAtMs: Date.now() };
  return zone.name;
}

/** `mar, 1 dic 21:00`: an instant in the phone's own zone. */
export const momentWords = (at: string, language: string): string => {
  const here = ownZone();
  return `${dayWords(dayIn(Date.parse(at), here), language, 'short')} ${clockOf(at, here)}`;
};

/**
 * `21:00`: an instant of the current day, in the phone's own zone. An instant of another day is written with its day: `mar, 1 dic 21:00`.
 * @param atMs epoch ms
 */
export function sinceWords(atMs: number, language: string): string {
  const here = ownZone();
  return dayIn(atMs, here) === todayIn(here)
    ? clockOf(atMs, here)
    : momentWords(new Date(atMs).toISOString(), language);
}

/** The city that a zone is named for. */
export const cityOf = (timeZone: string): string => timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone;

/** The city that a zone is named for; undefined for the phone's own zone. */
export const foreignCity = (timeZone: string): string | undefined =>
  ownZone() === timeZone ? undefined : cityOf(timeZone);

/** `2 d 3 h`, `1:02:03`, `0:15`: the time left, given in ms. */
export function leftWords(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(s / 86_400),
    Math.floor((s % 86_400) / 3_600),
    Math.floor((s % 3_600) / 60),
  ];
  if (days > 0) return `${days} d ${hours} h`;
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
