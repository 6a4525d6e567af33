// A login at the pretend gym under the real host names: whose fault a refusal is (the member's or the gym's), and to which hosts the login cookie
// goes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAimharder } from '../../services/gym/aimharder/client.ts';
import { cookieHeader } from '../../services/gym/aimharder/cookies.ts';
import { createHosts } from '../../services/gym/aimharder/hosts.ts';
import type { Gym } from '../../services/gym/gym.ts';
import { createHttp, type Http, originRule } from '../../services/http.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { LIVE, NOW } from './gym-parts.ts';

let sim: Simulator;
let http: Http;
let gym: Gym;
const told: string[] = [];
beforeAll(async () => {
  sim = await startSimulator({ scenario: town, cookieDomain: '.aimharder.com' });
  http = createHttp({ allow: [originRule(sim.url)] });
  gym = gymUnder(LIVE.boxUrlTemplate);
});
afterAll(async () => {
  await http.close();
  await sim.stop();
});
beforeEach(async () => {
  await sim.control.reset(town);
  await sim.control.freeze(SUNDAY_NOON.getTime());
});

/** Gives a client of the gym under its real host names: only the target of the connection is changed, as a name server would change it. */
function gymUnder(boxUrlTemplate: string): Gym {
  const hosts = createHosts({ ...LIVE, boxUrlTemplate });
  const clock = { now: () => NOW, monotonicMs: () => performance.now(), sleep: async () => undefined };
  const tell = (oddity: string, details: object) => told.push(`${oddity} ${JSON.stringify(details)}`);
  const there: Http = { ...http, send: (request) => http.send({ ...request, url: placeOf(request.url) }) };
  return createAimharder({ hosts, http: there, clock, tell });
}

function placeOf({ hostname, pathname, search }: URL): URL {
  const label = hostname.split('.')[0] ?? '';
  const bases: Record<string, string> = { login: sim.loginUrl, aimharder: sim.mainUrl };
  return new URL(`${bases[label] ?? sim.boxUrlTemplate.replace('{box}', label)}${pathname}${search}`);
}

const knob = (input: KnobInput) => sim.control.setKnob(input);
const enter = (password = 'right') =>
  gym.signIn({ email: 'ana@example.test', password: new Secret(password) }, 'fp-of-ana');
const failureOf = () =>
  enter().then(
    () => expect.fail('Expected a failure.'),
    (error: unknown) => error,
  );
const NORTE = { slug: 'norte', platformBoxId: '77' };

async function keyOf() {
  const answer = await enter();
  return answer.kind === 'signed-in' ? answer.key : expect.fail(`Expected signed-in, got ${answer.kind}.`);
}

describe('F13: a login', () => {
  test.each(['error-200', 'error-401', 'auth-not-ok'] as const)('with a wrong password (%s) is one', async (shape) => {
    await knob({ kind: 'login-failure', shape });
    expect(await enter('wrong')).toEqual({ kind: 'wrong-credentials' });
  });

  test.each([
    'error-200',
    'error-401',
    'auth-not-ok',
  ] as const)('refused by another key (%s) is not about the password, and says the key', async (shape) => {
    await knob({ kind: 'login-failure', shape });
    await knob({ kind: 'login-error', key: 'LOGIN_ERROR_MALFORMED_BODY' });
    expect(await failureOf()).toMatchObject({
      code: 'gym/unreadable',
      message: expect.stringContaining('LOGIN_ERROR_MALFORMED_BODY'),
      details: { key: 'LOGIN_ERROR_MALFORMED_BODY' },
    });
  });

  test.each([
    'none',
    'login.aimharder.com',
  ])('whose cookie has Domain %s opens the box all the same', async (domain) => {
    await knob({ kind: 'login-cookie', domain });
    const key = await keyOf();
    expect(await gym.readDay(key, NORTE, MONDAY)).toMatchObject({ kind: 'day' });
    const calls = await sim.control.history({ op: 'bookings' });
    expect(calls.at(-1)?.cookies.auth).toBe('current');
    expect(cookieHeader(key.cookies, new URL('https://aimharder.es/'), NOW)).toBeUndefined();
  });

  test('whose cookie no box would be shown is refused, with the reason', async () => {
    await knob({ kind: 'login-cookie', domain: 'none' });
    await knob({ kind: 'role-address', box: 'norte', says: 'https://norte.boxes.test' });
    gym = gymUnder('https://{box}.boxes.test');
    expect(await failureOf()).toMatchObject({
      code: 'gym/unreadable',
      details: { missing: 'login cookie for a box' },
    });
    gym = gymUnder(LIVE.boxUrlTemplate);
  });

  test('behind a PHP notice is a login', async () => {
    await knob({ kind: 'notice', op: 'login' });
    expect(await enter()).toMatchObject({ kind: 'signed-in' });
  });
});

test('F10: of 300 changes at a gym that closes each connection right after its answer, none fails', async () => {
  await knob({ kind: 'close-after', how: 'fin', afterMs: 1 });
  const kinds: string[] = [];
  const wish = { slotId: '501', day: MONDAY, familyId: undefined, waitlist: false };
  for (let turn = 0; turn < 75; turn++) {
    const key = await keyOf();
    const renewed = await gym.renew(key, async () => undefined);
    const booked = await gym.book(renewed.kind === 'renewed' ? renewed.key : key, NORTE, wish);
    const reservationId = booked.kind === 'booked' ? (booked.reservationId ?? '') : '';
    const cancelled = await gym.cancel(key, NORTE, { reservationId, familyId: undefined, acceptLate: true });
    kinds.push(renewed.kind, booked.kind, cancelled.kind);
  }
  expect(kinds).toEqual(Array(75).fill(['renewed', 'booked', 'cancelled']).flat());
});

describe('a warm-up', () => {
  test.each(['setrefresh', 'schedule', 'either'] as const)('opens a box that demands %s', async (by) => {
    await knob({ kind: 'warm-up', by });
    const key = await keyOf();
    expect(await gym.readDay(key, NORTE, MONDAY)).toEqual({ kind: 'session-dead' });
    const warm = await gym.warmUp(key, [NORTE]);
    expect(await gym.readDay(warm, NORTE, MONDAY)).toMatchObject({ kind: 'day' });
    expect(warm.token.reveal()).toBe(key.token.reveal());
  });

  test('that the gym does not answer costs nothing, and tells of no address', async () => {
    const key = await keyOf();
    await knob({ kind: 'lose', when: 'before', how: 'reset', op: ['setrefresh', 'schedule'] });
    told.length = 0;
    expect(await gym.warmUp(key, [NORTE])).toEqual(key);
    expect(told).toHaveLength(2);
    expect(told.join()).not.toMatch(/token|434e5259|\?/);
  });
});
