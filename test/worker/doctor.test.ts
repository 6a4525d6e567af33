// The command `npm run doctor` as an operator types it: beside the running embedded service every line is green. While the service does not run, and
// for each wrong setting, the doctor prints a red line that says what to do. The doctor's own list of migrations must match the folder of migrations.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { Examination } from '../../worker/doctor/check.ts';
import { MIGRATIONS } from '../../worker/doctor/migrations.ts';
import { compiledBy } from '../support/compiled.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, type StackFile, startMain } from '../support/main-process.ts';
import { town } from '../support/town.ts';

vi.setConfig({ testTimeout: limitMs(60_000) });
const COMMAND = fileURLToPath(new URL('../../worker/doctor.ts', import.meta.url));

let home: Home;
let gym: Simulator;
let main: MainProcess;
let stack: StackFile;
beforeAll(async () => {
  home = await makeHome();
  gym = await startSimulator({ scenario: town });
  main = startMain(home, {
    AIMHARDER_LOGIN_URL: gym.loginUrl,
    AIMHARDER_URL: gym.mainUrl,
    AIMHARDER_BOX_URL: gym.boxUrlTemplate,
    NOTICE_WEBHOOK_URL: 'https://hooks.example.com/operator',
    NOTICE_WEBHOOK_SECRET: 'a-secret-of-the-operators-own-webhook-32',
  });
  stack = await main.serving();
}, limitMs(60_000));
afterAll(async () => {
  await main.end('SIGTERM');
  await gym.stop();
  await home.remove();
});

async function doctor(env: Record<string, string>, ...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const options = {
      cwd: home.folder,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compiledBy('doctor'), ...env },
    };
    const child = execFile(process.execPath, [COMMAND, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, text: `${stdout}${stderr}` }),
    );
  });
}
const linesOf = ({ checks }: Examination, state: string) => checks.filter((one) => one.state === state);

test('beside the running service every line is green', async () => {
  const { code, text } = await doctor({ DATA_DIR: home.dataDir }, '--json');
  const examination: Examination = JSON.parse(text);
  expect([linesOf(examination, 'red'), linesOf(examination, 'warn')]).toEqual([[], []]);
  expect(linesOf(examination, 'ok').map(({ name }) => name)).toEqual([
    'variables',
    'server',
    'database',
    'migrations',
    'row-security',
    'postgrest',
    'seal-keys',
    'signing-key',
    'queue',
    'round-trip',
    'schedules',
    'clock',
    'disk',
    'channels',
    'gym-reads',
    'gym-writes',
    'proxies',
  ]);
  expect([code, examination.ok]).toEqual([0, true]);
});

test('the same by an address and the operator’s token, for a person to read', async () => {
  const { code, text } = await doctor({ OPERATOR_TOKEN: stack.operatorToken }, '--url', stack.url);
  expect(text).toMatch(/^ok {4}round-trip +A signed call came back/m);
  expect(text).not.toContain(stack.operatorToken);
  expect(code).toBe(0);
});

test('another deployment’s token is refused, and said', async () => {
  const { code, text } = await doctor({ OPERATOR_TOKEN: 'x'.repeat(40) }, '--url', stack.url);
  expect([code, text]).toEqual([1, expect.stringMatching(/RED .*server .*refused our OPERATOR_TOKEN/)]);
});

test('the token goes to no address in plain text', async () => {
  const { code, text } = await doctor({ OPERATOR_TOKEN: 'x'.repeat(40) }, '--url', 'http://puntual.example');
  expect([code, text]).toEqual([1, expect.stringMatching(/RED .*https/)]);
});

test('where nothing runs: npm start', async () => {
  const nothing = await doctor({ DATA_DIR: `${home.folder}/empty` });
  expect([nothing.code, nothing.text]).toEqual([1, expect.stringMatching(/RED[\s\S]*→ Start it: npm start/)]);
  const closed = await doctor({ OPERATOR_TOKEN: 'x'.repeat(40) }, '--url', 'http://127.0.0.1:1');
  expect([closed.code, closed.text]).toEqual([1, expect.stringMatching(/does not answer[\s\S]*→ Start it: npm start/)]);
});

test('every variable that cannot be meant is a red line of its own, without its value', async () => {
  const env = { PORT: 'canary-port', CRON_SECRET: 'canary', SUPABASE_URL: 'https://abc.supabase.co' };
  const { code, text } = await doctor(env, '--json');
  const examination: Examination = JSON.parse(text);
  const red = linesOf(examination, 'red').map(({ said }) => said);
  expect(red).toEqual(
    expect.arrayContaining([expect.stringMatching(/^PORT:/), expect.stringMatching(/^CRON_SECRET:/)]),
  );
  expect(red.some((line) => line.includes('SUPABASE_PUBLISHABLE_KEY'))).toBe(true);
  expect(linesOf(examination, 'red').every(({ remedy }) => remedy?.includes('.env'))).toBe(true);
  expect(linesOf(examination, 'skipped').map(({ name }) => name)).toEqual(['server']);
  expect([code, text.includes('canary')]).toEqual([1, false]);
});

test('the list of migrations is the folder’s, each version once', () => {
  const folder = fileURLToPath(new URL('../../supabase/migrations', import.meta.url));
  const versions = readdirSync(folder).map((file) => file.split('_')[0]);
  expect(MIGRATIONS).toEqual(versions.sort());
  expect(new Set(versions).size).toBe(versions.length);
});
