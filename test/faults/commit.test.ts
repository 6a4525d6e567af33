// Faults as part of `npm test`: hundreds of renewals, every one checked, and every wrong twin caught. FAULTS_PROFILE=commit stages
// thousands, as `npm run test:faults` does.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { findCanaries, PLANTED } from './canaries.ts';
import { CONTROLS, runControl } from './controls/run-controls.ts';
import { drawPlans } from './plan.ts';
import { PROFILES, profileOfTests } from './profiles.ts';
import { linesOf } from './report.ts';
import { playScenes } from './scenes/scenes.ts';
import { type Stand, startStand } from './stand.ts';

/** Alone on two cores it takes about two minutes; a machine that is busy otherwise is no failure. */
const LONG_MS = 900_000;

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
}, LONG_MS);
afterAll(() => stand.stop(), LONG_MS);

test(
  'no injected fault loses a received token, tears a pair, buries the living or forgets the dead',
  async () => {
    const profile = PROFILES[profileOfTests()];
    const tally = await runCampaign({ seed: 1, ...profile, say: () => {} }, stand);
    expect(tally.found, linesOf(tally).join('\n')).toEqual([]);
    expect(tally.episodes).toBeGreaterThanOrEqual(profile.batches * profile.episodesABatch);
    expect(tally.kills).toBeGreaterThanOrEqual(profileOfTests() === 'commit' ? 60 : 4);
    expect(tally.crashes).toBeGreaterThanOrEqual(profileOfTests() === 'commit' ? 3 : 1);
    expect(Object.keys(tally.byMode)).toHaveLength(4);
  },
  LONG_MS,
);

test.runIf(profileOfTests() === 'commit')(
  'everybody failing at once, a full disk, rows in conflict and a process that stands still lose nothing',
  async () => {
    const outcomes = await playScenes('quick', () => {}, stand);
    expect(outcomes.flatMap(({ id, wrong }) => wrong.map((line) => `${id} ${line}`))).toEqual([]);
    expect(outcomes.map(({ id }) => id).sort()).toEqual(['D10', 'D3', 'D6', 'R30']);
  },
  LONG_MS,
);

describe('the harness turns red on', () => {
  test.each(CONTROLS.map((control) => [control.name, control] as const))(
    '%s',
    async (_, control) => {
      const caught = await runControl(control, stand);
      expect(caught).toMatchObject({ name: control.name, red: true });
    },
    LONG_MS,
  );
});

test('the same seed draws the same plans', () => {
  const draw = (seed: number) => drawPlans({ seed, batch: 3, count: 50, kills: 5 });
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
});

test('the scan finds a secret that is planted in the log, and none before', async () => {
  expect(await findCanaries(stand)).toEqual([]);
  await appendFile(join(stand.folder, 'service.log'), `{"msg":"${PLANTED}"}\n`);
  expect(await findCanaries(stand)).toEqual(['the service log']);
});
