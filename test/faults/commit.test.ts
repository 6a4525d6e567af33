// Plays the campaign of renewals that is part of `npm test`: thousands of episodes with faults, each of them checked. The tests of wrong twins are in
// `controls/`, and the faults that strike many sessions at once (scenes) are in `scenes/`.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RenewCompany, runCampaign, startCompany } from './campaign.ts';
import { drawPlans } from './plan.ts';
import { PROFILES } from './profiles.ts';
import { linesOf } from './report.ts';
import { findCanaries, PLANTED } from './staging/canaries.ts';

/**
 * The time limit, in ms, of the test that plays the campaign, and of the start and stop of its processes. The campaign takes about a minute and a
 * half on two free cores; its time limit is long, so that the test also passes on a busy machine.
 */
const LONG_MS = 900_000;

let company: RenewCompany;
beforeAll(async () => {
  company = await startCompany();
}, LONG_MS);
afterAll(() => company.stop(), LONG_MS);

test(
  'no injected fault loses a received token, tears a pair, buries the living or forgets the dead',
  async () => {
    const tally = await runCampaign(
      { seed: 1, ...PROFILES.commit, replay: '--profile commit', say: () => {} },
      company,
    );
    expect(tally.found, linesOf(tally).join('\n')).toEqual([]);
    expect(tally.episodes).toBeGreaterThanOrEqual(2_000);
    expect(tally.kills).toBeGreaterThanOrEqual(60);
    expect(tally.crashes).toBeGreaterThanOrEqual(3);
    expect(Object.keys(tally.byMode)).toHaveLength(4);
  },
  LONG_MS,
);

test('the same seed draws the same plans', () => {
  const draw = (seed: number) => drawPlans({ seed, batch: 3, count: 50, kills: 5 });
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
});

test('the scan finds a secret that is planted in the log, and none before', async () => {
  expect(await findCanaries(company.stand)).toEqual([]);
  await appendFile(join(company.stand.folder, 'service.log'), `{"msg":"${PLANTED}"}\n`);
  expect(await findCanaries(company.stand)).toEqual(['the service log']);
});
