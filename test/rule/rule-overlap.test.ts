// Which weekly rules ask for a class for the same person at the same hour.
import { expect, test } from 'vitest';
import { overlapsWithRules } from '../../services/rule/rule-overlap.ts';

type Weekly = Parameters<typeof overlapsWithRules>[0];
const rule: Weekly = {
  ...{ id: 'one', weekday: 1, timeId: '1800_60', familyId: undefined, from: undefined, until: undefined },
  paused: false,
};
const other = (change: Partial<Weekly>): Weekly => ({ ...rule, id: 'other', ...change });

test.each<[string, Partial<Weekly>, boolean]>([
  ['at the same hour', {}, true],
  ['that begins before the end', { timeId: '1859_60' }, true],
  ['that begins at the end', { timeId: '1900_60' }, false],
  ['that ends at the beginning', { timeId: '1700_60' }, false],
  ['on another weekday', { weekday: 2 }, false],
  ['for another person', { familyId: '7' }, false],
  ['without an hour', { timeId: undefined }, false],
  ['that rests', { paused: true }, false],
  ['that is over before', { until: '20261130' }, false],
  ['that ends on the first day', { until: '20261201' }, true],
])('another rule %s: %j', (_, change, overlaps) => {
  expect(overlapsWithRules({ ...rule, from: '20261201' }, [rule, other(change)])).toBe(overlaps);
});

test('a rule that rests overlaps with none', () => {
  expect(overlapsWithRules({ ...rule, paused: true }, [other({})])).toBe(false);
});
