// The AimHarder client against the pretend gym over real sockets: what the client reports is what the gym did.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BookWish, GymBox, GymKey, PreparedRequest } from '../../services/gym/gym.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { gymAt } from './gym-parts.ts';

/** A Monday in Madrid, in winter time. */
const DAY = '20260302';
const at = (localTime: string): number => Date.parse(`2026-03-02T${localTime}+01:00`);
const OPENS = at('18:00:00') - 24 * 3_600_000;
const BOX: GymBox = { slug: 'norte', platformBoxId: '77' };
const EVENING = { slotId: '501', day: DAY, familyId: undefined, waitlist: false };
const kept = async () => undefined;

const classOf = (id: number, time: string, className: string, limit: number) => ({
  ...{ id, time, className, limit, day: DAY, classId: id - 400, coachName: 'Leo', waitlist: true },
});
const member = (id: number, name: string) => ({
  ...{ id, name, email: `${name}@example.test`, password: 'right', boxes: ['norte'] },
});
const scenario = {
  seed: 7,
  boxes: [
    {
      ...{ slug: 'norte', boid: 77, name: 'Norte', opening: { kind: 'hours-before' as const, hours: 24 } },
      slots: [classOf(501, '18:00 - 19:00', 'WOD', 1), classOf(502, '18:00 - 19:00', 'Open', 9)],
    },
  ],
  members: [member(1, 'ana'), member(2, 'bea')],
};

let sim: Simulator;
let nowMs = OPENS;
let parts: ReturnType<typeof gymAt>;
const knob = (input: KnobInput) => sim.control.setKnob(input);

async function moveTo(ms: number): Promise<void> {
  nowMs = ms;
  await sim.control.freeze(ms);
}
beforeAll(async () => {
  sim = await startSimulator({ scenario, cookieDomain: '.aimharder.com' });
});
afterAll(() => sim.stop());
beforeEach(async () => {
  await sim.control.reset();
  await moveTo(OPENS);
  parts = gymAt(sim, () => new Date(nowMs));
});
afterEach(() => parts.close());

const enter = (name = 'ana', password = 'right', fingerprint = 'fp-1') =>
  parts.gym.signIn({ email: `${name}@example.test`, password: new Secret(password) }, fingerprint);

async function keyOf(name = 'ana'): Promise<GymKey> {
  const answer = await enter(name);
  return answer.kind === 'signed-in' ? answer.key : expect.fail(`Expected to be signed in, got ${answer.kind}.`);
}
async function renewed(key: GymKey): Promise<GymKey> {
  const answer = await parts.gym.renew(key, kept);
  return answer.kind === 'renewed' ? answer.key : expect.fail(`Expected renewed, got ${answer.kind}.`);
}
const reservations = async () => (await sim.control.truth({ box: 'norte' })).reservations;

describe('signing in', () => {
  test('opens a session with the fingerprint and finds the member’s boxes', async () => {
    expect(await enter()).toMatchObject({
      kind: 'signed-in',
      platformUserId: '1',
      name: 'ana',
      boxes: [{ slug: 'norte', platformBoxId: '77', name: 'Norte' }],
    });
    expect((await sim.control.truth()).sessions).toMatchObject([{ fingerprint: 'fp-1', alive: true }]);
  });

  test.each([
    'error-200',
    'error-401',
    'auth-not-ok',
  ] as const)('with a wrong password is refused (%s), once', async (shape) => {
    await knob({ kind: 'login-failure', shape });
    expect(await enter('ana', 'wrong')).toEqual({ kind: 'wrong-credentials' });
    expect((await sim.control.truth()).accounts).toContainEqual(
      expect.objectContaining({ memberId: 1, wrongPasswords: 1 }),
    );
  });

  test.each(['error-200', 'auth-not-ok'] as const)('to a locked account says so (%s)', async (shape) => {
    await knob({ kind: 'login-failure', shape });
    await knob({ kind: 'lockout', after: 1 });
    await enter('ana', 'wrong');
    expect(await enter()).toEqual({ kind: 'locked' });
  });
});

describe('renewing', () => {
  test('rotates strictly: the new token works and the old one is refused', async () => {
    const first = await keyOf();
    const second = await renewed(first);
    expect(second.token.reveal()).not.toBe(first.token.reveal());
    expect(await sim.control.tokenWorks({ token: second.token.reveal() })).toBe(true);
    expect(await parts.gym.renew(first, kept)).toEqual({ kind: 'token-refused' });
    await renewed(second);
  });

  test('keeps the login cookie through answers that set only the balancer’s', async () => {
    let key = await keyOf();
    for (let round = 0; round < 3; round++) key = await renewed(key);
    expect(await parts.gym.isAlive(key)).toBe(true);
  });

  test('hands on the bytes that came, enough to understand them again after a crash', async () => {
    const key = await keyOf();
    const heard: Parameters<typeof parts.gym.understandRenewal>[0][] = [];
    await parts.gym.renew(key, async (raw) => void heard.push(raw));
    const again = heard[0] && parts.gym.understandRenewal(heard[0], key);
    const token = again?.kind === 'renewed' ? again.key.token.reveal() : '';
    expect(await sim.control.tokenWorks({ token })).toBe(true);
  });

  test.each([0, '0', null, false] as const)('is not misled by logout %j', async (spelling) => {
    const key = await keyOf();
    await knob({ kind: 'logout', spelling, op: 'tokenUpdate' });
    await renewed(key);
  });

  test.each([1, '1', true] as const)('takes logout %j for a refused token', async (spelling) => {
    const key = await keyOf();
    await knob({ kind: 'logout', spelling, op: 'tokenUpdate' });
    expect(await parts.gym.renew(key, kept)).toEqual({ kind: 'token-refused' });
  });

  test.each([
    'reset',
    'fin',
    'truncated',
    'empty',
    'html',
    'bad-gateway',
    'garbage',
  ] as const)('whose answer is lost by %s after the rotation is unknown, and was asked once', async (how) => {
    const key = await keyOf();
    await knob({ kind: 'lose', when: 'after', how, op: 'tokenUpdate' });
    expect(await parts.gym.renew(key, kept)).toMatchObject({ kind: 'unknown' });
    expect(await sim.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
    expect(await sim.control.tokenWorks({ token: key.token.reveal() })).toBe(false);
  });

  test.each([
    ['same', 'same-token'],
    ['malformed', 'malformed'],
    ['expired', 'expired-stamp'],
    ['huge', 'oversized'],
  ] as const)('keeps a token that comes %s, flagged', async (shape, flag) => {
    const key = await keyOf();
    await knob({ kind: 'token', shape });
    const answer = await parts.gym.renew(key, kept);
    expect(answer).toMatchObject({ kind: 'renewed', flags: expect.arrayContaining([flag]) });
  });

  test('refuses a jar without the login cookie, and still works with the old jar', async () => {
    const key = await keyOf();
    await knob({ kind: 'set-cookie', variant: 'delete-auth', op: 'tokenUpdate', times: 1 });
    const answer = await parts.gym.renew(key, kept);
    if (answer.kind !== 'cookies-lost') return expect.fail(`Expected cookies-lost, got ${answer.kind}.`);
    await renewed(answer.key);
  });

  test.each([
    'expires-commas',
    'quotes',
    'duplicates',
    'sixty',
    'none',
  ] as const)('goes on working after cookies of the kind %s', async (variant) => {
    const key = await keyOf();
    await knob({ kind: 'set-cookie', variant, op: 'tokenUpdate', times: 1 });
    await renewed(await renewed(key));
  });

  test('behind a block or a 429 says nothing about the session', async () => {
    const key = await keyOf();
    await knob({ kind: 'status', code: 429, retryAfter: 30, op: 'tokenUpdate', times: 1 });
    expect(await parts.gym.renew(key, kept)).toEqual({ kind: 'turned-away', why: 'busy', retryAfterMs: 30_000 });
    await knob({ kind: 'geo-block', op: 'tokenUpdate', times: 1 });
    expect(await parts.gym.renew(key, kept)).toEqual({ kind: 'turned-away', why: 'blocked' });
    await renewed(key);
  });

  test('of a gym that is gone was never sent', async () => {
    const key = await keyOf();
    const gone = await startSimulator();
    await gone.stop();
    const away = gymAt(gone);
    const wish = EVENING;
    expect(await away.gym.renew(key, () => expect.fail('Nothing came.'))).toEqual({
      kind: 'not-sent',
      reason: 'ECONNREFUSED',
    });
    expect(await away.gym.book(key, BOX, wish)).toMatchObject({ kind: 'not-sent' });
    await expect(away.gym.readDay(key, BOX, DAY)).rejects.toMatchObject({ code: 'gym/unreachable' });
    await expect(away.gym.probeClock(BOX)).rejects.toMatchObject({ code: 'gym/unreachable' });
    await away.close();
  });
});

describe('a dead session', () => {
  test('is seen by whoami, by the token and by a booking, and not by the list', async () => {
    const key = await keyOf();
    expect(await parts.gym.isAlive(key)).toBe(true);
    await sim.control.killSession({ member: 1 });
    expect(await parts.gym.isAlive(key)).toBe(false);
    expect(await parts.gym.renew(key, kept)).toEqual({ kind: 'token-refused' });
    expect(await parts.gym.book(key, BOX, EVENING)).toEqual({ kind: 'session-dead' });
    const day = await parts.gym.readDay(key, BOX, DAY);
    if (day.kind === 'day') expect(day.slots.every((slot) => slot.mine === undefined)).toBe(true);
  });
});

async function slotOf(key: GymKey, id = '501') {
  const day = await parts.gym.readDay(key, BOX, DAY);
  return day.kind === 'day' ? day.slots.find((slot) => slot.id === id) : expect.fail('The session is dead.');
}

describe('a day', () => {
  test.each(['number', 'string', 'text'] as const)('is read with limits given as %s', async (as) => {
    const key = await keyOf();
    await knob({ kind: 'limit-as', as });
    expect(await slotOf(key)).toMatchObject({
      ...{ id: '501', day: DAY, time: '18:00 - 19:00', timeId: '1800_60', classId: '101', name: 'WOD', coach: 'Leo' },
      ...{ limit: 1, occupied: 0, waitlist: 0, mine: undefined, reservationId: undefined },
    });
  });

  test('shows what is mine, and the reservation to cancel it by', async () => {
    const [ana, bea] = [await keyOf('ana'), await keyOf('bea')];
    await parts.gym.book(ana, BOX, EVENING);
    await parts.gym.book(bea, BOX, { ...EVENING, waitlist: true });
    const [mine, hers] = await reservations();
    expect(await slotOf(ana)).toMatchObject({ mine: 'booked', occupied: 1, reservationId: String(mine?.id) });
    expect(await slotOf(bea)).toMatchObject({ mine: 'waitlisted', reservationId: String(hers?.id) });
  });

  test('is read again after a passing fault', async () => {
    const key = await keyOf();
    await knob({ kind: 'lose', when: 'before', how: 'reset', op: 'bookings', times: 1 });
    await knob({ kind: 'lose', when: 'before', how: 'html', op: 'bookings', times: 1 });
    expect(await slotOf(key)).toMatchObject({ id: '501' });
  });
});

describe('booking', () => {
  test('too early is refused with the number of hours, and on the dot is booked', async () => {
    const key = await keyOf();
    await moveTo(OPENS - 1);
    const early = { kind: 'too-early', announced: { amount: 24, unit: 'hours' } };
    expect(await parts.gym.book(key, BOX, EVENING)).toEqual(early);
    await knob({ kind: 'early-code', code: -4, times: 1 });
    expect(await parts.gym.book(key, BOX, EVENING)).toEqual({ kind: 'too-early' });
    await moveTo(OPENS);
    const answer = await parts.gym.book(key, BOX, EVENING);
    const [held] = await reservations();
    expect(answer).toEqual({ kind: 'booked', reservationId: String(held?.id) });
  });

  test.each(['es', 'ca', 'en'] as const)('finds the number in %s', async (language) => {
    const key = await keyOf();
    await moveTo(OPENS - 60_000);
    await knob({ kind: 'early-code', code: -12, language });
    expect(await parts.gym.book(key, BOX, EVENING)).toMatchObject({ announced: { amount: 24, unit: 'hours' } });
  });

  test('a full class is refused, or accepted onto its waiting list on insistence', async () => {
    const [ana, bea] = [await keyOf('ana'), await keyOf('bea')];
    await parts.gym.book(ana, BOX, EVENING);
    expect(await parts.gym.book(bea, BOX, EVENING)).toMatchObject({ kind: 'full' });
    expect(await parts.gym.book(bea, BOX, { ...EVENING, waitlist: true })).toMatchObject({ kind: 'accepted' });
    expect((await reservations()).map((each) => each.state)).toEqual(['booked', 'waitlisted']);
  });

  test('a second class at the same hour is refused as such', async () => {
    const key = await keyOf();
    await parts.gym.book(key, BOX, EVENING);
    expect(await parts.gym.book(key, BOX, { ...EVENING, slotId: '502' })).toEqual({ kind: 'same-hour' });
  });

  test.each([
    ['no-credit', 'no-credit'],
    ['unpaid', 'unpaid'],
    ['too-late', 'too-late'],
    ['daily-limit', 'quota-reached'],
    ['booking-limit', 'quota-reached'],
    ['quota', 'quota-reached'],
  ] as const)('refused for %s is %s', async (reason, kind) => {
    const key = await keyOf();
    await knob({ kind: 'refuse', reason });
    expect(await parts.gym.book(key, BOX, EVENING)).toMatchObject({ kind });
  });

  test.each([
    'reset',
    'fin',
    'truncated',
    'empty',
    'html',
    'bad-gateway',
    'garbage',
  ] as const)('whose answer is lost by %s is no success, sent once, and found by reading back', async (how) => {
    const key = await keyOf();
    await knob({ kind: 'lose', when: 'after', how, op: 'book' });
    // A truncated answer may still hold the two fields that mean a booked place: then the service reads the gym's list to make sure.
    const kind = how === 'truncated' ? 'accepted' : 'unknown';
    expect(await parts.gym.book(key, BOX, EVENING)).toMatchObject({ kind });
    expect(await sim.control.history({ op: 'book' })).toHaveLength(1);
    expect(await slotOf(key)).toMatchObject({ mine: 'booked' });
  });

  test('cancelling by the reservation’s id frees the place; by the slot’s id it says so and does nothing', async () => {
    const key = await keyOf();
    const answer = await parts.gym.book(key, BOX, EVENING);
    const reservationId = (answer.kind === 'booked' && answer.reservationId) || '';
    const cancel = (id: string, acceptLate = false) =>
      parts.gym.cancel(key, BOX, { reservationId: id, familyId: undefined, acceptLate });
    expect(await cancel('501')).toEqual({ kind: 'cancelled' });
    expect(await slotOf(key)).toMatchObject({ mine: 'booked', reservationId });
    await moveTo(at('17:30:00'));
    expect(await cancel(reservationId)).toEqual({ kind: 'late-needs-consent' });
    expect(await cancel(reservationId, true)).toEqual({ kind: 'cancelled' });
    expect(await slotOf(key)).toMatchObject({ mine: undefined });
  });
});

/** Writes the bytes of a request as the race does, and returns the whole answer with its HTTP head. */
function write({ host, port, bytes }: PreparedRequest): Promise<string> {
  return new Promise((done, fail) => {
    let heard = '';
    const socket = connect(port, host, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (heard.includes('}')) socket.destroy();
    });
    socket.on('close', () => done(heard));
    socket.on('error', fail);
  });
}

describe('a prepared booking', () => {
  const prepare = (key: GymKey, wish: BookWish = EVENING) => parts.gym.prepareBook(key, BOX, wish);

  test('written by hand books, and its answer is understood', async () => {
    const key = await renewed(await keyOf());
    const answer = await write(prepare(key));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const body = /\{.*\}/s.exec(answer)?.[0] ?? '';
    const [held] = await reservations();
    expect(parts.gym.understandBook({ status: 200, setCookie: [], retryAfter: undefined, body })).toEqual({
      kind: 'booked',
      reservationId: String(held?.id),
    });
  });

  test('is one complete request with nothing a wish could add to it', async () => {
    const day = `${DAY}\r\nx-evil: 1\r\n\r\n`;
    const text = Buffer.from(prepare(await keyOf(), { ...EVENING, day, familyId: 'é&id=1' }).bytes).toString('latin1');
    const [head = '', body = '', ...rest] = text.split('\r\n\r\n');
    expect(rest).toEqual([]);
    expect(head).not.toContain('evil');
    expect(head).toContain(`\r\ncontent-length: ${body.length}`);
    expect(head).toContain('\r\nconnection: keep-alive');
    expect(head).toMatch(/\r\ncookie: [^\r]*amhrdrauth=/);
    expect(new URLSearchParams(body).get('id')).toBe('501');
  });
});

test('the gym’s clock is seen to the second, skew and all', async () => {
  await sim.control.followSystem(120_000);
  const { sentAtMs, receivedAtMs, dateMs } = await parts.gym.probeClock(BOX);
  const saidMs = dateMs - 120_000;
  // The gym's clock is two minutes ahead, so `saidMs` is the `Date` of the gym's answer by our clock. The gym answered between our sending and our
  // receiving. The `Date` is rounded down to a second, so `saidMs` may be up to a second before our sending.
  expect(saidMs).toBeGreaterThan(sentAtMs - 1_001);
  expect(saidMs).toBeLessThanOrEqual(receivedAtMs + 1);
});
