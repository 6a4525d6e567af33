// The pretend gym as a process of its own: it obeys the same control calls as a pretend gym within the test's process, dies with its parent, and
// stamps simultaneous bookings in the order in which it reads them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SpawnedSimulator, spawnSimulator } from '../../simulator/spawn.ts';
import { limitMs } from '../support/limits.ts';
import { DAY, demoScenario } from './demo-scenario.ts';
import { signIn } from './gym-client.ts';

let sim: SpawnedSimulator;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pretend-gym-'));
  sim = await spawnSimulator({ scenario: demoScenario, historyFile: join(folder, 'history.jsonl') });
});
afterAll(async () => {
  await sim.stop();
  rmSync(folder, { recursive: true });
});

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('control from outside does what control from inside does', async () => {
  await sim.control.reset();
  expect(await sim.control.freeze('2026-03-02T09:00:00Z')).toEqual({
    mode: 'frozen',
    nowMs: 1_772_442_000_000,
    offsetMs: 0,
  });
  const knobId = await sim.control.setKnob({ kind: 'status', code: 503, op: 'whoami' });
  const gym = await signIn(sim);
  expect((await gym.whoami()).status).toBe(503);
  await sim.control.clearKnobs({ knobId });
  expect((await gym.whoami()).status).toBe(200);
  expect((await gym.book(DAY, 501)).json.bookState).toBe(1);
  expect((await sim.control.truth({ member: 1 })).reservations).toHaveLength(1);
  expect((await sim.control.history({ op: 'book' })).map(({ effect }) => effect?.what)).toEqual(['booked']);
  await expect(sim.control.truth({ member: 'nobody' })).rejects.toThrow('nobody');
  await sim.control.reset();
  expect((await sim.control.truth()).accounts).toHaveLength(3);
});

test('two hundred bookings of one instant are all taken and stamped in the order they were read', async () => {
  await sim.control.reset();
  const emails = Array.from({ length: 200 }, (_, index) => `crowd-${index}@example.test`);
  const slot = { id: 9, day: DAY, time: '07:00 - 08:00', classId: 1, className: 'Crowd', limit: 150, opensAt: 0 };
  await sim.control.freeze('2026-03-01T09:00:00Z');
  await sim.control.load({
    members: emails.map((email, index) => ({
      id: 1000 + index,
      email,
      name: email,
      password: 'right',
      boxes: ['demo'],
    })),
  });
  await sim.control.addSlot({ box: 'demo', ...slot });
  const gyms = await Promise.all(emails.map((email) => signIn(sim, email)));
  const answers = await Promise.all(gyms.map((gym) => gym.book(DAY, 9)));
  const states = answers.map(({ json }) => json.bookState);
  expect(states.filter((state) => state === 1)).toHaveLength(150);
  expect(states.filter((state) => state === -1)).toHaveLength(50);
  const entries = await sim.control.history({ op: 'book' });
  const stamps = entries.map(({ bodyReadAtMs }) => bodyReadAtMs);
  expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  expect(entries.findIndex(({ effect }) => effect === null)).toBe(150);
});

test('the history file holds a line per call once it has stopped', async () => {
  const file = join(folder, 'stopped.jsonl');
  const other = await spawnSimulator({ scenario: demoScenario, historyFile: file });
  await (await signIn(other)).whoami();
  await other.stop();
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).op)).toEqual(['login', 'whoami']);
  expect(isRunning(other.pid)).toBe(false);
});

test('it dies when its parent is killed', async () => {
  const code = `
    import { spawnSimulator } from ${JSON.stringify(new URL('../../simulator/spawn.ts', import.meta.url).href)};
    const { pid } = await spawnSimulator();
    console.log(pid);
    process.stdin.resume().once('close', () => process.exit());`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const pid = Number(line);
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isRunning(pid), { timeout: limitMs(10_000) }).toBe(false);
});

test('a port in use is told, not waited for', async () => {
  const port = Number(new URL(sim.url).port);
  await expect(spawnSimulator({ port })).rejects.toThrow('Expected the pretend gym to start');
});
