// Which class in the gym's list of the day a prebooking request means, and which requests are refused.
import { expect, test } from 'vitest';
import type { Slot } from '../../services/gym/gym.ts';
import { type ClassWish, findClass } from '../../services/prebooking/find-class.ts';

const WOD: Slot = {
  ...{ id: '501', day: '20260302', time: '18:00 - 19:00', timeId: '1800_60', classId: '5', name: 'WOD' },
  ...{ coach: undefined, limit: 12, occupied: 4, waitlist: undefined, mine: undefined, reservationId: undefined },
  ...{ isCancelled: false, isBookable: true, isInPlan: true },
};
const YOGA: Slot = { ...WOD, id: '502', timeId: '1900_60', name: 'Yoga' };
const OFF: Slot = { ...WOD, isCancelled: true, isBookable: false };

test.each<[string, readonly Slot[], ClassWish, string]>([
  ['by its id', [WOD, YOGA], { classId: '502' }, '502 1900_60 Yoga'],
  ['by hour and name', [WOD, YOGA], { timeId: '1800_60', className: ' wod ' }, '501 1800_60 WOD'],
  ['that the gym has switched off', [{ ...WOD, isBookable: false }], { classId: '501' }, '501 1800_60 WOD'],
  [
    'of a day without a list, in the member’s words',
    [],
    { timeId: '1800_60', className: ' WOD ' },
    'undefined 1800_60 WOD',
  ],
  [
    'that was called off, with another choice that stands',
    [OFF, YOGA],
    { classId: '501', alternatives: [{ timeId: '1900_60', className: 'Yoga' }] },
    '501 1800_60 WOD',
  ],
])('finds a class %s', (_, slots, wish, found) => {
  const { classId, timeId, className } = findClass(slots, wish);
  expect(`${classId} ${timeId} ${className}`).toBe(found);
});

test.each<[string, readonly Slot[], ClassWish, string]>([
  ['without an hour on a day without a list', [], { className: 'WOD' }, 'prebooking/class-missing'],
  ['with neither id nor hour', [WOD], { className: 'WOD' }, 'prebooking/class-missing'],
  ['of an hour that has no class', [WOD], { timeId: '2000_60', className: 'WOD' }, 'prebooking/class-missing'],
  ['that was called off', [OFF, YOGA], { classId: '501' }, 'prebooking/class-cancelled'],
])('refuses a class %s', (_, slots, wish, code) => {
  expect(() => findClass(slots, wish)).toThrow(expect.objectContaining({ code }));
});
