// A harness that stays green on a wrong twin proves nothing about the real race: each twin must be caught, by the invariant that it breaks.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARK, TOKEN_MARK } from '../../../support/canary.ts';
import { limitMs } from '../../../support/limits.ts';
import { findCanaries } from '../../staging/canaries.ts';
import { type RaceCompany, startRaceCompany } from '../campaign.ts';
import { ROWS } from '../race-rows.ts';
import { RACE_CONTROLS, runRaceControl } from './run-race-controls.ts';

let company: RaceCompany;
beforeAll(async () => {
  company = await startRaceCompany();
});
afterAll(() => company?.stop());

test.each(RACE_CONTROLS)('the race harness turns red on $name', { timeout: limitMs(120_000) }, async (control) => {
  const { red, by } = await runRaceControl(control, company);
  expect(red, `broken: ${by.join('; ') || 'nothing'}`).toBe(true);
});

test('the race harness stays green on the real race, staged as the twins are', {
  timeout: limitMs(120_000),
}, async () => {
  const openings = [...new Set(RACE_CONTROLS.flatMap((control) => control.openings))];
  const members = [...new Set(RACE_CONTROLS.flatMap((control) => control.members))];
  const { by } = await runRaceControl({ name: 'real', members, openings, breaks: [] }, company);
  expect(by).toEqual([]);
});

test.each([
  ['bare', `{"msg":"7|1790000000|${TOKEN_MARK}aabb"}`],
  ['in base64', Buffer.from(`amhrdrauth=${MARK}7-x`).toString('base64')],
])('a secret in the log of a process is found, %s, and none before', async (_, line) => {
  expect(await findCanaries(company.stand)).toEqual([]);
  await writeFile(join(company.stand.folder, 'service.log'), `{"msg":"fine"}\n${line}\n`);
  expect(await findCanaries(company.stand)).toEqual(['the service log']);
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
