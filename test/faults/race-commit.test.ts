// The race under faults, as much of it as every commit must bear; `npm run faults -- --only race` plays more of the same.
// The wrong twins are in race/controls/race-controls.test.ts. Nothing here is about the real AimHarder.
import { expect, test } from 'vitest';
import { runRaceCampaign } from './race/campaign.ts';
import { RACE_PROFILES } from './race/race-profiles.ts';
import { linesOf } from './race/race-report.ts';

test('two thousand races with faults: none booked twice, none told falsely, none left open', {
  timeout: 300_000,
}, async () => {
  const { shape, waves } = RACE_PROFILES.commit;
  const tally = await runRaceCampaign({ seed: 1, shape, waves, say: () => {} });
  expect(tally.found.length, linesOf(tally).join('\n')).toBe(0);
  expect(tally.episodes).toBeGreaterThanOrEqual(2_000);
  expect(tally.kills).toBeGreaterThan(0);
});
