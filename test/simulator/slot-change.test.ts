// Classes of the pretend gym that change after a booking: cancelled, closed, renamed, moved; and what the gym's list shows of these classes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { SlotChangeInput } from '../../simulator/slot-change-shape.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
});
afterAll(() => sim.stop());
const EVENING = { box: 'demo', day: DAY, id: 501 };
const change = (what: SlotChangeInput) => sim.control.changeSlot({ slot: EVENING, change: what });
const rows = async () => (await (await signIn(sim, 'cleo@example.test')).list(DAY)).json.bookings;

describe('a row says', () => {
  test('all that public clients have seen', async () => {
    const names = Object.keys((await rows())[0]).sort();
    expect(names).toEqual(
      `boxDir boxName boxPic bookState cancelledId checkAthletesNum classDesc classId className classLength coachName
       coachPic color enabled hidden id idres included limit limitc ocupation onlineclass resadmin spotres time timeid
       waitlist zoomJoinPw zoomJoinUrl zoomid`
        .split(/\s+/)
        .sort(),
    );
  });

  test.each([
    [
      'calledOff',
      true,
      { cancelledId: expect.any(Number) },
      { bookState: -12, errorMssgLang: 'ERROR_CLASE_CANCELADA' },
    ],
    ['resadmin', 1, { resadmin: 1 }, { bookState: -12, errorMssgLang: 'ERROR_SOLO_STAFF' }],
    ['enabled', 0, { enabled: 0 }, { bookState: -12, errorMssgLang: 'ERROR_CLASE_NO_DISPONIBLE' }],
    ['included', 0, { included: 0 }, { bookState: -2 }],
  ])('%s %j, and the gym obeys it', async (flag, value, row, refusal) => {
    expect((await rows())[0]).toMatchObject({ cancelledId: null, resadmin: 0, enabled: 1, included: 1 });
    await change({ [flag]: value });
    expect((await rows())[0]).toMatchObject(row);
    expect((await (await signIn(sim)).book(DAY, 501)).json).toMatchObject(refusal);
    expect((await sim.control.truth()).reservations).toEqual([]);
  });

  test('nothing of a member’s own cancelling', async () => {
    const gym = await signIn(sim);
    await gym.cancel((await gym.book(DAY, 501)).json.id);
    expect((await gym.list(DAY)).json.bookings[0]).toMatchObject({ bookState: null, cancelledId: null });
  });

  test('state 0 without a reservation where nothing is booked, if a knob wants it', async () => {
    await sim.control.setKnob({ kind: 'free-row', state: 0 });
    const gym = await signIn(sim);
    await gym.book(DAY, 501);
    const [mine, free] = (await gym.list(DAY)).json.bookings;
    expect(mine).toMatchObject({ bookState: 1, idres: expect.anything() });
    expect(free.bookState).toBe(0);
    expect(free).not.toHaveProperty('idres');
  });

  test('how many of how many, if a knob wants it', async () => {
    await (await signIn(sim)).book(DAY, 501);
    await sim.control.setKnob({ kind: 'limit-as', as: 'slashed' });
    expect((await rows())[0]).toMatchObject({ limit: '1/2', limitc: 2 });
  });
});

test('the box has its own words about the day', async () => {
  const gym = await signIn(sim);
  expect((await gym.list(DAY)).json).toMatchObject({ day: DAY, clasesDisp: '3', resmsgs: [] });
  await sim.control.setKnob({ kind: 'day-words', words: ['Festivo local'], day: DAY });
  expect((await gym.list(DAY)).json.resmsgs).toEqual(['Festivo local']);
  expect((await gym.list('20260303')).json.resmsgs).toEqual([]);
});

describe('a class that changes', () => {
  test('can move, and everything about its hour moves along', async () => {
    const slot = await change({ time: '18:15 - 19:30' });
    expect(slot).toMatchObject({ timeid: '1815_75', startsAtMs: at('18:15:00') });
    expect((await rows())[0]).toMatchObject({ time: '18:15 - 19:30', timeid: '1815_75', classLength: 75 });
  });

  test('can bear an hour id of another shape', async () => {
    await change({ timeid: '900_60' });
    expect((await rows())[0]).toMatchObject({ time: '18:00 - 19:00', timeid: '900_60' });
  });

  test('can have twins of the same name', async () => {
    await change({ newId: 701 });
    await sim.control.addSlot({ ...EVENING, id: 702, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 9 });
    const wods = (await rows()).filter((row: { className: string; time: string }) =>
      [row.className, row.time].every((text) => ['WOD', '18:00 - 19:00'].includes(text)),
    );
    expect(wods.map((row: { id: number }) => row.id)).toEqual([701, 702]);
  });

  test.each([
    ['renamed', { className: 'WOD Murph' }, { id: 501, className: 'WOD Murph' }],
    ['made longer', { time: '18:00 - 19:15' }, { id: 501, timeid: '1800_75' }],
    ['moved', { time: '18:15 - 19:15' }, { id: 501, timeid: '1815_60' }],
    ['given another id', { newId: 777 }, { id: 777, timeid: '1800_60' }],
  ] as const)('right after a booking is %s, and the booking stays', async (_, what, row) => {
    await sim.control.setKnob({ kind: 'change-after-book', change: what });
    const gym = await signIn(sim);
    const { json } = await gym.book(DAY, 501);
    expect(json.bookState).toBe(1);
    expect((await gym.list(DAY)).json.bookings[0]).toMatchObject({ ...row, bookState: 1, idres: Number(json.id) });
    expect((await sim.control.history({ op: 'book' }))[0]?.effect).toMatchObject({ what: 'booked', slotId: 501 });
  });

  test('can do so a while after the booking', async () => {
    await sim.control.setKnob({ kind: 'change-after-book', change: { className: 'Yoga' }, afterMs: 1_000 });
    const gym = await signIn(sim);
    await gym.book(DAY, 501);
    expect((await rows())[0].className).toBe('WOD');
    await sim.control.advance(1_000);
    expect((await rows())[0].className).toBe('Yoga');
  });
});

describe('a refusal', () => {
  const refused = async () => (await (await signIn(sim)).book(DAY, 501)).json;

  test.each([
    ['words alone', { text: '<b>Solo</b> socios' }, { errorMssg: '<b>Solo</b> socios' }],
    ['words in another field', { text: 'No', field: 'message' }, { message: 'No' }],
    ['-12 without a key', { text: 'No', state: -12 }, { bookState: -12, errorMssg: 'No' }],
    ['a key alone', { text: null, key: 'ERROR_X' }, { errorMssgLang: 'ERROR_X' }],
  ] as const)('can be %s', async (_, knob, body) => {
    await sim.control.setKnob({ kind: 'refuse-in-words', ...knob });
    expect(await refused()).toEqual(body);
    expect((await sim.control.truth()).reservations).toEqual([]);
  });

  test('in words can be a lie', async () => {
    await sim.control.setKnob({ kind: 'refuse-in-words', text: 'Error', effect: true });
    expect(await refused()).toEqual({ errorMssg: 'Error' });
    expect((await sim.control.truth()).reservations).toHaveLength(1);
  });

  test('tells the limit of the class and day', async () => {
    await sim.control.setKnob({ kind: 'refuse', reason: 'daily-limit', max: 3 });
    expect(await refused()).toMatchObject({ bookState: -8, max: 3 });
  });

  test('speaks the language of the box, beside a bare code too if a knob wants it', async () => {
    await sim.control.addBox({ ...demoScenario.boxes?.[0], slug: 'demo', boid: 77, name: 'Demo Box', language: 'ca' });
    await sim.control.setKnob({ kind: 'refuse', reason: 'same-hour', times: 1 });
    expect((await refused()).errorMssg).toBe('No pots reservar dues classes a la mateixa hora');
    await sim.control.setKnob({ kind: 'refuse', reason: 'full' });
    expect((await refused()).errorMssg).toBeUndefined();
    await sim.control.setKnob({ kind: 'gym-words', times: 1 });
    expect(await refused()).toMatchObject({ bookState: -1, errorMssg: 'La classe està plena' });
    await sim.control.setKnob({ kind: 'gym-words', language: 'en' });
    expect((await refused()).errorMssg).toBe('This class is full');
  });
});
