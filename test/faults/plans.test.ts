// Compares the plans that the harnesses draw with stored digests. A seed must give the same plans in every version of the code, so that a noted seed
// can be played again. A fault added to a list of faults changes the digest of that list's plans: copy the digest that the failure shows into this
// file.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { seededRandom } from '../../simulator/random.ts';
import { drawFate as drawKeptFate } from './kept/fates.ts';
import { drawPlans } from './plan.ts';
import { PROFILES } from './profiles.ts';
import { drawWave } from './race/plan.ts';
import { RACE_PROFILES, RECEIPT_PROFILES } from './race/race-profiles.ts';
import { drawFate as drawWatchFate } from './watch/fates.ts';

const SEEDS = [1, 7, 987_654_321];
const BATCHES = [0, 1, 5];

const digest = (draw: (seed: number, batch: number) => unknown): string => {
  const plans = SEEDS.flatMap((seed) => BATCHES.map((batch) => draw(seed, batch)));
  return createHash('sha256').update(JSON.stringify(plans)).digest('hex').slice(0, 16);
};
const many = (draw: (random: () => number) => unknown) => (seed: number, batch: number) => {
  const random = seededRandom(seed + batch);
  // The plans' digest includes the next random number, because a campaign goes on drawing from the same stream of random numbers.
  return [Array.from({ length: 50 }, () => draw(random)), random()];
};
const renewals = (profile: keyof typeof PROFILES) => (seed: number, batch: number) => {
  const { episodesABatch: count, killsABatch: kills } = PROFILES[profile];
  return drawPlans({ seed, batch, count, kills });
};
const races = (profile: keyof typeof RACE_PROFILES) => (seed: number, wave: number) =>
  drawWave({ seed, wave, shape: RACE_PROFILES[profile].shape });
const receipts = (seed: number, wave: number) => drawWave({ seed, wave, ...RECEIPT_PROFILES.full });

test.each([
  ['renewals, commit', renewals('commit'), 'f4e2f83b7e32ca20'],
  ['renewals, full', renewals('full'), 'cfbeebcad4e4f644'],
  ['races, smoke', races('smoke'), '578765fd91d6ffdd'],
  ['races, commit', races('commit'), 'c567ee6edca306b3'],
  ['races, full', races('full'), '943c11da34802b90'],
  ['receipts, full', receipts, '64e8696cbcbf0666'],
  ['kept logins', many(drawKeptFate), '867d1de4d47ef40c'],
  ['watches', many(drawWatchFate), '8c3c9016636ad151'],
])('%s: the same seeds, the same plans', (_, draw, recorded) => {
  expect(digest(draw)).toBe(recorded);
});
