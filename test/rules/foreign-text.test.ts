// How a gym's text is compared, stored and shown.
import { expect, test } from 'vitest';
import { cleanName, decodeEntities, shortened, storable } from '../../services/gym/foreign-text.ts';

test.each([
  ['Jos&eacute;', 'José'],
  ['A&ntilde;o', 'Año'],
  ['&Aacute;lava', 'Álava'],
  ['R&#038;B', 'R&B'],
  ['&#x1F600;', '😀'],
  ['&lt;b&gt;', '<b>'],
  ['&nothing;', '&nothing;'],
  ['&#1114112;', ''],
])('%j is decoded to %j', (text, decoded) => {
  expect(decodeEntities(text)).toBe(decoded);
});

test.each([
  [' a\u00a0 b\t', 'a b'],
  ['a\u0000b\u200bc', 'abc'],
  ['x\ud800y', 'xy'],
])('%j is stored as %j', (text, stored) => {
  expect(storable(text)).toBe(stored);
});

test('a text is cut between characters', () => {
  expect(shortened('ab😀', 3)).toBe('ab');
  expect(shortened('ab😀', 4)).toBe('ab😀');
});

test('a name has composed accents, one blank between words, and 200 characters at most', () => {
  expect(cleanName('  Mari\u0301a&nbsp; P&eacute;rez ')).toBe('María Pérez');
  expect(cleanName('x'.repeat(300))).toHaveLength(200);
});
