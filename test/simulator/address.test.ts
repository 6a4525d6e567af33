// The pages of the pretend gym: which of them answer without a login at each of its hosts, and how knobs change the answers.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { demoScenario } from './demo-scenario.ts';
import { request } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(() => sim.control.reset());
afterAll(() => sim.stop());
const hosts = () => [sim.loginUrl, sim.mainUrl, sim.boxUrlTemplate.replace('{box}', 'demo')];

describe('every host', () => {
  test.each(['/', '/home', '/settings', '/schedule', '/logout', '/login'])('has a page at %s', async (path) => {
    for (const host of hosts()) {
      const { status, text } = await request(host + path);
      expect([status, text.includes('<html')]).toEqual([200, true]);
      expect((await request(host + path, { method: 'HEAD' })).status).toBe(200);
    }
  });

  test.each([
    ['/robots.txt', 200],
    ['/favicon.ico', 200],
    ['/no-such-page', 404],
  ])('answers %s with %i', async (path, status) => {
    for (const host of hosts()) expect((await request(host + path, { method: 'HEAD' })).status).toBe(status);
  });
});

test('a box that the gym does not have is a 404', async () => {
  expect((await request(sim.boxUrlTemplate.replace('{box}', 'elsewhere'))).status).toBe(404);
});

describe('a plain page', () => {
  const head = (path: string) => request(`${hosts()[2]}${path}`, { method: 'HEAD' });

  test('is struck by a knob that names it, and uses up no other', async () => {
    await sim.control.setKnob({ kind: 'status', code: 503, times: 1 });
    expect([(await head('/')).status, (await head('/nowhere')).status]).toEqual([200, 404]);
    expect((await request(`${sim.mainUrl}/api/whoami`)).status).toBe(503);
    await sim.control.setKnob({ kind: 'status', code: 503, op: 'page', times: 1 });
    expect([(await head('/')).status, (await head('/')).status]).toEqual([503, 200]);
    await sim.control.setKnob({ kind: 'status', code: 500, path: ['/nowhere', '/robots.txt'] });
    expect([(await head('/')).status, (await head('/nowhere')).status]).toEqual([200, 500]);
    await sim.control.setKnob({ kind: 'status', code: 502, method: 'HEAD', path: '/' });
    expect([(await head('/')).status, (await request(`${hosts()[2]}/`)).status]).toEqual([502, 200]);
  });

  test('tells the headers of a cache where a knob says so', async () => {
    await sim.control.setKnob({ kind: 'headers', set: { age: '30', server: 'cdn' }, path: '/robots.txt' });
    expect((await head('/robots.txt')).headers.get('age')).toBe('30');
    expect((await head('/')).headers.get('age')).toBeNull();
  });
});

test('a knob holds from one instant of the gym’s clock to another', async () => {
  await sim.control.freeze('2026-03-02T10:00:00Z');
  const hour = (clock: string) => `2026-03-02T${clock}Z`;
  await sim.control.setKnob({ kind: 'status', code: 503, from: hour('10:00:01'), until: hour('10:00:02') });
  const status = async () => (await request(`${sim.mainUrl}/api/whoami`)).status;
  const seen: number[] = [];
  for (let step = 0; step < 4; step++) {
    seen.push(await status());
    await sim.control.advance(500);
  }
  seen.push(await status());
  expect(seen).toEqual([200, 200, 503, 503, 200]);
});
