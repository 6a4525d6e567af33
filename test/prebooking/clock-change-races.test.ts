// Races around the two nights with a clock change, in four time zones. Each expected opening is written in this file and not computed by our code.
// Where the box's time zone is declared, each prebooking is won at its expected opening, and no request arrives more than a second before it. Where
// the box's time zone is only assumed, the member is told so before the race, and no race postpones a prebooking to an opening in the past.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adviseOnWish } from '../../jobs/advise-on-wish.ts';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import type { OpeningRule } from '../../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { BoxInput, ScenarioInput } from '../../simulator/scenario.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';

const HOUR_MS = 3_600_000;
/** The time from the race's start to the opening, in ms: enough for a race to be ready on a busy machine. */
const LEAD_MS = 1_500;

const MADRID = 'Europe/Madrid';
const CANARY = 'Atlantic/Canary';
const MEXICO = 'America/Mexico_City';
const HOWE = 'Australia/Lord_Howe';
const hours = (n: number): OpeningRule => ({ kind: 'hours-before', hours: n });
const days = (n: number): OpeningRule => ({ kind: 'days-before', days: n });
const clockAt = (at: string, daysBefore: number): OpeningRule => ({ kind: 'clock', daysBefore, at });
const midnight = (daysBefore: number): OpeningRule => ({ kind: 'midnight', daysBefore });

/** Gives a box's opening rule in the form that the pretend gym takes. */
function gymRule(rule: OpeningRule): BoxInput['opening'] {
  if (rule.kind === 'clock') return { kind: 'fixed-time', days: rule.daysBefore, at: rule.at };
  return rule.kind === 'midnight' ? { kind: 'midnight', days: rule.daysBefore } : rule;
}

const EVENING = '18:00 - 19:00';
const townOf = (zone: string, rule: OpeningRule, day: string, time: string): ScenarioInput => ({
  boxes: [
    {
      ...{ slug: 'sur', boid: 88, name: 'Box Sur', zone, opening: gymRule(rule) },
      slots: [{ id: 501, day, time, classId: 5, className: 'WOD', limit: 12 }],
    },
  ],
  members: [{ id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['sur'] }],
});

let offsetMs = 0;
/** A clock that shows the system's time plus an offset; the test changes the offset in order to jump from one opening to the next. */
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offsetMs) };
let app: TestService;
beforeAll(async () => {
  app = await startService(townOf(MADRID, hours(72), '20260329', EVENING), clock);
});
afterAll(() => app.stop());

async function goTo(at: Date): Promise<void> {
  offsetMs = at.getTime() - Date.now();
  await app.gym.control.followSystem(offsetMs);
}
const before = (at: Date, ms: number) => new Date(at.getTime() - ms);

/**
 * Signs a member of one box in at puntual, two days before the class opens. If `declared` is given, stores this time zone and the opening rule as an
 * operator declares them. Without `declared`, stores the opening rule as one that the gym announced.
 */
async function enter(town: ScenarioInput, rule: OpeningRule, opensAt: Date, declared: string | undefined) {
  await app.cloud.pool.query('delete from members; delete from boxes');
  await app.gym.control.reset(town);
  await goTo(before(opensAt, 48 * HOUR_MS));
  const { member, boxes, device } = await app.signIn('ana@example.test');
  const boxId = boxes[0]?.id ?? '';
  const { store } = app.services;
  if (declared) await store.declareOpeningRule({ boxId, rule, timeZone: declared, source: 'declared' });
  else await store.teachOpeningRule(boxId, rule, 'announced');
  return { userId: member.id, deviceFingerprint: device.fingerprint, boxId };
}

type Entered = Awaited<ReturnType<typeof enter>>;
const timeIdOf = (time: string) => `${time.slice(0, 5).replace(':', '')}_60`;
const wishFor = ({ boxId, ...hand }: Entered, day: string, time: string) =>
  createPrebooking(app.services, { ...hand, wish: { boxId, day, timeId: timeIdOf(time), className: 'WOD' } });
const warningsOf = async (prebooking: Prebooking) =>
  (await adviseOnWish(app.services, { prebooking, isOpeningGiven: false })).warnings.filter(
    (one) => one !== 'no-channel',
  );
const read = (id: string) => app.services.store.readPrebooking(id);
async function raceAt({ id }: Prebooking, at: Date) {
  await goTo(before(at, LEAD_MS));
  await executePrebooking(app.services, { prebookingId: id });
  return read(id);
}
const shots = () => app.gym.control.history({ op: 'book' });
/** Reads from the pretend gym when, by its own computation, the class opens. */
async function openingOfTheGym(): Promise<Date> {
  const { slots } = await app.gym.control.truth({ box: 'sur' });
  return new Date(slots[0]?.opensAtMs ?? Number.NaN);
}

type Row = readonly [zone: string, rule: OpeningRule, day: string, time: string, opensAt: string];

const MARCH: readonly Row[] = [
  [MADRID, hours(72), '20260329', EVENING, '2026-03-26T16:00:00Z'],
  [MADRID, days(3), '20260329', EVENING, '2026-03-26T17:00:00Z'],
  // In the night of this clock change there is no 02:30, so the class opens at 03:30.
  [MADRID, clockAt('02:30', 0), '20260329', EVENING, '2026-03-29T01:30:00Z'],
  [MADRID, hours(24), '20260329', '02:30 - 03:30', '2026-03-28T01:30:00Z'],
  [CANARY, hours(72), '20260329', EVENING, '2026-03-26T17:00:00Z'],
  [MEXICO, clockAt('21:00', 1), '20260329', EVENING, '2026-03-29T03:00:00Z'],
];
const OCTOBER: readonly Row[] = [
  [MADRID, hours(72), '20261025', EVENING, '2026-10-22T17:00:00Z'],
  [MADRID, days(3), '20261025', EVENING, '2026-10-22T16:00:00Z'],
  // In the night of this clock change 02:30 comes twice; the class opens at the first 02:30.
  [MADRID, clockAt('02:30', 0), '20261025', EVENING, '2026-10-25T00:30:00Z'],
  [MADRID, midnight(0), '20261025', '02:30 - 03:30', '2026-10-24T22:00:00Z'],
  [CANARY, days(3), '20261025', EVENING, '2026-10-22T17:00:00Z'],
];
/** Lord Howe Island: half an hour of summer time, which ends on 5 April and begins on 4 October. */
const LORD_HOWE: readonly Row[] = [
  [HOWE, hours(72), '20260405', EVENING, '2026-04-02T07:30:00Z'],
  [HOWE, clockAt('01:45', 0), '20260405', EVENING, '2026-04-04T14:45:00Z'],
  [HOWE, clockAt('02:15', 0), '20261004', EVENING, '2026-10-03T15:45:00Z'],
];

describe.each([
  ['in March', MARCH],
  ['in October', OCTOBER],
  ['on Lord Howe', LORD_HOWE],
])('where the zone is declared, %s', (_, rows) => {
  test.each(rows)(
    '%s, %j: the class of %s %s is won at %s',
    async (zone, rule, day, time, instant) => {
      const opensAt = new Date(instant);
      const entered = await enter(townOf(zone, rule, day, time), rule, opensAt, zone);
      const made = await wishFor(entered, day, time);
      expect([made.opensAt, await openingOfTheGym(), await warningsOf(made)]).toEqual([opensAt, opensAt, []]);
      expect(await raceAt(made, opensAt)).toMatchObject({ status: 'booked', outcome: 'booked', opensAt });
      // A shot may arrive a few milliseconds before the opening; no shot may be an hour early.
      const early = (await shots()).filter(({ simAtMs }) => simAtMs < opensAt.getTime() - 1_000);
      expect(early).toEqual([]);
    },
    limitMs(30_000),
  );
});

/**
 * Runs races until the prebooking is decided. Fails the test if a race postpones the prebooking to an opening that is not in the future. Returns the
 * openings that were raced for, in order, and how the prebooking ended.
 */
async function raceToTheEnd(made: Prebooking): Promise<{ openings: Date[]; end: Prebooking }> {
  const openings = [made.opensAt];
  for (let one: Prebooking | null = made; ; ) {
    one = await raceAt(one, one.opensAt);
    if (one?.status !== 'scheduling') {
      if (!one) throw new Error('Expected the wish to be there still.');
      return { openings, end: one };
    }
    expect(one.opensAt.getTime()).toBeGreaterThan(clock.now().getTime());
    openings.push(one.opensAt);
    await sweepPrebookings(app.services);
  }
}

describe('where the zone is assumed', () => {
  test.each([
    [CANARY, hours(72), '20261025', '2026-10-22T18:00:00Z', 2],
    // Several zones lie between Madrid's zone, which is assumed, and Mexico's, and each of these zones gives a different opening.
    [MEXICO, hours(24), '20260329', '2026-03-29T00:00:00Z', 8],
  ] as const)(
    'a wish for a class in %s by %j on %s is said to be unsure first, and is won at %s',
    async (zone, rule, day, instant, most) => {
      const opensAt = new Date(instant);
      const entered = await enter(townOf(zone, rule, day, EVENING), rule, opensAt, undefined);
      const made = await wishFor(entered, day, EVENING);
      expect(await warningsOf(made)).toEqual(['zone-assumed']);
      await goTo(before(made.opensAt, HOUR_MS));
      await sweepPrebookings(app.services);
      const unsure = { level: 'amber', findings: [{ kind: 'opening-unsure' }] };
      expect((await read(made.id))?.readiness).toMatchObject(unsure);
      expect(await shots()).toEqual([]);

      const { openings, end } = await raceToTheEnd(made);
      expect(end).toMatchObject({ status: 'booked', outcome: 'booked', opensAt });
      expect([openings.at(-1), await openingOfTheGym()]).toEqual([opensAt, opensAt]);
      expect(openings.length).toBeLessThanOrEqual(most);
      const box = await app.services.store.readBox(entered.boxId);
      expect([box?.timeZone, box?.timeZoneSource]).toEqual([zone, 'learned']);
    },
    limitMs(120_000),
  );

  test(
    'a wish for a class on Lord Howe, where it opens long before we think, is said to be unsure first, and its place is taken while there is one',
    async () => {
      const opensAt = new Date('2026-04-02T07:30:00Z');
      const entered = await enter(townOf(HOWE, hours(72), '20260405', EVENING), hours(72), opensAt, undefined);
      const made = await wishFor(entered, '20260405', EVENING);
      expect([made.opensAt, await warningsOf(made)]).toEqual([new Date('2026-04-02T16:00:00Z'), ['zone-assumed']]);
      expect(await raceAt(made, made.opensAt)).toMatchObject({ status: 'booked' });
    },
    limitMs(30_000),
  );
});
