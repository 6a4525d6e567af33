// A harness that stays green on a wrong twin proves nothing about the real race: each must be caught, by the invariant it breaks.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARK, TOKEN_MARK } from '../../../support/canary.ts';
import { limitMs } from '../../../support/limits.ts';
import { startStand } from '../../stand.ts';
import { type Ground, openGround } from '../campaign.ts';
import { leaksIn } from '../leaks.ts';
import { ROWS } from '../race-rows.ts';
import { RACE_CONTROLS, runRaceControl } from './run-race-controls.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround(await startStand(), 0);
});
afterAll(async () => {
  await ground?.crew.stop();
  await ground?.stand.stop();
});

test.each(RACE_CONTROLS)('the race harness turns red on $name', { timeout: limitMs(120_000) }, async (control) => {
  const { red, by } = await runRaceControl(control, ground);
  expect(red, `broken: ${by.join('; ') || 'nothing'}`).toBe(true);
});

test('the race harness stays green on the real race, staged as the twins are', {
  timeout: limitMs(120_000),
}, async () => {
  const openings = [...new Set(RACE_CONTROLS.flatMap((control) => control.openings))];
  const members = [...new Set(RACE_CONTROLS.flatMap((control) => control.members))];
  const { by } = await runRaceControl({ name: 'real', members, openings, breaks: [] }, ground);
  expect(by).toEqual([]);
});

test('a secret in the log of a process is found, bare or in base64', async () => {
  const log = join(ground.stand.folder, 'service.log');
  const lines = [
    `{"msg":"7|1790000000|${TOKEN_MARK}aabb"}`,
    '{"msg":"fine"}',
    Buffer.from(`amhrdrauth=${MARK}7-x`).toString('base64'),
  ];
  await writeFile(log, lines.join('\n'));
  expect(await leaksIn(ground.stand.folder)).toHaveLength(2);
});

test.each(ROWS.filter((row) => row.test))('row $id names a test that is there', ({ test: named }) => {
  const [file = '', begins = ''] = named ?? [];
  expect(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8')).toContain(`'${begins}`);
});

test('every B, W and Z row is listed once, and staged or excused', () => {
  const ids = [...['B', 26], ...['W', 12], ...['Z', 8]];
  const wanted = [0, 2, 4].flatMap((at) => Array.from({ length: Number(ids[at + 1]) }, (_, n) => `${ids[at]}${n + 1}`));
  expect(ROWS.map((row) => row.id)).toEqual(wanted);
  expect(ROWS.filter((row) => !row.by && !row.test && !row.not)).toEqual([]);
});
