// The arithmetic of a message's `retryDelay`: the results are right, and an expression cannot run any code.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../embedded/queue/expression.ts';

test.each([
  ['1000', 0, 1000],
  ['1000 * (1 + retried)', 2, 3000],
  ['pow(2, retried) * 1000', 3, 8000],
  ['max(10, pow(2, retried))', 1, 10],
  ['min(5, 7, 6)', 0, 5],
  ['2 + 3 * 4 - 6 / 2', 0, 11],
  ['10 - 4 - 3', 0, 3],
  ['100 / 10 / 2', 0, 5],
  ['17 % 5', 0, 2],
  ['--5', 0, 5],
  ['floor(2.9) + ceil(2.1) + round(2.5) + abs(-1) + sqrt(9)', 0, 12],
  ['1e3 + .5', 0, 1000.5],
  ['exp(0) * retried', 4, 4],
])('%s with %i tries before is %d ms', (text, retried, ms) => {
  expect(retryDelayMs(text, retried)).toBe(ms);
});

test.each([
  ['-5', 0],
  ['pow(10, 99)', 86_400_000],
  ['0 / 0', 0],
  ['1 / 0', 86_400_000],
])('%s stays between nothing and a day', (text, ms) => {
  expect(retryDelayMs(text, 1)).toBe(ms);
});

test.each([
  '',
  ' ',
  '1 +',
  '(1',
  '1)',
  '1 2',
  'x',
  'retried()',
  'pow',
  'pow()',
  'constructor(1)',
  'toString',
  'process.exit(1)',
  '1;2',
  '`1`',
  'a=1',
  '1'.repeat(501),
])('"%s" is refused', (text) => {
  expect(() => retryDelayMs(text, 0)).toThrow(/arithmetic/);
});

test('any text is either a number of milliseconds or refused', () => {
  const piece = fc.constantFrom(
    'retried',
    'pow',
    'max',
    '(',
    ')',
    ',',
    '+',
    '-',
    '*',
    '/',
    '%',
    '1',
    '2.5',
    ' ',
    'if',
    '[',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      fc.nat(20),
      (text, retried) => {
        try {
          const ms = retryDelayMs(text, retried);
          return ms >= 0 && ms <= 86_400_000;
        } catch (cause) {
          return /arithmetic/.test(String(cause));
        }
      },
    ),
  );
});
