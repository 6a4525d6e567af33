// A box's opening rule in words, as a member reads it, in both languages.
import { expect, test } from 'vitest';
import { openingCard } from '../../services/prebooking/opening-words.ts';

const boxWith = (openingRule: unknown, openingRuleSource: 'unknown' | 'observed' | 'declared' = 'declared') => ({
  ...{ id: 'a box', openingRule, openingRuleSource },
});

test.each([
  [{ kind: 'hours-before', hours: 1 }, '1 hour before the class begins', '1 hora antes de que empiece la clase'],
  [
    { kind: 'days-before', days: 2 },
    '2 days before the class, at the hour of the class',
    '2 días antes de la clase, a la hora de la clase',
  ],
  [
    { kind: 'clock', daysBefore: 0, at: '07:30' },
    'at 07:30, on the day of the class',
    'a las 07:30, el mismo día de la clase',
  ],
  [{ kind: 'midnight', daysBefore: 1 }, 'at 00:00, 1 day before the class', 'a las 00:00, 1 día antes de la clase'],
])('%j', (rule, en, es) => {
  expect(openingCard(boxWith(rule), 'en').words).toBe(`Booking opens ${en}.`);
  expect(openingCard(boxWith(rule), 'es').words).toBe(`La reserva se abre ${es}.`);
});

test('a box without a rule has a link to where the member can say it', () => {
  const card = openingCard(boxWith(undefined, 'unknown'), 'en');
  expect(card).toMatchObject({ rule: null, source: 'none', link: '/classes?box=a+box' });
});

test('a rule that was observed is learned, and one that is no rule is refused', () => {
  expect(openingCard(boxWith({ kind: 'hours-before', hours: 24 }, 'observed'), 'en').source).toBe('learned');
  expect(() => openingCard(boxWith({ kind: 'never' }), 'en')).toThrow(
    expect.objectContaining({ code: 'request/invalid' }),
  );
});
