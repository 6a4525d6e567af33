// Plays random races of every kind, and compares what their receipts say with the gym's own history; `npm run faults -- --only receipts` plays
// hundreds of races. With a printed seed in the environment variable `RECEIPTS_SEED`, the test plays the races of that seed again.
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';
import { runRaceCampaign } from './race/campaign.ts';
import { RECEIPT_PROFILES } from './race/race-profiles.ts';
import { linesOf } from './race/race-report.ts';

test('every field and sentence of every receipt agrees with the gym’s history, and no end is without one', {
  timeout: limitMs(300_000),
}, async () => {
  const seed = Number(process.env['RECEIPTS_SEED'] ?? Math.floor(Math.random() * 1e9));
  process.stdout.write(`receipts: RECEIPTS_SEED=${seed}\n`);
  const replay = '--only receipts --profile smoke';
  const tally = await runRaceCampaign({ seed, ...RECEIPT_PROFILES.smoke, replay, say: () => {} });
  expect(tally.found.length, `seed ${seed}\n${linesOf(tally).join('\n')}`).toBe(0);
  expect(tally.episodes).toBeGreaterThanOrEqual(40);
  expect(tally.kills).toBeGreaterThan(0);
});
