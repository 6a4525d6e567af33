// When a cron line fires next: its fields, time zones, and the hours that summer time skips or repeats.
import { expect, test } from 'vitest';
import { nextRunAt } from '../../embedded/queue/cron.ts';

const next = (line: string, after: string) => nextRunAt(line, new Date(after)).toISOString();

test.each([
  ['* * * * *', '2026-11-20T10:00:00Z', '2026-11-20T10:01:00.000Z'],
  ['* * * * *', '2026-11-20T10:00:59.999Z', '2026-11-20T10:01:00.000Z'],
  ['*/20 * * * *', '2026-11-20T10:41:00Z', '2026-11-20T11:00:00.000Z'],
  ['5-10/5,30 9 * * *', '2026-11-20T09:06:00Z', '2026-11-20T09:10:00.000Z'],
  ['0 9 * * mon-fri', '2026-11-20T09:00:00Z', '2026-11-23T09:00:00.000Z'],
  ['0 0 * * 7', '2026-11-20T00:00:00Z', '2026-11-22T00:00:00.000Z'],
  ['0 0 1 jan *', '2026-11-20T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ['0 0 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
  ['30/10 * * * *', '2026-11-20T10:00:00Z', '2026-11-20T10:30:00.000Z'],
])('%s after %s fires at %s', (line, after, at) => {
  expect(next(line, after)).toBe(at);
});

test('with both kinds of day given either one is enough', () => {
  expect(next('0 0 13 * fri', '2026-11-20T00:00:00Z')).toBe('2026-11-27T00:00:00.000Z');
  expect(next('0 0 13 * fri', '2026-12-12T00:00:00Z')).toBe('2026-12-13T00:00:00.000Z');
});

test('a zone has its own nine o’clock, in summer and in winter', () => {
  expect(next('CRON_TZ=Europe/Madrid 0 9 * * *', '2026-07-01T07:00:00Z')).toBe('2026-07-02T07:00:00.000Z');
  expect(next('CRON_TZ=Europe/Madrid 0 9 * * *', '2026-12-01T07:59:59Z')).toBe('2026-12-01T08:00:00.000Z');
});

test('a time the clock skips fires once, when the clock has jumped', () => {
  expect(next('CRON_TZ=Europe/Madrid 30 2 * * *', '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
  expect(next('CRON_TZ=Europe/Madrid 30 2 * * *', '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
});

test('a time the clock shows twice fires the first time only', () => {
  expect(next('CRON_TZ=Europe/Madrid 30 2 * * *', '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
  expect(next('CRON_TZ=Europe/Madrid 30 2 * * *', '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
});

test.each([
  '',
  '* * * *',
  '60 * * * *',
  '* * * * * *',
  '*/0 * * * *',
  'a * * * *',
  '0 0 31 2 *',
  'CRON_TZ=Mars/Base 0 0 * * *',
  '1/2/3 * * * *',
  '9-5 25 * * *',
  '@daily',
  '2026-12-01T00:00:00',
])('the line "%s" is refused', (line) => {
  expect(() => next(line, '2026-11-20T10:00:00Z')).toThrow(/cron line/);
});
