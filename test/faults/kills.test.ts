// P8: a process that is killed right after the gym's answers were delivered leaves all of them in its spool, except one that its code was handling.
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';
import { linesOfKills, playKills } from './kills/kills.ts';

/** How many processes are killed; `KILLS=500 npx vitest run test/faults/kills.test.ts`, or `npm run faults -- --only kills`, kills five hundred. */
const COUNT = Number(process.env['KILLS'] ?? 12);

test(`P8: of ${COUNT} processes killed right after delivery none loses an answer that had reached it`, {
  timeout: limitMs(900_000),
}, async () => {
  const tally = await playKills(COUNT, 1);
  expect(tally.lost, linesOfKills(tally).join('\n')).toEqual([]);
  expect(tally.heard).toBeGreaterThan(10 * COUNT);
});
