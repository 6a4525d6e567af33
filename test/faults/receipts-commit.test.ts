// Random races of every kind, and what their receipts say of them beside the gym's own history; `npm run faults -- --only receipts` plays
// hundreds. RECEIPTS_SEED plays one draw again.
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';
import { runRaceCampaign } from './race/campaign.ts';
import { BLOWS, QUEUE, RECEIPTS } from './race/openings.ts';
import { RECEIPT_PROFILES } from './race/race-profiles.ts';
import { linesOf } from './race/race-report.ts';

const NAMES: readonly string[] = [
  'kill after:arm',
  'kill with the request out, after the effect',
  'kill before:settle',
  'gym refuses connections',
  'one delivery',
  'never delivered',
  'delivered 4 min late',
  'delivered 11 min late',
];

test('every field and sentence of every receipt agrees with the gym’s history, and no end is without one', {
  timeout: limitMs(300_000),
}, async () => {
  const seed = Number(process.env['RECEIPTS_SEED'] ?? Math.floor(Math.random() * 1e9));
  process.stdout.write(`receipts: RECEIPTS_SEED=${seed}\n`);
  const openings = [...RECEIPTS, ...[...BLOWS, ...QUEUE].filter(({ name }) => NAMES.includes(name))];
  const tally = await runRaceCampaign({ seed, ...RECEIPT_PROFILES.smoke, only: { openings }, say: () => {} });
  expect(tally.found.length, `seed ${seed}\n${linesOf(tally).join('\n')}`).toBe(0);
  expect(tally.episodes).toBeGreaterThanOrEqual(40);
  expect(tally.kills).toBeGreaterThan(0);
});
