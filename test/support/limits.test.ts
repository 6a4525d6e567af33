// Time limits in tests follow the machine: never shorter than on an idle machine, and never so long that a hanging test goes unnoticed.
import { expect, inject, test } from 'vitest';
import { limitMs } from './limits.ts';
import { measurePace } from './pace.ts';

test('a limit is as long as on an idle machine, or up to eight times as long', () => {
  expect(limitMs(1_000)).toBe(Math.ceil(1_000 * inject('pace')));
  for (const pace of [inject('pace'), measurePace()]) {
    expect(pace).toBeGreaterThanOrEqual(1);
    expect(pace).toBeLessThanOrEqual(8);
  }
});
