// When a class opens, exactly, across clock changes, leap days and year ends, wherever the process runs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkDay,
  checkTimeZone,
  classEndsAt,
  classStartsAt,
  guessRuleFromOpening,
  localDay,
  type OpeningRule,
  opensAt,
  parseOpeningRule,
  parseTimeId,
  ruleFromAnnouncement,
} from '../../services/prebooking/opening-rule.ts';

const MADRID = 'Europe/Madrid';
const CANARY = 'Atlantic/Canary';
const HOUR_MS = 3_600_000;
const iso = (at: Date): string => at.toISOString();
const starts = (day: string, timeId: string, zone = MADRID): string => iso(classStartsAt(day, timeId, zone));
const opens = (rule: OpeningRule, day: string, timeId: string, zone = MADRID): string =>
  iso(opensAt(rule, { day, timeId }, zone));

describe('a class starts', () => {
  test.each([
    ['20260115', '1800_60', MADRID, '2026-01-15T17:00:00.000Z'],
    ['20260715', '1800_60', MADRID, '2026-07-15T16:00:00.000Z'],
    ['20260115', '1800_60', CANARY, '2026-01-15T18:00:00.000Z'],
    ['20260715', '1800_60', CANARY, '2026-07-15T17:00:00.000Z'],
    ['20260715', '1800_60', 'Europe/Lisbon', '2026-07-15T17:00:00.000Z'],
    ['20260101', '0005_60', MADRID, '2025-12-31T23:05:00.000Z'],
    ['20280229', '0700_60', MADRID, '2028-02-29T06:00:00.000Z'],
  ])('%s %s in %s at %s', (day, timeId, zone, expected) => {
    expect(starts(day, timeId, zone)).toBe(expected);
  });

  test('an hour later where the spring change skips its time', () => {
    expect(starts('20260329', '0230_60')).toBe('2026-03-29T01:30:00.000Z');
    expect(starts('20260329', '0330_60')).toBe('2026-03-29T01:30:00.000Z');
    expect(starts('20260329', '0130_60', CANARY)).toBe('2026-03-29T01:30:00.000Z');
  });

  test('at the first of two occurrences in the autumn change', () => {
    expect(starts('20261025', '0230_60')).toBe('2026-10-25T00:30:00.000Z');
    expect(starts('20261025', '0130_60', CANARY)).toBe('2026-10-25T00:30:00.000Z');
  });

  test('and ends after its elapsed minutes, also through a change', () => {
    expect(iso(classEndsAt('20261025', '0230_90', MADRID))).toBe('2026-10-25T02:00:00.000Z');
    expect(iso(classEndsAt('20260329', '0130_60', MADRID))).toBe('2026-03-29T01:30:00.000Z');
  });
});

describe('the opening by each rule', () => {
  test.each<[OpeningRule, string]>([
    [{ kind: 'hours-before', hours: 48 }, '2026-11-22T17:00:00.000Z'],
    [{ kind: 'hours-before', hours: 22 }, '2026-11-23T19:00:00.000Z'],
    [{ kind: 'days-before', days: 3 }, '2026-11-21T17:00:00.000Z'],
    [{ kind: 'clock', daysBefore: 2, at: '21:30' }, '2026-11-22T20:30:00.000Z'],
    [{ kind: 'clock', daysBefore: 2, at: '21:30:05' }, '2026-11-22T20:30:05.000Z'],
    [{ kind: 'midnight', daysBefore: 1 }, '2026-11-22T23:00:00.000Z'],
    [{ kind: 'midnight', daysBefore: 0 }, '2026-11-23T23:00:00.000Z'],
  ])('%j', (rule, expected) => {
    expect(opens(rule, '20261124', '1800_60')).toBe(expected);
  });

  test.each([
    [MADRID, '20260330', '2026-03-27T16:00:00.000Z', '2026-03-27T17:00:00.000Z'],
    [MADRID, '20261026', '2026-10-23T17:00:00.000Z', '2026-10-23T16:00:00.000Z'],
    [CANARY, '20260330', '2026-03-27T17:00:00.000Z', '2026-03-27T18:00:00.000Z'],
    [CANARY, '20261026', '2026-10-23T18:00:00.000Z', '2026-10-23T17:00:00.000Z'],
  ])('72 hours and 3 days part by an hour in %s before %s', (zone, day, byHours, byDays) => {
    expect(opens({ kind: 'hours-before', hours: 72 }, day, '1800_60', zone)).toBe(byHours);
    expect(opens({ kind: 'days-before', days: 3 }, day, '1800_60', zone)).toBe(byDays);
  });

  test('a fixed clock time that is skipped moves forward, one that comes twice means the first', () => {
    const rule: OpeningRule = { kind: 'clock', daysBefore: 1, at: '02:30' };
    expect(opens(rule, '20260330', '1800_60')).toBe('2026-03-29T01:30:00.000Z');
    expect(opens(rule, '20261026', '1800_60')).toBe('2026-10-25T00:30:00.000Z');
  });

  test('midnight is the first instant of the day, where the change skips midnight itself', () => {
    expect(opens({ kind: 'midnight', daysBefore: 0 }, '20240908', '1800_60', 'America/Santiago')).toBe(
      '2024-09-08T04:00:00.000Z',
    );
  });

  test('a class at five past midnight counts its own local day', () => {
    expect(opens({ kind: 'midnight', daysBefore: 1 }, '20260101', '0005_60')).toBe('2025-12-30T23:00:00.000Z');
    expect(opens({ kind: 'days-before', days: 1 }, '20260101', '0005_60')).toBe('2025-12-30T23:05:00.000Z');
  });

  test('days are counted over the leap day and the year’s end', () => {
    expect(opens({ kind: 'days-before', days: 1 }, '20280301', '0700_60')).toBe('2028-02-29T06:00:00.000Z');
    expect(opens({ kind: 'days-before', days: 1 }, '20270301', '0700_60')).toBe('2027-02-28T06:00:00.000Z');
    expect(opens({ kind: 'days-before', days: 7 }, '20270103', '0700_60')).toBe('2026-12-27T06:00:00.000Z');
  });
});

describe('the local day', () => {
  test('is the box’s, not UTC’s', () => {
    expect(localDay(new Date('2025-12-31T23:05:00.000Z'), MADRID)).toBe('20260101');
    expect(localDay(new Date('2025-12-31T23:05:00.000Z'), CANARY)).toBe('20251231');
    expect(localDay(new Date('2026-06-30T22:30:00.000Z'), MADRID)).toBe('20260701');
  });
});

const anyDay = fc
  .integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2036, 11, 31) })
  .map((ms) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', ''));
const two = (figure: number): string => String(figure).padStart(2, '0');
const anyTimeId = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${two(hour)}${two(minute)}_60`);
const anyZone = fc.constantFrom(MADRID, CANARY, 'Europe/Lisbon');

/** Gives what the clock of a time zone shows at an instant, by Node's own tables and without our code. */
function wallClock(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return format.format(at).replaceAll('-', '').replace(' ', 'T').replace(':', '');
}

describe('from 2024 to 2036', () => {
  test('a class starts at its own wall time, or an hour on where that time is skipped', () => {
    fc.assert(
      fc.property(anyDay, anyTimeId, anyZone, (day, timeId, zone) => {
        const wanted = `${day}T${timeId.slice(0, 4)}`;
        const wall = wallClock(classStartsAt(day, timeId, zone), zone);
        const moved = `${day}T${two(Number(timeId.slice(0, 2)) + 1)}${timeId.slice(2, 4)}`;
        expect(wall === wanted || (Number(timeId.slice(0, 2)) < 3 && wall === moved)).toBe(true);
        expect(localDay(classStartsAt(day, timeId, zone), zone)).toBe(day);
      }),
      { numRuns: 1_000 },
    );
  });

  test('N days and 24 N hours differ by nothing or by exactly one hour', () => {
    fc.assert(
      fc.property(anyDay, anyTimeId, anyZone, fc.integer({ min: 1, max: 14 }), (day, timeId, zone, days) => {
        const slot = { day, timeId };
        const byDays = opensAt({ kind: 'days-before', days }, slot, zone).getTime();
        const byHours = opensAt({ kind: 'hours-before', hours: days * 24 }, slot, zone).getTime();
        expect([-HOUR_MS, 0, HOUR_MS]).toContain(byDays - byHours);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the difference is one hour exactly when a clock change lies between, for every evening class of the changing months', () => {
    for (let at = Date.UTC(2024, 0, 5); at < Date.UTC(2037, 0, 1); at += 24 * HOUR_MS) {
      // The clocks change on the last Sundays of March and October, so only these months and the months after them are checked.
      if (![2, 3, 9, 10].includes(new Date(at).getUTCMonth())) continue;
      const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
      const slot = { day, timeId: '1800_60' };
      const byDays = opensAt({ kind: 'days-before', days: 3 }, slot, MADRID);
      const byHours = opensAt({ kind: 'hours-before', hours: 72 }, slot, MADRID);
      const offsets = [byDays, classStartsAt(day, '1800_60', MADRID)].map(
        (one) => Number(wallClock(one, MADRID).slice(9, 11)) - one.getUTCHours(),
      );
      expect(byDays.getTime() - byHours.getTime()).toBe(((offsets[1] ?? 0) - (offsets[0] ?? 0)) * HOUR_MS);
    }
  });

  test('every day exists, the 53rd week included, and is the day that follows the one before', () => {
    let before = classStartsAt('20231231', '1200_60', MADRID).getTime();
    let weeks53 = 0;
    for (let at = Date.UTC(2024, 0, 1); at < Date.UTC(2037, 0, 1); at += 24 * HOUR_MS) {
      const date = new Date(at);
      const day = date.toISOString().slice(0, 10).replaceAll('-', '');
      const noon = classStartsAt(day, '1200_60', MADRID).getTime();
      expect([23, 24, 25]).toContain((noon - before) / HOUR_MS);
      expect(iso(opensAt({ kind: 'days-before', days: 1 }, { day, timeId: '1200_60' }, MADRID))).toBe(
        new Date(before).toISOString(),
      );
      if (date.getUTCDay() === 4 && date.getUTCMonth() === 11 && date.getUTCDate() === 31) weeks53 += 1;
      before = noon;
    }
    expect(weeks53).toBeGreaterThan(0);
  });

  test('a guessed rule gives back the opening it was guessed from', () => {
    fc.assert(
      fc.property(anyDay, anyTimeId, anyZone, fc.integer({ min: 1, max: 200 }), (day, timeId, zone, hours) => {
        const slot = { day, timeId };
        const seen = opensAt({ kind: 'hours-before', hours }, slot, zone);
        const rule = guessRuleFromOpening([{ opensAt: seen, slot }], zone);
        expect(rule && iso(opensAt(rule, slot, zone))).toBe(iso(seen));
      }),
      { numRuns: 500 },
    );
  });
});

describe('guessing a rule', () => {
  const seen = (rule: OpeningRule, day: string, timeId: string) => ({
    opensAt: opensAt(rule, { day, timeId }, MADRID),
    slot: { day, timeId },
  });
  test.each<OpeningRule>([
    { kind: 'midnight', daysBefore: 2 },
    { kind: 'days-before', days: 3 },
    { kind: 'clock', daysBefore: 1, at: '21:30:00' },
    { kind: 'hours-before', hours: 22 },
    { kind: 'hours-before', hours: 45 },
  ])('two classes at different hours show %j', (rule) => {
    expect(
      guessRuleFromOpening([seen(rule, '20261124', '1800_60'), seen(rule, '20261125', '0715_60')], MADRID),
    ).toEqual(rule);
  });
  test('a clock change tells hours from days', () => {
    const rule: OpeningRule = { kind: 'hours-before', hours: 72 };
    expect(
      guessRuleFromOpening([seen(rule, '20261124', '1800_60'), seen(rule, '20261026', '1800_60')], MADRID),
    ).toEqual(rule);
  });
  test('openings that no rule explains give none', () => {
    const one = seen({ kind: 'days-before', days: 3 }, '20261124', '1800_60');
    const other = { ...seen({ kind: 'midnight', daysBefore: 1 }, '20261125', '0715_60') };
    expect(guessRuleFromOpening([one, other], MADRID)).toBeUndefined();
    expect(guessRuleFromOpening([{ ...one, opensAt: new Date('2026-11-25T00:00:00Z') }], MADRID)).toBeUndefined();
    expect(guessRuleFromOpening([], MADRID)).toBeUndefined();
  });
});

describe('what the gym announces', () => {
  test('becomes a rule in its own unit', () => {
    expect(ruleFromAnnouncement({ amount: 72, unit: 'hours' })).toEqual({ kind: 'hours-before', hours: 72 });
    expect(ruleFromAnnouncement({ amount: 3, unit: 'days' })).toEqual({ kind: 'days-before', days: 3 });
  });
  test.each([
    { amount: -1, unit: 'days' as const },
    { amount: 2.5, unit: 'days' as const },
    { amount: 1e9, unit: 'hours' as const },
  ])('%j is refused', (announced) => {
    expect(() => ruleFromAnnouncement(announced)).toThrow(expect.objectContaining({ code: 'request/invalid' }));
  });
});

describe('foreign values', () => {
  const refused = expect.objectContaining({ code: 'request/invalid' });
  test.each([
    '20260230',
    '20261301',
    '2026-11-24',
    '20270229',
    '',
    '202611240',
    '20261100',
  ])('the day %j is refused', (day) => {
    expect(() => checkDay(day)).toThrow(refused);
    expect(() => classStartsAt(day, '1800_60', MADRID)).toThrow(refused);
  });
  test.each(['2400_60', '1860_60', '1800', '18:00_60', '1800_', '1800_60x', ''])('the time %j is refused', (timeId) => {
    expect(() => parseTimeId(timeId)).toThrow(refused);
  });
  test.each(['Europe/Atlantis', '+02:00', '', 'Europe/Madrid; drop', '02:00'])('the zone %j is refused', (zone) => {
    expect(() => checkTimeZone(zone)).toThrow(refused);
    expect(() => opensAt({ kind: 'midnight', daysBefore: 0 }, { day: '20261124', timeId: '1800_60' }, zone)).toThrow(
      refused,
    );
  });
  test.each([
    null,
    {},
    { kind: 'weekly' },
    { kind: 'clock', daysBefore: 1, at: '24:00' },
    { kind: 'days-before', days: 1, more: 1 },
  ])('the rule %j is refused', (rule) => {
    expect(() => parseOpeningRule(rule)).toThrow(refused);
  });
  test('good ones pass unchanged', () => {
    expect(checkDay('20280229')).toBe('20280229');
    expect(checkTimeZone(CANARY)).toBe(CANARY);
    expect(parseTimeId('0005_45')).toEqual({ hour: 0, minute: 5, durationMinutes: 45 });
    expect(parseOpeningRule({ kind: 'midnight', daysBefore: 2 })).toEqual({ kind: 'midnight', daysBefore: 2 });
  });
});
