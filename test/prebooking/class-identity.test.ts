// F4, F5, F14: what the service does when the gym renames, lengthens, moves, lists twice or cancels a class before or after the shot, or refuses in
// words. Each case has a box and a member of its own; all cases race at one instant, over real sockets.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PrebookingWish } from '../../jobs/create-prebooking.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { messageOf } from '../../services/notify/messages.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { SlotChange } from '../../simulator/control.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import type { SlotInput } from '../../simulator/scenario.ts';
import { limitMs } from '../support/limits.ts';
import type { Soon } from '../support/opening-town.ts';
import { openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LATER = { id: 502, time: '19:00 - 20:00' };
const OTHER_HOUR: Partial<PrebookingWish> = { alternatives: [{ timeId: '1900_60' }] };
const SAID = 'Solo para el grupo & competición';

interface Lane {
  readonly name: string;
  readonly slots?: readonly Partial<SlotInput>[];
  readonly wish?: Partial<PrebookingWish>;
  /** What the gym changes in the class of this case between the prebooking and the race. */
  readonly change?: SlotChange;
  readonly more?: readonly Partial<SlotInput>[];
  readonly knobs?: readonly KnobInput[];
}

const LANES: readonly Lane[] = [
  { name: 'longer', change: { time: '18:00 - 19:15' } },
  { name: 'coach', change: { coachName: 'Marta' } },
  { name: 'renamed', change: { className: 'WOD Murph' } },
  { name: 'yoga', change: { className: 'Yoga' } },
  { name: 'earlier', change: { time: '17:45 - 18:45' } },
  {
    name: 'doubled',
    change: { removed: true },
    more: [
      { id: 601, limit: 1 },
      { id: 602, limit: 9 },
    ],
  },
  { name: 'spelled', change: { newId: 601, opensAt: 0, className: '\u00a0w\u200bod ' } },
  { name: 'replaced', change: { calledOff: true }, more: [{ id: 601 }] },
  { name: 'called-off', change: { calledOff: true } },
  { name: 'staff-only', change: { resadmin: 1 } },
  { name: 'gone', slots: [{}, LATER], change: { removed: true } },
  ...[
    ['after-renamed', { className: 'Yoga' }],
    ['after-longer', { time: '18:00 - 19:15' }],
    ['after-moved', { time: '18:15 - 19:15' }],
    ['after-new-id', { newId: true, className: 'Yoga', time: '18:15 - 19:15' }],
  ].map(
    ([name, change]) => ({ name: String(name), knobs: [{ kind: 'change-after-book', op: 'book', change }] }) as Lane,
  ),
  {
    name: 'lost-moved',
    knobs: [
      { kind: 'change-after-book', op: 'book', change: { time: '18:15 - 19:15', className: 'Yoga' } },
      { kind: 'lose', when: 'after', how: 'reset', op: 'book' },
    ],
  },
  { name: 'words', knobs: [{ kind: 'refuse-in-words', op: 'book', text: `<b>${SAID.replace('&', '&amp;')}</b>` }] },
  {
    name: 'words-next',
    ...{ slots: [{}, LATER], wish: OTHER_HOUR },
    knobs: [{ kind: 'refuse-in-words', op: 'book', times: 1 }],
  },
  {
    name: 'words-lie',
    ...{ slots: [{}, LATER], wish: OTHER_HOUR },
    knobs: [
      { kind: 'refuse-in-words', op: 'book', effect: true },
      { kind: 'list-lag', lagMs: 15_000 },
    ],
  },
  {
    name: 'state-next',
    ...{ slots: [{}, LATER], wish: OTHER_HOUR },
    knobs: [{ kind: 'refuse', op: 'book', reason: 'daily-limit', times: 1 }],
  },
  { name: 'own-words', knobs: [{ kind: 'refuse', op: 'book', reason: 'no-credit' }, { kind: 'gym-words' }] },
];

let app: TestService;
let soon: Soon;
const ids = new Map<string, string>();
const end = async (lane: string): Promise<Prebooking> => {
  const found = await app.services.store.readPrebooking(ids.get(lane) ?? '');
  if (!found) throw new Error(`Expected a wish in ${lane}.`);
  return found;
};
/** Gives the ids of the classes for which the service sent booking requests, in the order of sending. */
const shotsAt = async (lane: string) =>
  (await app.gym.control.history({ op: 'book' })).filter((one) => one.box === lane).map((one) => one.asked['id']);
const placesIn = async (lane: string) =>
  (await app.gym.control.truth({ box: lane })).reservations.filter((one) => one.state !== 'cancelled');

async function stage({ name, wish, change, more = [], knobs = [] }: Lane): Promise<void> {
  ids.set(name, (await wishIn(app, name, soon, wish)).id);
  if (change) await app.gym.control.changeSlot({ slot: { box: name, day: soon.day, id: 501 }, change });
  for (const one of more) {
    const slot = { day: soon.day, id: 601, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 12, opensAt: 0 };
    await app.gym.control.addSlot({ box: name, ...slot, ...one });
  }
  for (const knob of knobs) await app.gym.control.setKnob({ ...knob, box: name });
}

beforeAll(async () => {
  soon = someDay();
  app = await startService(raceTown(LANES, soon), systemClock);
  for (const lane of LANES) await stage(lane);
  await openAll(app, LANES, soon, undefined, 100);
  await app.gym.control.clearHistory();
  await Promise.all(LANES.map(({ name }) => executePrebooking(app.services, { prebookingId: ids.get(name) ?? '' })));
}, limitMs(90_000));
afterAll(() => app.stop());

describe('F4: a class that the gym changed before the race', () => {
  test.each([
    ['longer', '501'],
    ['coach', '501'],
    ['renamed', '501'],
    ['doubled', '602'],
    ['spelled', '601'],
    ['replaced', '601'],
  ])('%s is booked, at slot %s', async (lane, id) => {
    expect(await end(lane)).toMatchObject({ status: 'booked', outcome: 'booked' });
    expect(new Set(await shotsAt(lane))).toEqual(new Set([id]));
  });

  test.each([
    ['yoga', 'class-changed', 'changed this class'],
    ['earlier', 'class-changed', 'changed this class'],
    ['called-off', 'class-cancelled', 'called this class off'],
    ['staff-only', 'class-closed', 'does not let members'],
    ['gone', 'class-gone', 'no longer on the timetable'],
  ])('%s is not shot at, and told as %s', async (lane, outcome, words) => {
    const { receipt, ...told } = await end(lane);
    expect(told).toMatchObject({ status: 'refused', outcome });
    expect(receipt?.['words']).toContain(words);
    expect(await shotsAt(lane)).toEqual([]);
  });
});

describe('F5: a class that the gym changed right after it took the booking', () => {
  test.each([
    ['after-renamed', undefined],
    ['after-longer', undefined],
    ['after-moved', '18:15'],
    ['after-new-id', '18:15'],
    ['lost-moved', '18:15'],
  ])('%s is booked, with its reservation', async (lane, movedTo) => {
    const one = await end(lane);
    const [place] = await placesIn(lane);
    expect(one).toMatchObject({ status: 'booked', outcome: 'booked', reservationId: String(place?.id) });
    const { words = '', movedTo: told } = one.receipt ?? {};
    expect(told).toBe(movedTo);
    expect(String(words).includes('The gym moved the class to 18:15.')).toBe(movedTo !== undefined);
    expect(one.reason).toBe(movedTo && `moved to ${movedTo}`);
    expect(await shotsAt(lane)).toEqual(['501']);
  });
});

describe('F14: a refusal', () => {
  test('in words alone is looked at twice, and told in the gym’s own words', async () => {
    const one = await end('words');
    expect(one).toMatchObject({ status: 'refused', outcome: 'refused', reason: SAID, receipt: { gymSaid: SAID } });
    expect(one.receipt?.['words']).toContain(`The gym said: “${SAID}”.`);
    const notice = { id: 1, userId: one.userId, kind: 'prebooking-refused', payload: {}, createdAt: new Date() };
    const rest = { attempts: 1, wrapped: undefined, channels: [], box: undefined };
    const { es } = messageOf({ ...notice, ...rest, prebooking: { ...one, alternatives: [] } }).text;
    expect(es).toContain(`Dice el gimnasio: «${SAID}».`);
  });

  test('in words alone goes on to the next choice when two looks bear it out', async () => {
    expect(await end('words-next')).toMatchObject({ status: 'booked', outcome: 'booked' });
    const shots = (await app.gym.control.history({ op: 'book' })).filter((one) => one.box === 'words-next');
    expect(shots.map((one) => one.asked['id'])).toEqual(['501', '502']);
    const [first, second] = shots.map(({ simAtMs }) => simAtMs);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(20_000);
  });

  test('in words that lie, at a list that lags, costs no second place', async () => {
    expect(await end('words-lie')).toMatchObject({ status: 'booked', outcome: 'booked' });
    expect(await shotsAt('words-lie')).toEqual(['501']);
    expect(await placesIn('words-lie')).toHaveLength(1);
  });

  test('by a known state goes on to the next choice at once', async () => {
    expect(await end('state-next')).toMatchObject({ status: 'booked', outcome: 'booked' });
    expect(await shotsAt('state-next')).toEqual(['501', '502']);
  });

  test('by a state with words keeps them', async () => {
    const said = 'No te quedan sesiones en tu bono';
    expect(await end('own-words')).toMatchObject({ outcome: 'no-credit', reason: said, receipt: { gymSaid: said } });
  });
});
