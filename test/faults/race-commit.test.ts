// Plays a part of the races with faults; `npm run test:faults` and `npm run faults -- --only race` play more of them. The tests of the wrong twins
// are in `race/controls/race-controls.test.ts`. The tests of this file use the pretend gym only and say nothing about the real AimHarder.
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';
import { runRaceCampaign } from './race/campaign.ts';
import { RACE_PROFILES } from './race/race-profiles.ts';
import { linesOf } from './race/race-report.ts';

test('races with faults: none booked twice, none told falsely, none left open', {
  timeout: limitMs(300_000),
}, async () => {
  const profile = process.env['FAULTS_PROFILE'] === 'commit' ? 'commit' : 'smoke';
  const replay = `--only race --profile ${profile}`;
  const tally = await runRaceCampaign({ seed: 1, ...RACE_PROFILES[profile], replay, say: () => {} });
  expect(tally.found.length, linesOf(tally).join('\n')).toBe(0);
  expect(tally.episodes).toBeGreaterThanOrEqual(profile === 'commit' ? 2_000 : 500);
  expect(tally.kills).toBeGreaterThan(0);
});
