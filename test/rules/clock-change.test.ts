// Both clock changes of 2026 in both of Spain's zones: when a class starts, and when each kind of opening rule opens it.
import { describe, expect, test } from 'vitest';
import { classStartsAt, localDay, type OpeningRule, opensAt } from '../../services/prebooking/opening-rule.ts';

const MADRID = 'Europe/Madrid';
const CANARY = 'Atlantic/Canary';
const HOURS: OpeningRule = { kind: 'hours-before', hours: 72 };
const DAYS: OpeningRule = { kind: 'days-before', days: 3 };
const CLOCK: OpeningRule = { kind: 'clock', daysBefore: 3, at: '21:00' };
const MIDNIGHT: OpeningRule = { kind: 'midnight', daysBefore: 3 };
const iso = (at: Date): string => at.toISOString().replace('.000Z', 'Z');
const opens = (rule: OpeningRule, day: string, zone: string): string =>
  iso(opensAt(rule, { day, timeId: '1800_60' }, zone));

describe('spring, 29 March 2026', () => {
  test.each([
    ['Z1', MADRID, '0230_60', '2026-03-29T01:30:00Z'],
    ['Z1 Z7', CANARY, '0130_60', '2026-03-29T01:30:00Z'],
    ['before the gap', MADRID, '0130_60', '2026-03-29T00:30:00Z'],
    ['after the gap', MADRID, '0300_60', '2026-03-29T01:00:00Z'],
    ['in the evening', CANARY, '1800_60', '2026-03-29T17:00:00Z'],
  ])('%s: in %s the class %s starts at %s', (_row, zone, timeId, expected) => {
    expect(iso(classStartsAt('20260329', timeId, zone))).toBe(expected);
  });

  test.each([
    ['Z3', MADRID, HOURS, '2026-03-27T16:00:00Z'],
    ['Z3', MADRID, DAYS, '2026-03-27T17:00:00Z'],
    ['Z3 Z7', CANARY, HOURS, '2026-03-27T17:00:00Z'],
    ['Z3 Z7', CANARY, DAYS, '2026-03-27T18:00:00Z'],
    ['Z7', MADRID, CLOCK, '2026-03-27T20:00:00Z'],
    ['Z7', CANARY, CLOCK, '2026-03-27T21:00:00Z'],
    ['Z7', MADRID, MIDNIGHT, '2026-03-26T23:00:00Z'],
    ['Z7', CANARY, MIDNIGHT, '2026-03-27T00:00:00Z'],
  ] as const)('%s: in %s the rule %j opens Monday’s class at %s', (_row, zone, rule, expected) => {
    expect(opens(rule, '20260330', zone)).toBe(expected);
  });
});

describe('autumn, 25 October 2026', () => {
  test.each([
    ['Z2', MADRID, '0230_60', '2026-10-25T00:30:00Z'],
    ['Z2 Z7', CANARY, '0130_60', '2026-10-25T00:30:00Z'],
    ['after the overlap', MADRID, '0300_60', '2026-10-25T02:00:00Z'],
    ['in the evening', CANARY, '1800_60', '2026-10-25T18:00:00Z'],
  ])('%s: in %s the class %s starts at %s', (_row, zone, timeId, expected) => {
    expect(iso(classStartsAt('20261025', timeId, zone))).toBe(expected);
  });

  test.each([
    ['Z3', MADRID, HOURS, '2026-10-23T17:00:00Z'],
    ['Z3', MADRID, DAYS, '2026-10-23T16:00:00Z'],
    ['Z3 Z7', CANARY, HOURS, '2026-10-23T18:00:00Z'],
    ['Z3 Z7', CANARY, DAYS, '2026-10-23T17:00:00Z'],
    ['Z7', MADRID, CLOCK, '2026-10-23T19:00:00Z'],
    ['Z7', CANARY, CLOCK, '2026-10-23T20:00:00Z'],
    ['Z7', MADRID, MIDNIGHT, '2026-10-22T22:00:00Z'],
    ['Z7', CANARY, MIDNIGHT, '2026-10-22T23:00:00Z'],
  ] as const)('%s: in %s the rule %j opens Monday’s class at %s', (_row, zone, rule, expected) => {
    expect(opens(rule, '20261026', zone)).toBe(expected);
  });
});

test('Z5: five past midnight belongs to the box’s own day, in each zone', () => {
  const at = new Date('2025-12-31T23:05:00Z');
  expect([localDay(at, MADRID), localDay(at, CANARY), localDay(at, 'UTC')]).toEqual([
    '20260101',
    '20251231',
    '20251231',
  ]);
});

test('Z6: the process runs in the zone it was told to, so that the lines above prove something', () => {
  const told = process.env['EXPECTED_ZONE'];
  if (told !== undefined) expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(told);
});
