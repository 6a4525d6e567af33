// The command `npm run demo -- --stay` run by a real npm: it plays the whole demo and stays up. Every address that the demo prints answers, and a
// signal to npm ends every process of the demo.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { isAlive } from '../../embedded/folder-lock.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, startByNpm } from '../support/main-process.ts';

let home: Home;
let demo: MainProcess | undefined;
afterEach(async () => {
  await demo?.end('SIGKILL');
  await home.remove();
});

/** Gives the HTTP status of an address, or undefined where no process listens. */
const statusOf = (url: string, init?: RequestInit): Promise<number | undefined> =>
  fetch(url, init).then(
    ({ status }) => status,
    () => undefined,
  );

test('stays with living addresses, and ends cleanly when npm is asked to', { timeout: limitMs(180_000) }, async () => {
  home = await makeHome();
  demo = startByNpm(home, ['run', 'demo', '--', '--stay', '--data-dir', home.dataDir]);
  const { output, child } = demo;
  await vi.waitUntil(() => output().includes('Everything stays up') || child.exitCode !== null, {
    timeout: limitMs(150_000),
  });
  expect(child.exitCode, output()).toBeNull();
  const pid = Number((await readFile(join(home.dataDir, 'stack.lock'), 'utf8')).split(' ')[0]);
  const addressAfter = (name: string) => new RegExp(`^ +${name} .*?(http://\\S+)`, 'm').exec(output())?.[1] ?? '';
  const app = addressAfter('the app');
  const entered = await fetch(app, { redirect: 'manual' });
  expect([entered.status, new URL(entered.headers.get('location') ?? '').pathname]).toEqual([303, '/']);
  expect(entered.headers.getSetCookie().join()).toContain('__Host-puntual-refresh=');
  // The address that signs the member in works once: a second visitor is redirected without a session.
  expect((await fetch(app, { redirect: 'manual' })).headers.getSetCookie()).toEqual([]);
  const [monitor, contract, gym] = ['monitor', 'contract', 'the gym'].map(addressAfter) as [string, string, string];
  const truth = { method: 'POST', headers: { 'content-type': 'application/json' }, body: 'null' };
  const statuses = () => Promise.all([statusOf(monitor), statusOf(contract), statusOf(gym, truth)]);
  expect(await statuses()).toEqual([401, 200, 200]);
  expect(await demo.end('SIGTERM')).toBe(0);
  expect(await statuses()).toEqual([undefined, undefined, undefined]);
  expect(isAlive(pid)).toBe(false);
});
