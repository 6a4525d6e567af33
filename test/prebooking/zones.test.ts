// The functions that compute times give the same results wherever the process runs: their tests run again in processes of other time zones.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { limitMs } from '../support/limits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RULES = ['opening-rule', 'clock-change', 'receipt'].map((name) => `test/rules/${name}.test.ts`);
/** A pattern of test names that leaves out the tests that search through twelve years, because these run only once, with the main suite. */
const WITHOUT_SEARCHES = '^(?!.*from 2024 to 2036)';
const ARGS = [
  'run',
  '--config',
  'test/prebooking/without-database.ts',
  '--testNamePattern',
  WITHOUT_SEARCHES,
  ...RULES,
];
const run = promisify(execFile);
/** Vitest's own environment variables are left out, because the process in another time zone is no worker of this test run. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));

test.each(['UTC', 'America/New_York', 'Pacific/Kiritimati'])('Z6: the rules hold in %s', {
  timeout: limitMs(90_000),
}, async (zone) => {
  const told = { ...env, TZ: zone, EXPECTED_ZONE: zone, NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...ARGS], { cwd: ROOT, env: told });
  expect(stdout).toMatch(new RegExp(`Test Files +${RULES.length} passed \\(${RULES.length}\\)`));
  expect(stdout).not.toMatch(/failed/);
});
