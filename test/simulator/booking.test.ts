// Booking, waiting lists, cancelling and rival bookings at the pretend gym: the rules on which the service's outcomes and races rely.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario, HOUR_MS } from './demo-scenario.ts';
import { signIn } from './gym-client.ts';

let sim: Simulator;
const OPENS = at('18:00:00') - 24 * HOUR_MS;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(OPENS);
});
afterAll(() => sim.stop());

describe('opening', () => {
  test('a millisecond early is refused with the number in the text, and on the dot is booked', async () => {
    const gym = await signIn(sim);
    await sim.control.freeze(OPENS - 1);
    const early = await gym.book(DAY, 501);
    expect(early.headers.get('content-type')).toContain('text/html');
    expect(early.json).toMatchObject({ bookState: -12, errorMssgLang: 'ERROR_ANTELACION_CLIENTE_HORAS' });
    expect(early.json.errorMssg).toContain('24 horas');
    await sim.control.advance(1);
    const { json } = await gym.book(DAY, 501);
    expect(json.bookState).toBe(1);
    const { reservations } = await sim.control.truth({ member: 'ana@example.test' });
    expect(reservations).toMatchObject([
      { id: Number(json.id), state: 'booked', slotId: 501, by: 'api', createdAtMs: OPENS },
    ]);
  });

  test('too early can be -4, or speak of days, or Catalan', async () => {
    await sim.control.addBox({
      slug: 'demo',
      boid: 77,
      name: 'Demo Box',
      opening: { kind: 'midnight', days: 3 },
      slots: [{ id: 1, day: '20260330', time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 2 }],
    });
    const gym = await signIn(sim);
    expect((await gym.book('20260330', 1)).json.errorMssgLang).toBe('ERROR_ANTELACION_CLIENTE');
    await sim.control.setKnob({ kind: 'early-code', code: -12, language: 'ca', times: 1 });
    expect((await gym.book('20260330', 1)).json.errorMssg).toContain('3 dies');
    await sim.control.setKnob({ kind: 'early-code', code: -4 });
    expect((await gym.book('20260330', 1)).json).toEqual({ bookState: -4, clasesContratadas: expect.any(String) });
  });

  test('a class can open at an instant of its own', async () => {
    await sim.control.changeSlot({ slot: { box: 'demo', day: DAY, id: 503 }, change: { opensAt: OPENS + 5000 } });
    const gym = await signIn(sim);
    expect((await gym.book(DAY, 503)).json.bookState).toBe(-12);
    await sim.control.advance(5000);
    expect((await gym.book(DAY, 503)).json.bookState).toBe(1);
  });
});

describe('places', () => {
  test('a full class refuses, takes into the waiting list on insistence, and moves up on a cancellation', async () => {
    const [ana, bea, cleo] = [
      await signIn(sim),
      await signIn(sim, 'bea@example.test'),
      await signIn(sim, 'cleo@example.test'),
    ];
    const first = await ana.book(DAY, 501);
    await bea.book(DAY, 501);
    expect((await cleo.book(DAY, 501)).json).toMatchObject({ bookState: -1 });
    const waits = await cleo.book(DAY, 501, { insist: 1 });
    expect(waits.json).toMatchObject({ bookState: 0, id: expect.any(String) });
    expect((await cleo.list(DAY)).json.bookings[0]).toMatchObject({
      ocupation: 2,
      limit: 2,
      waitlist: 1,
      bookState: 0,
    });
    await ana.cancel(first.json.id);
    expect((await cleo.list(DAY)).json.bookings[0]).toMatchObject({
      bookState: 1,
      idres: Number(waits.json.id),
      waitlist: 0,
    });
  });

  test('insistence does not help where there is no waiting list', async () => {
    await sim.control.freeze(at('10:00:00'));
    await (await signIn(sim)).book(DAY, 503);
    expect((await (await signIn(sim, 'bea@example.test')).book(DAY, 503, { insist: 1 })).json).toMatchObject({
      bookState: -1,
    });
  });

  test('the same hour is refused once, and doubles with the guard off', async () => {
    const gym = await signIn(sim);
    await gym.book(DAY, 501);
    expect((await gym.book(DAY, 502)).json).toMatchObject({
      bookState: -12,
      errorMssgLang: 'NOPUEDESRESERVAMISMAHORA',
    });
    await sim.control.setKnob({ kind: 'same-hour', on: false });
    expect((await gym.book(DAY, 501)).json.bookState).toBe(1);
    expect((await sim.control.truth({ member: 1 })).reservations).toHaveLength(2);
  });

  test.each([
    ['no-credit', { bookState: -2 }],
    ['unpaid', { bookState: -5 }],
    ['too-late', { bookState: -7 }],
    ['daily-limit', { bookState: -8, max: 1 }],
    ['booking-limit', { bookState: -9 }],
    ['quota', { bookState: -12, errorMssgLang: 'HASSUPERADOLIMITCONTR' }],
  ] as const)('refuses for %s', async (reason, body) => {
    await sim.control.setKnob({ kind: 'refuse', reason });
    expect((await (await signIn(sim)).book(DAY, 501)).json).toMatchObject(body);
    expect((await sim.control.truth()).reservations).toEqual([]);
  });

  test('counts daily, open and weekly bookings of a member by itself', async () => {
    await sim.control.freeze(at('10:00:00'));
    const limits = [
      [{ dailyLimit: 1 }, -8],
      [{ bookingLimit: 1 }, -9],
      [{ weeklyQuota: 1 }, -12],
    ] as const;
    for (const [index, [limit, code]] of limits.entries()) {
      const email = `m${index}@example.test`;
      await sim.control.addMember({ id: 10 + index, email, password: 'right', name: email, boxes: ['demo'], ...limit });
      const gym = await signIn(sim, email);
      expect((await gym.book(DAY, 502)).json.bookState).toBe(1);
      expect((await gym.book(DAY, 503)).json.bookState).toBe(code);
    }
  });

  test('a class that has begun is too late', async () => {
    const gym = await signIn(sim);
    await sim.control.freeze(at('18:00:00'));
    expect((await gym.book(DAY, 501)).json).toMatchObject({ bookState: -7 });
  });

  test('a removed class is gone from the list, and a new id makes the old one unknown', async () => {
    const gym = await signIn(sim);
    await sim.control.changeSlot({ slot: { box: 'demo', day: DAY, id: 502 }, change: { removed: true } });
    const { id } = await sim.control.changeSlot({ slot: { box: 'demo', day: DAY, id: 501 }, change: { newId: true } });
    const ids = (await gym.list(DAY)).json.bookings.map((row: { id: number }) => row.id);
    expect(ids).toEqual([id, 503]);
    expect((await gym.book(DAY, 501)).json.bookState).toBe(-12);
    expect((await gym.book(DAY, id)).json.bookState).toBe(1);
  });

  test('a success tells the reservation’s id as text, and two things more', async () => {
    expect((await (await signIn(sim)).book(DAY, 501)).json).toEqual({
      bookState: 1,
      id: expect.stringMatching(/^\d+$/),
      clasesContratadas: expect.any(String),
      hasPublicMemberships: 0,
    });
  });

  test('ids may be numbers everywhere', async () => {
    await sim.control.setKnob({ kind: 'id-as', as: 'number' });
    const gym = await signIn(sim);
    expect((await gym.book(DAY, 501)).json.id).toEqual(expect.any(Number));
    expect((await gym.list(DAY)).json.bookings[0].idres).toEqual(expect.any(Number));
  });

  test('ids and limits may be strings', async () => {
    await sim.control.setKnob({ kind: 'id-as', as: 'string' });
    await sim.control.setKnob({ kind: 'limit-as', as: 'text' });
    const gym = await signIn(sim);
    expect((await gym.book(DAY, 501)).json.id).toEqual(expect.any(String));
    expect((await gym.list(DAY)).json.bookings[0]).toMatchObject({ id: '501', limit: '2', limitc: '2 (1)' });
  });

  test('a booking by hand in the official app blocks ours and shows in the list', async () => {
    const wish = { member: 'ana@example.test', box: 'demo', day: DAY, id: 501 };
    const byHand = await sim.control.bookByHand(wish);
    expect(byHand.outcome).toBe('booked');
    const gym = await signIn(sim);
    expect((await gym.book(DAY, 501)).json.errorMssgLang).toBe('NOPUEDESRESERVAMISMAHORA');
    expect((await gym.list(DAY)).json.bookings[0].idres).toBe(byHand.reservationId);
    expect(await sim.control.cancelByHand({ reservationId: byHand.reservationId ?? 0 })).toBe(true);
    expect((await gym.book(DAY, 501)).json.bookState).toBe(1);
  });
});

describe('cancelling', () => {
  test('with a slot id it answers done and cancels nothing', async () => {
    const gym = await signIn(sim);
    await gym.book(DAY, 501);
    expect((await gym.cancel(501)).json).toEqual({ cancelState: 1 });
    expect((await sim.control.truth()).reservations[0]?.state).toBe('booked');
    expect((await gym.cancel(424242)).json).toEqual({ cancelState: 3 });
  });

  test('late asks for consent, and late=1 gives it', async () => {
    const gym = await signIn(sim);
    const { id } = (await gym.book(DAY, 501)).json;
    await sim.control.freeze(at('17:30:00'));
    expect((await gym.cancel(id)).json).toEqual({ cancelState: 2 });
    expect((await sim.control.truth()).reservations[0]?.state).toBe('booked');
    expect((await gym.cancel(id, 1)).json).toEqual({ cancelState: 1 });
    expect((await gym.list(DAY)).json.bookings[0]).toMatchObject({ bookState: null, cancelledId: null });
  });

  test("another member's reservation cannot be cancelled", async () => {
    const { id } = (await (await signIn(sim)).book(DAY, 501)).json;
    expect((await (await signIn(sim, 'bea@example.test')).cancel(id)).json).toEqual({ cancelState: 3 });
    expect((await sim.control.truth()).reservations[0]?.state).toBe('booked');
  });
});

describe('rivals', () => {
  const contested = {
    day: DAY,
    id: 600,
    time: '19:00 - 20:00',
    classId: 9,
    className: 'Open',
    limit: 3,
    opensAt: OPENS,
  };
  const rivals = { count: 5, afterOpeningMs: 300, spreadMs: 150 };

  test('take places at their instants after the opening, also on a frozen clock, and then it is full', async () => {
    await sim.control.addSlot({ box: 'demo', ...contested, rivals });
    const gym = await signIn(sim);
    const seen = async () => (await gym.list(DAY)).json.bookings.at(-1);
    await sim.control.freeze(OPENS + 149);
    expect((await seen()).ocupation).toBe(0);
    await sim.control.freeze(OPENS + 450);
    expect((await seen()).ocupation).toBe(3);
    expect((await gym.book(DAY, 600)).json).toMatchObject({ bookState: -1 });
  });

  test('leave a place to a quicker request, and depend on the seed alone', async () => {
    const take = async () => {
      await sim.control.reset();
      await sim.control.freeze(OPENS);
      await sim.control.addSlot({ box: 'demo', ...contested, rivals });
      expect((await (await signIn(sim)).book(DAY, 600)).json.bookState).toBe(1);
      await sim.control.advance(1000);
      const slot = (await sim.control.truth({ day: DAY })).slots.find(({ id }) => id === 600);
      return slot?.rivalsTookAtMs;
    };
    const first = await take();
    expect(first).toHaveLength(2);
    expect(await take()).toEqual(first);
  });
});
