// Which class of a day a rule means: the class that matches the rule, or the class that replaced it in the timetable. Where a rule might mean several
// classes, none is chosen.
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../services/gym/gym.ts';
import { classOfDay, withoutPlaces } from '../../services/rule/day-class.ts';

const slot = (id: string, timeId: string, name: string, more: Partial<Slot> = {}): Slot => ({
  ...{ id, day: '20260310', time: '', timeId, classId: undefined, name, coach: undefined, limit: 12, occupied: 0 },
  ...{ waitlist: undefined, mine: undefined, reservationId: undefined },
  ...{ isCancelled: false, isBookable: true, isInPlan: undefined },
  ...more,
});
const WOD = slot('501', '1800_60', 'WOD');
const YOGA = slot('502', '1900_60', 'Yoga');

describe('by its hour', () => {
  const wish = { timeId: '1800_60', className: 'WOD' };
  test.each([
    ['stands there', [WOD, YOGA], { slot: WOD }],
    ['is longer now', [slot('501', '1800_75', 'WOD')], { slot: slot('501', '1800_75', 'WOD') }],
    ['has another kind in its place', [slot('501', '1800_60', 'Yoga')], { finding: 'class-changed' }],
    [
      'is called off',
      [slot('501', '1800_60', 'WOD', { isCancelled: true, isBookable: false })],
      { finding: 'class-cancelled' },
    ],
    ['is gone', [YOGA], { finding: 'class-gone' }],
  ])('a class that %s', (_, slots, found) => {
    expect(classOfDay(wish, slots, [])).toEqual(found);
  });

  test('a class that is switched off may be switched on before it opens', () => {
    const off = slot('501', '1800_60', 'WOD', { isBookable: false });
    expect(classOfDay(wish, [off], []).slot?.id).toBe('501');
  });
});

describe('by its name alone', () => {
  test('the only class of that name, whatever its hour', () => {
    expect(classOfDay({ timeId: undefined, className: 'yoga' }, [WOD, YOGA], [])).toEqual({ slot: YOGA });
  });

  test('of two that answer none is taken', () => {
    const twice = [WOD, slot('503', '1900_60', 'wod')];
    expect(classOfDay({ timeId: undefined, className: 'WOD' }, twice, [])).toEqual({ finding: 'class-ambiguous' });
  });

  test('one that is called off is said to be', () => {
    const off = [slot('502', '1900_60', 'Yoga', { isCancelled: true, isBookable: false })];
    expect(classOfDay({ timeId: undefined, className: 'Yoga' }, off, [])).toEqual({ finding: 'class-cancelled' });
  });
});

test('an empty day is not published yet; with words of the box it is a holiday', () => {
  const wish = { timeId: '1800_60', className: 'WOD' };
  expect(classOfDay(wish, [], [])).toEqual({ finding: undefined });
  expect(classOfDay(wish, [], ['Cerrado por festivo'])).toEqual({ finding: 'class-gone' });
});

test('places of the reading session’s member are no other member’s', () => {
  const [seen] = withoutPlaces([slot('501', '1800_60', 'WOD', { mine: 'booked', reservationId: '9', isInPlan: true })]);
  expect(seen).toEqual(WOD);
});
