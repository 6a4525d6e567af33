// F4: which class of the day a prebooking means, after the gym has renamed, lengthened, moved, doubled or cancelled its classes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../services/gym/gym.ts';
import { missingIn, resolveSlot, type SlotWish } from '../../services/prebooking/class-choice.ts';

const WOD: Slot = {
  ...{ id: '501', day: '20260302', time: '18:00 - 19:00', timeId: '1800_60', classId: '5', name: 'WOD' },
  ...{ coach: 'Leo Ruiz', limit: 12, occupied: 4, waitlist: undefined, mine: undefined, reservationId: undefined },
  ...{ isCancelled: false, isBookable: true, isInPlan: true },
};
const slot = (change: Partial<Slot> = {}): Slot => ({ ...WOD, ...change });
const WISH: SlotWish = { timeId: '1800_60', className: 'WOD', classId: '501' };
const OTHERS = [slot({ id: '502', timeId: '1900_60' }), slot({ id: '503', timeId: '1800_60', name: 'Yoga' })];
const idOf = (slots: readonly Slot[], wish: SlotWish = WISH) => resolveSlot(slots, wish)?.id;

describe('the class of the wish', () => {
  test.each([
    ['as it was', {}],
    ['75 minutes long', { timeId: '1800_75', time: '18:00 - 19:15' }],
    ['with another coach', { coach: 'Marta' }],
    ['with words added', { name: 'WOD Murph' }],
    ['with words added in front', { name: 'Hero WOD' }],
    ['with the coach in its name', { name: 'WOD (Leo)' }],
    ['without a name', { name: '' }],
  ])('is the same id at the same start, %s', (_, change) => {
    expect(idOf([...OTHERS, slot(change)])).toBe('501');
  });

  test('is no other discipline under the same id, and no other hour', () => {
    expect(idOf([slot({ name: 'Yoga' })])).toBeUndefined();
    expect(missingIn([slot({ name: 'Yoga' })], WISH)).toBe('class-changed');
    expect(idOf([slot({ timeId: '1815_60' })])).toBeUndefined();
    expect(missingIn([slot({ timeId: '1815_60' })], WISH)).toBe('class-changed');
  });

  test.each([
    ['capitals and blanks', ' wod\t'],
    ['no-break blanks', '\u00a0WOD\u2007\u202f'],
    ['blanks without width', '\ufeffWOD\u200b'],
    ['full-width letters', 'ＷＯＤ'],
  ])('under a new id is the one of the same name, for all its %s', (_, name) => {
    expect(idOf([...OTHERS, slot({ id: '901', name })])).toBe('901');
  });

  test.each([
    ['Técnica', 'Te\u0301cnica'],
    ['Mañanas', 'MAN\u0303ANAS'],
    ['WOD & Core', 'WOD &amp; Core'],
    ['Halterofilia técnica', 'Halterofilia t&eacute;cnica'],
    ['WOD de 45′', 'WOD&nbsp;de 45&#8242;'],
    ['Straße', 'STRASSE'],
    ['WOD Leo', 'WOD'],
    ['WOD', 'WOD - Leo Ruiz'],
  ])('under a new id is the same name: %j is %j', (className, name) => {
    expect(idOf([...OTHERS, slot({ id: '901', name })], { ...WISH, className })).toBe('901');
  });

  test('with words added is not another class under a new id', () => {
    expect(idOf([slot({ id: '901', name: 'WOD Kids' })])).toBeUndefined();
    expect(missingIn([slot({ id: '901', name: 'WOD Kids' })], WISH)).toBe('class-changed');
  });

  test('doubled under new ids is the one with most room, the member’s own before it', () => {
    const [tight, wide] = [slot({ id: '901', occupied: 11 }), slot({ id: '902', occupied: 2 })];
    expect(idOf([tight, wide])).toBe('902');
    expect(idOf([wide, tight])).toBe('902');
    expect(idOf([slot({ id: '901', occupied: undefined }), slot({ id: '902', occupied: 12 })])).toBe('901');
    expect(idOf([{ ...tight, mine: 'booked' }, wide])).toBe('901');
    expect(idOf([tight, slot({ id: '902', occupied: 2, timeId: '1800_90' })])).toBe('901');
  });

  test('that is called off gives way to its replacement, and is told as called off without one', () => {
    const off = slot({ isCancelled: true, isBookable: false });
    expect(idOf([off, slot({ id: '901' })])).toBe('901');
    expect(idOf([off, ...OTHERS])).toBeUndefined();
    expect(missingIn([off, ...OTHERS], WISH)).toBe('class-cancelled');
  });

  test('that members may not book is no candidate', () => {
    expect(idOf([slot({ isBookable: false })])).toBeUndefined();
    expect(missingIn([slot({ isBookable: false })], WISH)).toBe('class-closed');
  });

  test('is gone only when nothing stands there', () => {
    expect(missingIn([slot({ id: '502', timeId: '1900_60' })], WISH)).toBe('class-gone');
    expect(missingIn([slot({ id: '503', name: 'Yoga' })], WISH)).toBe('class-changed');
    expect(missingIn([slot()], WISH)).toBeUndefined();
  });

  test('of a wish without a name is the only one of that hour, or one of several equal ones', () => {
    const nameless = { ...WISH, className: undefined };
    expect(idOf([slot(), ...OTHERS], nameless)).toBe('501');
    expect(idOf([slot({ id: '901' })], nameless)).toBe('901');
    expect(idOf([slot({ id: '901' }), slot({ id: '902', occupied: 0 })], nameless)).toBe('902');
    expect(idOf([slot({ id: '901' }), slot({ id: '902', name: 'Yoga' })], nameless)).toBeUndefined();
  });
});

describe('whatever the day', () => {
  const name = fc.constantFrom(
    'WOD',
    'wod ',
    'WOD Murph',
    'Yoga',
    'Open Box',
    'WOD Leo',
    'Técnica',
    'Te\u0301cnica',
    '',
  );
  const anySlot = fc.record({
    id: fc.constantFrom('501', '502', '503', '504'),
    timeId: fc.constantFrom('1800_60', '1800_75', '1815_60', '1900_60'),
    name,
    coach: fc.constantFrom(undefined, 'Leo Ruiz', 'Marta'),
    occupied: fc.constantFrom(undefined, 0, 5, 12),
    isCancelled: fc.boolean(),
    isBookable: fc.boolean(),
  });
  const anyDay = fc
    .uniqueArray(anySlot, { selector: ({ id }) => id, maxLength: 4 })
    .map((slots) => slots.map((one) => slot({ ...one, isBookable: one.isBookable && !one.isCancelled })));
  const anyWish = fc.record({
    timeId: fc.constantFrom('1800_60', '1900_60'),
    className: fc.option(name, { nil: undefined }),
    classId: fc.constantFrom(undefined, '501', '502'),
  });

  test('no class is chosen that is called off, closed or at another start; the order of the rows is nothing', () => {
    fc.assert(
      fc.property(anyDay, anyWish, (slots, wish) => {
        const found = resolveSlot(slots, wish);
        if (found) {
          expect(found).toMatchObject({ isCancelled: false, isBookable: true });
          expect(found.timeId.slice(0, 4)).toBe(wish.timeId.slice(0, 4));
        }
        const turned = resolveSlot(slots.toReversed(), wish);
        expect([turned?.occupied, turned === undefined]).toEqual([found?.occupied, found === undefined]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('exactly one is said: the class, or why there is none; and a row that stands at the hour is never told as gone', () => {
    fc.assert(
      fc.property(anyDay, anyWish, (slots, wish) => {
        const missing = missingIn(slots, wish);
        expect(missing === undefined).toBe(resolveSlot(slots, wish) !== undefined);
        const stands = slots.some((one) => one.timeId.startsWith(wish.timeId.slice(0, 4)) && !one.isCancelled);
        if (missing === 'class-gone') expect(stands).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a name is the same however it is written', () => {
    const blank = fc.constantFrom(' ', '\u00a0', '\t', '\u2003', '\u202f', '&nbsp;', '  ');
    const words = fc.array(fc.constantFrom('WOD', 'Técnica', 'Niños', 'Core', '5x5'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(words, blank, blank, fc.boolean(), fc.boolean(), (list, between, around, isLoud, isApart) => {
        const plain = list.join(' ');
        const cased = isLoud ? list.map((word) => word.toUpperCase()) : list;
        const written = `${around}${cased.join(between)}${around}`.normalize(isApart ? 'NFD' : 'NFC');
        expect(idOf([slot({ id: '901', name: written })], { ...WISH, className: plain })).toBe('901');
      }),
      { numRuns: 1_000 },
    );
  });
});
