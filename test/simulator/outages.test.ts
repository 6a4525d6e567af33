// Outages of the pretend gym: for a while by its own clock, the gym refuses every connection or resets it.
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { spawnSimulator } from '../../simulator/spawn.ts';
import { at, demoScenario } from './demo-scenario.ts';

let sim: Simulator;
afterEach(() => sim.stop());
const NOON = at('12:00:00');

/** Tells what happens to a connection to the gym: `open`, or how the connection ended. */
async function knock(): Promise<string> {
  const { port, hostname } = new URL(sim.url);
  const socket = net.connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    socket.write('GET /main-host/api/whoami HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    return 'open';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  } finally {
    socket.destroy();
  }
}

test.each([
  ['refused', 'ECONNREFUSED'],
  ['reset', 'ECONNRESET'],
] as const)('by %s from a second before an instant to a second and a half after it', async (how, seen) => {
  sim = await startSimulator({ scenario: demoScenario });
  await sim.control.freeze(NOON - 2_000);
  await sim.control.refuseConnections({ from: NOON - 1_000, until: NOON + 1_500, how });
  const knocks: string[] = [];
  for (const byMs of [999, 1, 2_499, 1]) {
    await sim.control.advance(byMs);
    knocks.push(await knock());
  }
  expect(knocks).toEqual(['open', seen, seen, 'open']);
  expect(await sim.control.outages()).toEqual([{ how, fromMs: NOON - 1_000, untilMs: NOON + 1_500 }]);
});

test('ends the connections that stand', async () => {
  sim = await startSimulator({ scenario: demoScenario });
  await sim.control.freeze(NOON);
  const idle = net.connect(Number(new URL(sim.url).port), '127.0.0.1').on('error', () => undefined);
  await once(idle, 'connect');
  await sim.control.refuseConnections({ until: NOON + 1 });
  await expect.poll(() => idle.destroyed).toBe(true);
  expect(await knock()).toBe('ECONNREFUSED');
});

test('is over by a reset, and what was planned is forgotten', async () => {
  sim = await startSimulator({ scenario: demoScenario });
  await sim.control.freeze(NOON);
  await sim.control.refuseConnections({ until: NOON + 1_000 });
  await sim.control.refuseConnections({ from: NOON + 5_000, until: NOON + 6_000 });
  await sim.control.reset();
  expect(await knock()).toBe('open');
  await sim.control.freeze(NOON + 5_500);
  expect(await knock()).toBe('open');
  expect(await sim.control.outages()).toEqual([]);
});

test('leaves the control of another process at work, and ends on a running clock', async () => {
  sim = await spawnSimulator({ scenario: demoScenario });
  await sim.control.freeze(NOON);
  await sim.control.refuseConnections({ until: NOON + 300 });
  expect(await knock()).toBe('ECONNREFUSED');
  const aheadMs = NOON - (performance.timeOrigin + performance.now());
  await sim.control.followSystem(aheadMs);
  await expect.poll(knock).toBe('open');
  const [outage] = await sim.control.outages();
  expect(outage?.untilMs).toBeGreaterThanOrEqual(NOON + 300);
});
