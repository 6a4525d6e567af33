// Faults as part of `npm test`: thousands of renewals, every one checked, and every wrong twin caught.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Batching, runCampaign, startCompany } from './campaign.ts';
import { findCanaries, PLANTED } from './canaries.ts';
import { CONTROLS, runControl } from './controls/run-controls.ts';
import { drawPlans } from './plan.ts';
import { PROFILES } from './profiles.ts';
import { linesOf } from './report.ts';
import { playScenes } from './scenes/scenes.ts';

/** Alone on two cores it takes about two minutes; on a busy machine it may take longer. */
const LONG_MS = 900_000;

let company: Batching;
beforeAll(async () => {
  company = await startCompany();
}, LONG_MS);
afterAll(() => company.stop(), LONG_MS);

test(
  'no injected fault loses a received token, tears a pair, buries the living or forgets the dead',
  async () => {
    const tally = await runCampaign({ seed: 1, ...PROFILES.commit, say: () => {} }, company);
    expect(tally.found, linesOf(tally).join('\n')).toEqual([]);
    expect(tally.episodes).toBeGreaterThanOrEqual(2_000);
    expect(tally.kills).toBeGreaterThanOrEqual(60);
    expect(tally.crashes).toBeGreaterThanOrEqual(3);
    expect(Object.keys(tally.byMode)).toHaveLength(4);
  },
  LONG_MS,
);

test(
  'everybody failing at once, a full disk, rows in conflict, a process that stands still and one with old keys lose nothing',
  async () => {
    const outcomes = await playScenes('quick', () => {}, company.stand);
    expect(outcomes.flatMap(({ id, wrong }) => wrong.map((line) => `${id} ${line}`))).toEqual([]);
    expect(outcomes.map(({ id }) => id).sort()).toEqual(['D10', 'D3', 'D6', 'R30', 'R36']);
  },
  LONG_MS,
);

describe('the harness turns red on', () => {
  test.each(CONTROLS.map((control) => [control.name, control] as const))(
    '%s',
    async (_, control) => {
      const caught = await runControl(control, company);
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
  expect(await findCanaries(company.stand)).toEqual([]);
  await appendFile(join(company.stand.folder, 'service.log'), `{"msg":"${PLANTED}"}\n`);
  expect(await findCanaries(company.stand)).toEqual(['the service log']);
});
