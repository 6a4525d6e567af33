// When two names mean one class: differences of spelling, coach and added words do not count.
import { expect, test } from 'vitest';
import { isSameButForCoach, isSameDiscipline, isSameName, normalName } from '../../services/prebooking/class-name.ts';

test.each([
  ['Halterofilia  básica', 'HALTEROFILIA BASICA'],
  ['wod&nbsp;18h', 'WOD 18H'],
  ['Fuer\u00adza\u200b', 'FUERZA'],
])('%j is written %j', (name, normal) => {
  expect(normalName(name)).toBe(normal);
});

test.each([
  ['5 x 5', '5x5', true],
  ['WOD', 'wod ', true],
  ['WOD', 'WOD+', false],
])('%j and %j are the same name: %j', (one, other, same) => {
  expect(isSameName(one, other)).toBe(same);
});

const by = (name: string, coach?: string) => ({ name, coach, coaches: ['Leo Ruiz', 'Marta'] });
test.each([
  ['WOD Leo', by('WOD - Marta', 'Marta'), true],
  ['WOD (Leo)', by('WOD'), true],
  ['WOD', by('WOD Marta', 'Leo Ruiz'), false],
  ['WOD', by('WOD+'), false],
])('%j and %j are the same class but for the coach: %j', (wished, listed, same) => {
  expect(isSameButForCoach(wished, listed)).toBe(same);
});

test.each([
  ['WOD', by('Hero WOD Murph'), true],
  ['WOD Murph Leo', by('WOD'), true],
  ['WOD', by('Yoga'), false],
  ['Leo', by('Yoga'), false],
  ['', by('Yoga'), true],
])('%j and %j are the same discipline: %j', (wished, listed, same) => {
  expect(isSameDiscipline(wished, listed)).toBe(same);
});
