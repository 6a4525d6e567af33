// The dates in the gym's own list of coming bookings: dates in words of three languages, and in other forms.
import { expect, test } from 'vitest';
import { dayIn } from '../../services/gym/aimharder/agenda.ts';

test.each([
  ['lunes, 2 de marzo de 2026', '20260302'],
  ['miércoles, 30 de septiembre de 2026', '20260930'],
  ['MARTES 1 de Setiembre de 2026', '20260901'],
  ['dilluns, 2 de març de 2026', '20260302'],
  ['dijous, 6 d’agost de 2026', '20260806'],
  ['dimarts, 7 de gener del 2027', '20270107'],
  ['Monday, 2 March 2026', '20260302'],
  ['2026-03-02', '20260302'],
  ['20260302', '20260302'],
  ['02/03/2026', '20260302'],
  ['mañana', undefined],
  ['2 de brumario de 2026', undefined],
  ['45/13/2026', undefined],
  ['', undefined],
])('%j is %s', (text, day) => {
  expect(dayIn(text)).toBe(day);
});
