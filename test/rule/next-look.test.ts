// When the service reads the gym's list again for a rule's day without a prebooking: never after the class's opening. Three reads of the list are
// fixed: one day, one hour, and ten minutes before the opening.
import { describe, expect, test } from 'vitest';
import { isTimeToTell, nextLook } from '../../services/rule/next-look.ts';

const HOUR_MS = 3_600_000;
const OPENS = new Date('2026-03-07T17:00:00Z');
const ENDS = new Date('2026-03-10T17:00:00Z');
const time = { opensAt: OPENS, endsAt: ENDS };
const earlier = (hours: number, at = OPENS) => new Date(at.getTime() - hours * HOUR_MS);

describe('the next look', () => {
  test.each([
    [60, earlier(54)],
    // The read of the gym's list that is fixed at one day before the opening comes sooner than a read six hours after the last one.
    [26, earlier(24)],
    [24, earlier(18)],
    [6, earlier(1)],
    [1, earlier(1 / 6)],
  ])('%d hours before the opening is at its mark or six hours on', (hours, at) => {
    expect(nextLook(time, 6 * HOUR_MS, earlier(hours))).toEqual(at);
  });

  test('there is none in the last minutes, nor after', () => {
    expect(nextLook(time, 6 * HOUR_MS, earlier(0.1))).toBeUndefined();
    expect(nextLook(time, 60_000, OPENS)).toBeUndefined();
  });

  test('where no opening is known it goes on until the class', () => {
    expect(nextLook({ opensAt: undefined, endsAt: ENDS }, HOUR_MS, OPENS)).toEqual(earlier(-1));
  });
});

test('it is time to tell from a day before the opening until it', () => {
  const at = [25, 24, 1, 0].map((hours) => isTimeToTell(time, earlier(hours)));
  expect(at).toEqual([false, true, true, false]);
});
