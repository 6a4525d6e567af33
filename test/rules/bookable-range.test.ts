// For which classes, and with which openings, a prebooking may be made.
import { expect, test } from 'vitest';
import { checkClassInReach, checkOpening } from '../../services/prebooking/bookable-range.ts';

const now = new Date('2026-11-24T17:00:00.000Z');
const DAY_MS = 24 * 60 * 60_000;
const after = (ms: number): Date => new Date(now.getTime() + ms);
const codeOf = (check: () => void): unknown => {
  try {
    check();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'fine';
};

test.each([
  ['begins now', 0, 'prebooking/class-started'],
  ['begins in a millisecond', 1, 'fine'],
  ['begins in 366 days', 366 * DAY_MS, 'fine'],
  ['begins later than that', 366 * DAY_MS + 1, 'request/invalid'],
])('a class that %s: %s', (_, ms, code) => {
  expect(codeOf(() => checkClassInReach(after(ms), now))).toBe(code);
});

test.each([
  ['a millisecond before the class', after(-1), 'fine'],
  ['366 days before the class', after(-366 * DAY_MS), 'fine'],
  ['earlier than that', after(-366 * DAY_MS - 1), 'request/invalid'],
  ['when the class begins', now, 'request/invalid'],
  ['at no instant', new Date(Number.NaN), 'request/invalid'],
])('an opening %s: %s', (_, opensAt, code) => {
  expect(codeOf(() => checkOpening(opensAt, now))).toBe(code);
});
