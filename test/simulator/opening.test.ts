// When the pretend gym opens classes, by the box's own time zone, across both clock changes.
import { describe, expect, test } from 'vitest';
import { dayAt, opensAt, startOf, timeIdOf } from '../../simulator/opening.ts';

const MADRID = 'Europe/Madrid';
const iso = (atMs: number) => new Date(atMs).toISOString();

describe('a class starts', () => {
  test.each([
    ['20260115', MADRID, '2026-01-15T17:00:00.000Z'],
    ['20260715', MADRID, '2026-07-15T16:00:00.000Z'],
    ['20260115', 'Atlantic/Canary', '2026-01-15T18:00:00.000Z'],
  ])('at 18:00 on %s in %s', (day, zone, expected) => {
    expect(iso(startOf(day, '18:00 - 19:00', zone))).toBe(expected);
  });

  test('later when its time falls into the spring gap', () => {
    expect(iso(startOf('20260329', '02:30 - 03:30', MADRID))).toBe('2026-03-29T01:30:00.000Z');
  });

  test('at the first of two when its time happens twice', () => {
    expect(iso(startOf('20261025', '02:30 - 03:30', MADRID))).toBe('2026-10-25T00:30:00.000Z');
  });
});

describe('a class opens', () => {
  const monday = ['20260330', '18:00 - 19:00', MADRID] as const;
  test.each([
    [{ kind: 'hours-before', hours: 72 }, '2026-03-27T16:00:00.000Z'],
    [{ kind: 'days-before', days: 3 }, '2026-03-27T17:00:00.000Z'],
    [{ kind: 'fixed-time', days: 1, at: '21:30:15' }, '2026-03-29T19:30:15.000Z'],
    [{ kind: 'midnight', days: 2 }, '2026-03-27T23:00:00.000Z'],
  ] as const)('by %j, over the change to summer time', (rule, expected) => {
    expect(iso(opensAt(rule, ...monday))).toBe(expected);
  });
});

test('five past midnight belongs to the local day', () => {
  expect(dayAt(Date.parse('2025-12-31T23:05:00Z'), MADRID)).toBe('20260101');
});

test('the hour id carries start and minutes, across midnight too', () => {
  expect([timeIdOf('18:00 - 19:00'), timeIdOf('23:30 - 00:15')]).toEqual(['1800_60', '2330_45']);
});
