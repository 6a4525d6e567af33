// Calendar days are counted across the ends of months and years, and across the night in which summer time ends.
import { expect, test } from 'vitest';
import { addDays, daysBetween, daysOfWeekday, weekdayOf } from '../../services/rule/rule-days.ts';

test.each([
  ['20261231', 1, '20270101'],
  ['20280228', 1, '20280229'],
  ['20261025', 1, '20261026'],
  ['20260301', -1, '20260228'],
])('%s and %i days is %s', (from, count, to) => {
  expect(addDays(from, count)).toBe(to);
  expect(daysBetween(from, to)).toBe(count);
});

test.each([
  ['20261123', 1],
  ['20261129', 7],
])('%s is weekday %i', (day, weekday) => {
  expect(weekdayOf(day)).toBe(weekday);
});

test('the next days of a weekday begin with the first day itself where it is one', () => {
  expect(daysOfWeekday(1, '20261123', 2)).toEqual(['20261123', '20261130']);
  expect(daysOfWeekday(1, '20261124', 2)).toEqual(['20261130', '20261207']);
});
