// Several real processes on one database share a refresh by leases: each session is renewed once.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { crowd, enlist } from './fleet.ts';
import type { RefreshOrder } from './refresh-process.ts';

const COUNT = 120;
let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(crowd(COUNT), clock);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await enlist(app.services, app.gym, COUNT);
});
afterAll(() => app.stop());

const SCRIPT = fileURLToPath(new URL('./refresh-process.ts', import.meta.url));

async function startProcess(): Promise<ChildProcess> {
  const child = fork(SCRIPT, { execArgv: [] });
  await once(child, 'message');
  return child;
}

async function run(child: ChildProcess): Promise<{ updated: number; failed: number }> {
  const { loginUrl, mainUrl, boxUrlTemplate } = app.gym;
  const order: RefreshOrder = {
    gym: { loginUrl, mainUrl, boxUrlTemplate },
    supabaseUrl: app.cloud.supabaseUrl,
    secretKey: app.cloud.secretKey.reveal(),
    sealKeys: app.cloud.secrets.sealKeys.reveal(),
    nowMs: clock.now().getTime(),
  };
  child.send(order);
  const [report] = await once(child, 'message');
  return report;
}

test.for([2, 4])('%i processes renew every session once and none twice', {
  timeout: limitMs(60_000),
}, async (count) => {
  const children = await Promise.all(Array.from({ length: count }, startProcess));
  clock.advance(20 * MINUTE_MS);
  await app.gym.control.advance(20 * MINUTE_MS);
  await app.gym.control.clearHistory();
  await app.gym.control.setKnob({ kind: 'slow', op: 'tokenUpdate', beforeMs: 20 });
  const reports = await Promise.all(children.map(run));
  const renewed = (await app.gym.control.history({ op: 'tokenUpdate' })).map((call) => call.fingerprint);
  expect(renewed).toHaveLength(COUNT);
  expect(new Set(renewed).size).toBe(COUNT);
  expect(reports.reduce((sum, report) => sum + report.updated, 0)).toBe(COUNT);
  expect(reports.filter((report) => report.updated > 0).length).toBeGreaterThan(1);
  for (const child of children) child.kill();
});
