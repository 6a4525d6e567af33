// P8: processes that are killed right after the gym's answers were delivered leave all of them in their spool.
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';
import { linesOfKills, playKills } from './kills/kills.ts';

/** `KILLS=500 npx vitest run test/faults/kills.test.ts`, or `npm run faults -- --only kills`, for as many. */
const COUNT = Number(process.env['KILLS'] ?? 12);

test(`P8: of ${COUNT} processes killed right after delivery none loses an answer that had reached it`, {
  timeout: limitMs(900_000),
}, async () => {
  const tally = await playKills(COUNT, 1);
  expect(tally.lost, linesOfKills(tally).join('\n')).toEqual([]);
  expect(tally.heard).toBeGreaterThan(10 * COUNT);
});
