// F17: the warnings of a prebooking, one test for each condition.
import { expect, test } from 'vitest';
import { type Hours, type WarningFacts, warningsOf } from '../../services/prebooking/warnings.ts';

const at = (hour: string, timeId: string, more: Partial<Hours> = {}): Hours => ({
  id: `${hour} ${timeId}`,
  familyId: undefined,
  startsAt: new Date(`2026-03-02T${hour}:00Z`),
  timeId,
  status: 'scheduled',
  ...more,
});
const WISH = at('18:00', '1800_60', { id: 'wish' });
const fine: WarningFacts = {
  ...{ wish: WISH, others: [WISH], hasLogin: true, isZoneAssumed: false, hasChannel: true, isOpeningUnsure: false },
  ...{ isInPlan: true, isCancelled: false, quota: undefined },
};
const overlaps = (other: Hours, wish = WISH) =>
  warningsOf({ ...fine, wish, others: [wish, other] }).includes('overlaps');

test('a wish with all it needs is warned of nothing', () => {
  expect(warningsOf(fine)).toEqual([]);
});

test.each<[string, Partial<WarningFacts>, string[]]>([
  ['a dead login', { hasLogin: false }, ['login-needed']],
  ['a guessed zone', { isZoneAssumed: true }, ['zone-assumed']],
  ['no channel', { hasChannel: false }, ['no-channel']],
  ['a rule that little speaks for', { isOpeningUnsure: true }, ['opening-unsure']],
  ['a class outside of the plan', { isInPlan: false }, ['not-in-plan']],
  ['a plan of which the gym says nothing', { isInPlan: undefined }, []],
  ['more wishes than tokens', { quota: { waiting: 3, tokens: 2 } }, ['quota']],
  ['as many wishes as tokens', { quota: { waiting: 2, tokens: 2 } }, []],
  ['a class that is called off', { isCancelled: true }, ['class-cancelled']],
  [
    'everything at once, always in one order',
    { hasLogin: false, isZoneAssumed: true, hasChannel: false, others: [at('18:00', '1800_60')] },
    ['overlaps', 'login-needed', 'zone-assumed', 'no-channel'],
  ],
])('%s is named', (_what, change, expected) => {
  expect(warningsOf({ ...fine, ...change })).toEqual(expected);
});

test.each<[string, Hours, boolean]>([
  ['the same hour', at('18:00', '1800_60'), true],
  ['half an hour later', at('18:30', '1830_60'), true],
  ['a long class that began before', at('16:00', '1600_150'), true],
  ['a short one within', at('18:15', '1815_15'), true],
  ['one that begins when it ends', at('19:00', '1900_60'), false],
  ['one that ends when it begins', at('17:00', '1700_60'), false],
  ['another day', at('18:00', '1800_60', { startsAt: new Date('2026-03-03T18:00:00Z') }), false],
  ['an odd time id, taken for an hour', at('17:30', '900'), true],
  ['another person of the family', at('18:00', '1800_60', { familyId: '7' }), false],
])('%s: %o', (_what, other, expected) => {
  expect(overlaps(other)).toBe(expected);
});

test('a place held counts, one that was lost or taken back does not', () => {
  const by = (status: Hours['status']) => overlaps(at('18:00', '1800_60', { status }));
  expect((['booked', 'waitlisted', 'armed', 'unknown'] as const).map(by)).toEqual([true, true, true, true]);
  expect((['refused', 'withdrawn', 'missed', 'unconfirmed'] as const).map(by)).toEqual([false, false, false, false]);
});
