// The pretend gym's own time: how long it works on a call, which instant its Date shows, when it checks whether the class is open, how it ends the
// connection.
import http from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario, HOUR_MS } from './demo-scenario.ts';
import { request, signIn } from './gym-client.ts';

let sim: Simulator;
const OPENS = at('18:00:00') - 24 * HOUR_MS;
/** How long the pretend gym works on a call, in ms: long enough for the test to see a call under way. */
const THINKS_MS = 250;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(OPENS - 500);
});
afterAll(() => sim.stop());

const box = () => sim.boxUrlTemplate.replace('{box}', 'demo');
const head = (path: string) => request(box() + path, { method: 'HEAD' });
const lastEntry = async () => (await sim.control.history()).at(-1);

/** Moves the gym's clock on by `byMs` while the gym works on the call. */
async function whileItThinks<T>(call: () => Promise<T>, byMs: number): Promise<T> {
  await sim.control.clearHistory();
  const answer = call();
  await expect.poll(async () => (await sim.control.history()).length).toBe(1);
  await sim.control.advance(byMs);
  return answer;
}

describe('a gym that thinks', () => {
  test.each([
    ['start', 'Sun, 01 Mar 2026 16:59:59 GMT'],
    ['end', 'Sun, 01 Mar 2026 17:00:01 GMT'],
  ] as const)('stamps Date at the %s of its work', async (stamp, date) => {
    await sim.control.setKnob({ kind: 'think', meanMs: THINKS_MS, stamp });
    const { headers } = await whileItThinks(() => head('/'), 1_500);
    expect(headers.get('date')).toBe(date);
  });

  test.each([
    ['start', -12],
    ['end', 1],
  ] as const)('judges the opening at the %s of its work', async (judge, state) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'think', meanMs: THINKS_MS, judge, op: 'book' });
    const { json } = await whileItThinks(() => gym.book(DAY, 501), 500);
    expect(json.bookState).toBe(state);
    const { judgedAtMs, simAtMs } = (await lastEntry()) ?? {};
    expect([simAtMs, judgedAtMs]).toEqual([OPENS - 500, judge === 'start' ? OPENS - 500 : OPENS]);
  });

  test('has counted the place when it judges at the start, though the answer takes its time', async () => {
    const [ana, bea] = [await signIn(sim), await signIn(sim, 'bea@example.test')];
    await sim.control.freeze(OPENS + 2 * HOUR_MS);
    await sim.control.setKnob({ kind: 'think', meanMs: THINKS_MS, op: 'book', member: 1 });
    const first = ana.book(DAY, 503);
    await expect.poll(async () => (await sim.control.truth()).reservations.length).toBe(1);
    expect((await bea.book(DAY, 503)).json.bookState).toBe(-1);
    expect((await first).json.bookState).toBe(1);
  });

  test('takes a time of its own for each call, never less than it says, the same for the same seed', async () => {
    const round = async () => {
      await sim.control.reset();
      await sim.control.setKnob({ kind: 'think', meanMs: 3, jitterShare: 0.5 });
      for (let call = 0; call < 12; call++) await head('/');
      return sim.control.history();
    };
    const first = await round();
    for (const { thoughtMs, bodyReadAtMs, answeredAtMs } of first) {
      expect(Math.abs(thoughtMs - 3)).toBeLessThanOrEqual(1.5);
      expect((answeredAtMs ?? 0) - bodyReadAtMs).toBeGreaterThanOrEqual(thoughtMs);
    }
    const thoughts = first.map(({ thoughtMs }) => thoughtMs);
    expect(new Set(thoughts).size).toBeGreaterThan(6);
    expect((await round()).map(({ thoughtMs }) => thoughtMs)).toEqual(thoughts);
  });

  test('can think about one address, method or call, and not about another', async () => {
    await sim.control.setKnob({ kind: 'think', meanMs: 4, method: 'POST' });
    await sim.control.setKnob({ kind: 'think', meanMs: 2, path: '/' });
    const gym = await signIn(sim);
    for (const path of ['/', '/robots.txt', '/no-such-page']) await head(path);
    await gym.book(DAY, 501);
    expect((await sim.control.history()).map(({ op, thoughtMs }) => [op, thoughtMs])).toEqual([
      ['login', 4],
      ['page', 2],
      ['page', 0],
      ['unknown', 0],
      ['book', 4],
    ]);
  });
});

describe('a gym that ends each connection after its answer', () => {
  /** Sends one request with this HTTP agent; gives its socket and headers once the answer is whole. */
  const ask = (agent: http.Agent) =>
    new Promise<{ socket: Socket; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
      http
        .get(`${sim.mainUrl}/api/whoami`, { agent }, (response) => {
          const { socket, headers } = response.on('error', () => undefined).resume();
          resolve({ socket, headers });
        })
        .on('error', reject);
    });

  test.each(['fin', 'reset'] as const)('by %s does not say so in its head', async (how) => {
    await sim.control.setKnob({ kind: 'close-after', how });
    const agent = new http.Agent({ keepAlive: true });
    const { socket, headers } = await ask(agent);
    expect(headers.connection).toBe('keep-alive');
    await expect.poll(() => socket.destroyed).toBe(true);
    agent.destroy();
  });

  test('does so for plain pages too, and each call is answered whole', async () => {
    await sim.control.setKnob({ kind: 'close-after' });
    const gym = await signIn(sim);
    expect((await head('/')).status).toBe(200);
    expect((await gym.whoami()).json.data).toHaveLength(1);
  });
});
