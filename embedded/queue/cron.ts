// When a cron line fires next, in its own time zone (`CRON_TZ=Europe/Madrid 0 9 * * *`; UTC without). Its own small reckoning:
// node-cron can only count from the present moment by its own clock, and lives in worker/. It keeps no schedule.
import { Failure } from '../../services/failures.ts';

interface Cron {
  readonly zone: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** With both kinds of day given, either may match, as in every cron. */
  readonly eitherDay: boolean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MS = 86_400_000;
/** 29 February can be eight years away. */
const HORIZON_DAYS = 366 * 8 + 2;

const refuse = (text: string): Failure =>
  new Failure('request/invalid', `Expected a cron line of five fields, got "${text.slice(0, 80)}".`);

function numbersOf(field: string, low: number, high: number, names: readonly string[] = [], firstName = low): number[] {
  const numberOf = (text: string): number => {
    const named = names.indexOf(text.toLowerCase());
    const value = named >= 0 ? named + firstName : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw refuse(field);
    return value;
  };
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', stepText, extra] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    if (!Number.isInteger(step) || step < 1 || extra !== undefined) throw refuse(field);
    const [from = '', to] = range.split('-');
    const first = range === '*' ? low : numberOf(from);
    const last = range === '*' || (to === undefined && stepText !== undefined) ? high : numberOf(to ?? from);
    for (let value = first; value <= last; value += step) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function parseCron(line: string): Cron {
  const [, zone = 'UTC', rest = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(line.trim()) ?? [];
  const fields = rest.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday) throw refuse(line);
  try {
    wallClock(zone);
  } catch {
    throw refuse(line);
  }
  return {
    zone,
    minutes: numbersOf(minute, 0, 59),
    hours: numbersOf(hour, 0, 23),
    days: new Set(numbersOf(day, 1, 31)),
    months: new Set(numbersOf(month, 1, 12, MONTHS)),
    weekdays: new Set(numbersOf(weekday, 0, 7, WEEKDAYS).map((value) => value % 7)),
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
  };
}

/** Reads an instant as the zone's wall clock shows it, written as if that were UTC. Throws RangeError for an unknown zone. */
function wallClock(zone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** The first instant at which the wall clock shows this; a time the clock skips counts by the offset from before the skip. */
function instantOf(wallMs: number, wall: (instantMs: number) => number): number {
  const before = wallMs - (wall(wallMs - DAY_MS) - (wallMs - DAY_MS));
  const after = wallMs - (wall(wallMs + DAY_MS) - (wallMs + DAY_MS));
  const shown = [before, after].filter((instantMs) => wall(instantMs) === wallMs);
  return shown.length > 0 ? Math.min(...shown) : before;
}

function matchesDay(cron: Cron, midnightMs: number): boolean {
  const date = new Date(midnightMs);
  const day = cron.days.has(date.getUTCDate());
  const weekday = cron.weekdays.has(date.getUTCDay());
  return cron.months.has(date.getUTCMonth() + 1) && (cron.eitherDay ? day || weekday : day && weekday);
}

/** The first firing after `after`. Throws `request/invalid` for a line that is none or never fires. */
export function nextRunAt(line: string, after: Date): Date {
  const cron = parseCron(line);
  const wall = wallClock(cron.zone);
  const today = Math.floor(wall(after.getTime()) / DAY_MS) * DAY_MS;
  for (let day = 0; day < HORIZON_DAYS; day++) {
    const midnightMs = today + day * DAY_MS;
    if (!matchesDay(cron, midnightMs)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const instantMs = instantOf(midnightMs + (hour * 60 + minute) * 60_000, wall);
        if (instantMs > after.getTime()) return new Date(instantMs);
      }
    }
  }
  throw refuse(line);
}
