// Faults on the wire of the pretend gym: whatever is lost, the gym's record has exactly what happened.
import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { request, signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
});
afterAll(() => sim.stop());
const booked = async () => (await sim.control.truth()).reservations.length;
const lastEntry = async () => (await sim.control.history()).at(-1);

/** Gives what a client sees of a damaged answer: the status and text, or that the call failed. */
async function outcomeOf(call: Promise<{ status: number; text: string }>) {
  try {
    const { status, text } = await call;
    return { status, text };
  } catch (error) {
    return { failed: error instanceof Error };
  }
}

describe('an answer lost', () => {
  const seen = {
    reset: { failed: true },
    fin: { failed: true },
    truncated: { failed: true },
    garbage: { failed: true },
    empty: { status: 200, text: '' },
    html: { status: 200, text: expect.stringContaining('<html') },
    'bad-gateway': { status: 502 },
  } as const;
  test.each(Object.entries(seen))('after the effect as %s leaves the booking standing', async (how, expected) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'after', how, op: 'book' } as KnobInput);
    expect(await outcomeOf(gym.book(DAY, 501))).toMatchObject(expected);
    expect(await booked()).toBe(1);
    expect(await lastEntry()).toMatchObject({ struckBy: ['lose'], effect: { what: 'booked', slotId: 501 } });
  });

  test.each(Object.entries(seen))('before the effect as %s books nothing', async (how, expected) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'before', how, op: 'book' } as KnobInput);
    expect(await outcomeOf(gym.book(DAY, 501))).toMatchObject(expected);
    expect(await booked()).toBe(0);
    expect((await lastEntry())?.effect).toBeNull();
  });

  test('by silence books, and history tells that the client went away', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'hang', op: 'book' });
    const controller = new AbortController();
    const call = fetch(`${sim.url}/box/demo/api/book`, {
      method: 'POST',
      headers: { cookie: gym.cookie },
      body: new URLSearchParams({ id: '501', day: DAY, insist: '0' }),
      signal: controller.signal,
    });
    await expect.poll(booked).toBe(1);
    controller.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(async () => (await lastEntry())?.broke).toBe('client');
  });

  test('in a trickle sends the whole head and then byte by byte', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'trickle', op: 'book' });
    const response = await fetch(`${sim.url}/box/demo/api/book`, {
      method: 'POST',
      headers: { cookie: gym.cookie },
      body: new URLSearchParams({ id: '501', day: DAY, insist: '0' }),
    });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(1);
    expect(await booked()).toBe(1);
    await reader?.cancel();
  });

  test('of a renewal leaves the client with a dead token', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'reset', op: 'tokenUpdate', times: 1 });
    await expect(gym.renew(gym.token)).rejects.toThrow();
    expect(await sim.control.tokenWorks({ token: gym.token })).toBe(false);
    expect((await gym.renew(gym.token)).json).toEqual({ logout: 1 });
  });

  test('can come before an effect that happens later', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'late-effect', afterMs: 2000, how: 'bad-gateway', op: 'book' });
    expect((await gym.book(DAY, 501)).status).toBe(502);
    await sim.control.advance(1999);
    expect(await booked()).toBe(0);
    await sim.control.advance(1);
    expect(await booked()).toBe(1);
    expect((await lastEntry())?.effect).toMatchObject({ what: 'booked' });
  });
});

describe('statuses', () => {
  test.each([500, 502, 503, 504, 429, 403])('%i stands in for the effect', async (code) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'status', code, op: 'book', times: 1 });
    expect((await gym.book(DAY, 501)).status).toBe(code);
    expect(await booked()).toBe(0);
    expect((await gym.book(DAY, 501)).json.bookState).toBe(1);
  });

  test('429 says when to come back, or does not', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'status', code: 429, retryAfter: 7, times: 1 });
    expect((await gym.whoami()).headers.get('retry-after')).toBe('7');
    await sim.control.setKnob({ kind: 'status', code: 429, times: 1 });
    expect((await gym.whoami()).headers.get('retry-after')).toBeNull();
  });

  test('a geo-block is a 403 page and kills no session', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'geo-block', times: 1 });
    const blocked = await gym.renew(gym.token);
    expect([blocked.status, blocked.json]).toEqual([403, undefined]);
    expect((await gym.renew(gym.token)).json.newToken).toBeDefined();
  });
});

describe('answers', () => {
  test.each([-99, '1', 'unheard-of', null])('bookState %j can be said without booking, or with', async (value) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'book-state', value, times: 1 });
    expect((await gym.book(DAY, 501)).json.bookState).toBe(value);
    expect(await booked()).toBe(0);
    await sim.control.setKnob({ kind: 'book-state', value, effect: true });
    expect((await gym.book(DAY, 501)).json).toMatchObject({ bookState: value, id: expect.any(String) });
    expect(await booked()).toBe(1);
  });

  test('any body can be said', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'answer', body: [], op: 'book' });
    expect((await gym.book(DAY, 501)).text).toBe('[]');
    expect(await booked()).toBe(0);
  });
});

describe('the wire', () => {
  test('carries any header', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'headers', set: { age: '30', 'content-type': 'text/plain' } });
    const { headers } = await gym.whoami();
    expect([headers.get('age'), headers.get('content-type')]).toEqual(['30', 'text/plain']);
  });

  test.each(['fin', 'reset'] as const)('drops idle connections by %s', async (how) => {
    const agent = new http.Agent({ keepAlive: true });
    const idle = await new Promise<Socket>((resolve, reject) => {
      const asked = http.get(`${sim.mainUrl}/api/whoami`, { agent }, (response) => {
        const { socket } = response;
        response.resume().once('end', () => resolve(socket));
      });
      asked.on('error', reject);
    });
    expect(await sim.control.dropConnections(how)).toBeGreaterThanOrEqual(1);
    await expect.poll(() => idle.destroyed).toBe(true);
    agent.destroy();
  });
});

describe('a bare socket', () => {
  /** Sends one request and immediately closes the client's side; gives what came back and the error, if any. */
  const bare = () =>
    new Promise<{ text: string; code: string | undefined }>((resolve) => {
      const socket = net.connect({ port: Number(new URL(sim.url).port), host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      let code: string | undefined;
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code;
      });
      socket.on('close', () => resolve({ text, code }));
      socket.on('end', () => socket.destroy());
      socket.end('GET /main-host/api/whoami HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    });

  test('is answered although its own end came right behind the request, in a crowd of them too', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, bare));
    for (const answer of answers)
      expect(answer).toEqual({ text: expect.stringContaining('{"data":[]}'), code: undefined });
  });

  test('tells a reset from an end without bytes', async () => {
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'reset', times: 1 });
    expect(await bare()).toEqual({ text: '', code: 'ECONNRESET' });
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'fin', times: 1 });
    expect(await bare()).toEqual({ text: '', code: undefined });
  });
});

describe('the list', () => {
  test('lags behind the writes', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'list-lag', lagMs: 3000 });
    await gym.book(DAY, 501);
    const row = async () => (await gym.list(DAY)).json.bookings[0];
    await sim.control.advance(2999);
    expect(await row()).toMatchObject({ bookState: null, ocupation: 0 });
    await sim.control.advance(1);
    expect(await row()).toMatchObject({ bookState: 1, ocupation: 1 });
  });
});

describe('a knob', () => {
  test('strikes the account, box, call and fingerprint it names, and no other', async () => {
    const [ana, bea] = [await signIn(sim), await signIn(sim, 'bea@example.test', 'fp-b')];
    const strikes = async (scope: object) => {
      await sim.control.setKnob({ kind: 'status', code: 500, ...scope });
      const hit = [await ana.whoami(), await bea.whoami(), await ana.list(DAY)].map(({ status }) => status === 500);
      await sim.control.clearKnobs();
      return hit;
    };
    expect(await strikes({})).toEqual([true, true, true]);
    expect(await strikes({ member: 'ana@example.test' })).toEqual([true, false, true]);
    expect(await strikes({ member: 2 })).toEqual([false, true, false]);
    expect(await strikes({ box: 'demo' })).toEqual([false, false, true]);
    expect(await strikes({ op: ['bookings', 'book'] })).toEqual([false, false, true]);
    expect(await strikes({ fingerprint: 'fp-b' })).toEqual([false, true, false]);
    expect(await strikes({ skip: 1, times: 1 })).toEqual([false, true, false]);
  });

  test('with a probability strikes that share of the calls, the same ones for the same seed', async () => {
    const round = async () => {
      await sim.control.reset();
      const gym = await signIn(sim);
      await sim.control.setKnob({ kind: 'status', code: 500, probability: 0.3 });
      const hits: number[] = [];
      for (let call = 0; call < 100; call++) hits.push((await gym.whoami()).status);
      return hits;
    };
    const first = await round();
    const share = first.filter((status) => status === 500).length;
    expect(share).toBeGreaterThan(15);
    expect(share).toBeLessThan(45);
    expect(await round()).toEqual(first);
  });

  test('that does not exist, or is misspelt, is refused', async () => {
    await expect(sim.control.setKnob({ kind: 'no-such' } as unknown as KnobInput)).rejects.toThrow();
    await expect(sim.control.setKnob({ kind: 'geo-block', tmes: 1 } as unknown as KnobInput)).rejects.toThrow();
  });
});

describe('the clock', () => {
  test('tells its second in the Date header, cut off, with an offset of its own', async () => {
    const gym = await signIn(sim);
    await sim.control.freeze('2026-03-02T10:00:00.999Z');
    expect((await gym.whoami()).headers.get('date')).toBe('Mon, 02 Mar 2026 10:00:00 GMT');
    await sim.control.advance(1);
    expect((await gym.whoami()).headers.get('date')).toBe('Mon, 02 Mar 2026 10:00:01 GMT');
    await sim.control.setKnob({ kind: 'date-offset', offsetMs: -1 });
    expect((await gym.whoami()).headers.get('date')).toBe('Mon, 02 Mar 2026 10:00:00 GMT');
  });

  test('is wrong on every answer of a box, whatever was asked there', async () => {
    const slug = demoScenario.boxes?.[0]?.slug ?? '';
    await sim.control.setKnob({ kind: 'date-offset', offsetMs: -2_000, box: slug });
    const page = sim.boxUrlTemplate.replace('{box}', slug);
    expect((await fetch(page, { method: 'HEAD' })).headers.get('date')).toMatch(/:59:58 GMT$/);
    expect((await fetch(page.replace(slug, 'elsewhere'), { method: 'HEAD' })).headers.get('date')).toMatch(
      /:00:00 GMT$/,
    );
  });

  test('can run ahead of the system', async () => {
    await sim.control.followSystem(3_600_000);
    const ahead = (await sim.control.clock()).nowMs - Date.now();
    expect(Math.abs(ahead - 3_600_000)).toBeLessThan(5000);
  });

  test('slow before the effect moves the effect, slow after it does not', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'slow', beforeMs: 40, times: 1 });
    const { newToken } = (await gym.renew(gym.token)).json;
    await sim.control.setKnob({ kind: 'slow', afterMs: 40, times: 1 });
    await gym.renew(newToken);
    const [before, after] = (await sim.control.history()).slice(-2);
    // The limit of 38 ms is just below the staged delay of 40 ms; a busy machine can only make a delay longer.
    expect((before?.effectAtMs ?? 0) - (before?.bodyReadAtMs ?? 0)).toBeGreaterThan(38);
    expect((after?.answeredAtMs ?? 0) - (after?.effectAtMs ?? 0)).toBeGreaterThan(38);
  });
});

describe('hosts', () => {
  const viaHost = (host: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      http
        .get(sim.url + path, { headers: { host } }, (response) => resolve(response.resume().statusCode))
        .on('error', reject);
    });

  test.each([
    ['aimharder.com', '/api/whoami', 200],
    ['aimharder.es', '/api/whoami', 200],
    ['demo.aimharder.com', '/api/bookings', 200],
    ['demo.aimharder.localhost:4000', '/api/bookings', 200],
    ['login.aimharder.com', '/api/bookings', 404],
    ['evil.test', '/api/whoami', 404],
  ])('%s%s is answered with %i', async (host, path, status) => {
    expect(await viaHost(host, path)).toBe(status);
  });

  test('control answers JSON alone, and unknown verbs with 404', async () => {
    expect((await request(`${sim.url}/__sim/truth`, { method: 'POST', body: 'null' })).status).toBe(415);
    const headers = { 'content-type': 'application/json' };
    expect((await request(`${sim.url}/__sim/constructor`, { method: 'POST', headers, body: 'null' })).status).toBe(404);
  });
});

test('with TLS, its own certificate is enough to trust it, and a reset resets', async () => {
  const secure = await startSimulator({ scenario: demoScenario, tls: true });
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { agent: false, ca: secure.ca ?? '' };
      https
        .get(`${secure.mainUrl}/api/whoami`, options, (response) => resolve(response.resume().statusCode))
        .on('error', reject);
    });
  expect(await ask()).toBe(200);
  await secure.control.setKnob({ kind: 'lose', when: 'before', how: 'reset' });
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
  await secure.stop();
});
