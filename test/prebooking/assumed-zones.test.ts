// F2: prebookings in a box whose time zone the operator has never declared. Prebookings in a box whose time zone was never declared are won at the
// right instant, or the member is told beforehand that the instant is unsure. No prebooking is ever given an opening that lies in the past. From the
// gym's words about an opening, together with the opening that a race observed, the service learns the box's time zone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adviseOnWish } from '../../jobs/advise-on-wish.ts';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import { opensAt as opensAtByRule } from '../../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';

const HOUR_MS = 3_600_000;
const RULE = { kind: 'hours-before', hours: 72 } as const;
/** Friday 27 March 2026, two nights before the clocks change: 18:00 in Madrid is 17:00 UTC, and 18:00 in the Canaries is 18:00 UTC. */
const DAY = '20260327';
const IN_MADRID = new Date('2026-03-24T17:00:00Z');
const IN_CANARY = new Date('2026-03-24T18:00:00Z');

const classes = ['20260327', '20260328', '20260329'].map((day, at) => ({
  ...{ id: 501 + at, day, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 12 },
}));
const box = (zone: string) => ({ slug: 'sur', boid: 88, name: 'Box Sur', zone, opening: RULE, slots: classes });
const townIn = (zone: string): ScenarioInput => ({
  boxes: [box(zone)],
  members: [{ id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['sur'] }],
});

let offsetMs = 0;
/** A clock that shows the system's time plus an offset; the test changes the offset in order to jump from one opening to the next. */
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offsetMs) };
let app: TestService;
beforeAll(async () => {
  app = await startService(townIn('Atlantic/Canary'), clock);
});
afterAll(() => app.stop());

async function goTo(at: Date): Promise<void> {
  offsetMs = at.getTime() - Date.now();
  await app.gym.control.followSystem(offsetMs);
}
const before = (at: Date, ms: number) => new Date(at.getTime() - ms);

let hand: { userId: string; deviceFingerprint: string };
let boxId: string;
async function enter(zone: string, rule: unknown = RULE): Promise<void> {
  await app.cloud.pool.query('delete from members; delete from boxes');
  await app.gym.control.reset(townIn(zone));
  await goTo(before(IN_MADRID, 30 * HOUR_MS));
  const { member, boxes, device } = await app.signIn('ana@example.test');
  hand = { userId: member.id, deviceFingerprint: device.fingerprint };
  boxId = boxes[0]?.id ?? '';
  if (rule) await app.services.store.teachOpeningRule(boxId, rule as typeof RULE, 'announced');
}
beforeEach(() => enter('Atlantic/Canary'));

const wish = (day = DAY, more = {}) =>
  createPrebooking(app.services, { ...hand, wish: { boxId, day, timeId: '1800_60', className: 'WOD', ...more } });
/** Gives the warnings of a prebooking; the warning about a missing address for notices is left out. */
const warningsOf = async (prebooking: Prebooking, isOpeningGiven = false) =>
  (await adviseOnWish(app.services, { prebooking, isOpeningGiven })).warnings.filter((one) => one !== 'no-channel');
const read = async (id: string) => app.services.store.readPrebooking(id);
const boxNow = () => app.services.store.readBox(boxId);
async function raceAt(id: string, at: Date) {
  await goTo(before(at, 3_000));
  await executePrebooking(app.services, { prebookingId: id });
  return read(id);
}

describe('a box in the Canaries that is taken for one of the mainland', () => {
  test(
    'is said to be unsure, is waited for, and is won when it opens; then every member’s openings are right',
    async () => {
      const made = await wish();
      const warnings = await warningsOf(made);
      const other = await wish('20260328');
      expect([made.opensAt, warnings]).toEqual([IN_MADRID, ['zone-assumed']]);
      await goTo(before(IN_MADRID, HOUR_MS));
      await sweepPrebookings(app.services);
      expect((await read(made.id))?.readiness).toMatchObject({
        level: 'amber',
        findings: [{ kind: 'opening-unsure' }],
      });

      const early = await raceAt(made.id, IN_MADRID);
      expect(early).toMatchObject({ status: 'scheduling', opensAt: IN_CANARY, outcome: undefined });
      const told = await app.cloud.pool.query(
        `select payload ->> 'finding' as finding from outbox where kind = 'prebooking-at-risk'`,
      );
      expect(told.rows).toEqual([{ finding: 'opening-unsure' }]);

      await sweepPrebookings(app.services);
      expect(app.wakeUps.at(-1)).toMatchObject({ prebookingId: made.id });
      const won = await raceAt(made.id, IN_CANARY);
      expect(won).toMatchObject({ status: 'booked', outcome: 'booked' });
      expect(await boxNow()).toMatchObject({
        timeZone: 'Atlantic/Canary',
        timeZoneSource: 'learned',
        openingRule: RULE,
      });
      expect((await read(other.id))?.opensAt).toEqual(new Date(IN_CANARY.getTime() + 24 * HOUR_MS));
      // The clock change lies between opening and class: 72 hours before Sunday 18:00 is Thursday 17:00 in the box's zone.
      const sunday = await wish('20260329');
      expect([sunday.opensAt, await warningsOf(sunday)]).toEqual([new Date('2026-03-26T17:00:00Z'), []]);
    },
    limitMs(60_000),
  );

  test(
    'asked for again after the refusal, never opens in the past',
    async () => {
      const at = new Date(IN_MADRID.getTime() + 20 * 60_000);
      await goTo(at);
      const again = await wish();
      expect(again.opensAt.getTime()).toBeGreaterThanOrEqual(at.getTime());
      await executePrebooking(app.services, { prebookingId: again.id });
      expect(await read(again.id)).toMatchObject({ status: 'scheduling', opensAt: IN_CANARY });
    },
    limitMs(30_000),
  );

  test('is not said to be unsure where the member gave the opening', async () => {
    const told = await wish(DAY, { opensAt: IN_CANARY });
    expect([await warningsOf(told, true), await warningsOf(told)]).toEqual([[], ['zone-assumed']]);
  });

  test(
    'a wish that was postponed and then missed is told of the miss alone',
    async () => {
      const { id } = await wish();
      expect(await raceAt(id, IN_MADRID)).toMatchObject({ status: 'scheduling' });
      await goTo(new Date(IN_CANARY.getTime() + 20 * 60_000));
      await sweepPrebookings(app.services);
      expect(await read(id)).toMatchObject({
        status: 'missed',
        receipt: { shots: 0, wokenAt: null, decidedBy: 'late' },
      });
    },
    limitMs(30_000),
  );

  test(
    'is no evidence against the gym’s own rule',
    async () => {
      await raceAt((await wish()).id, IN_MADRID);
      expect(await boxNow()).toMatchObject({ openingRule: RULE, ruleContradicted: 0 });
    },
    limitMs(30_000),
  );
});

test(
  'on the mainland it is learned by the first opening that was seen to happen',
  async () => {
    await enter('Europe/Madrid');
    const one = await wish();
    await app.gym.control.setKnob({ kind: 'refuse', op: 'book', reason: 'too-early', times: 1 });
    expect(await raceAt(one.id, IN_MADRID)).toMatchObject({ status: 'booked' });
    expect(await boxNow()).toMatchObject({ timeZone: 'Europe/Madrid', timeZoneSource: 'learned' });
  },
  limitMs(30_000),
);

test(
  'a class in Mexico City in two hours has not begun, and is tried at once',
  async () => {
    await enter('America/Mexico_City');
    const now = new Date('2026-03-27T22:00:00Z');
    await goTo(now);
    const one = await wish();
    expect(one.opensAt.getTime()).toBeGreaterThanOrEqual(now.getTime());
    expect(await raceAt(one.id, one.opensAt)).toMatchObject({ status: 'booked' });
    await app.services.store.declareOpeningRule({ boxId, timeZone: 'Europe/Madrid', source: 'declared' });
    await expect(wish()).rejects.toMatchObject({ code: 'prebooking/class-started' });
  },
  limitMs(30_000),
);

describe('a zone that an operator declares alone', () => {
  test('leaves the rule and what speaks for it, and takes waiting wishes along, but for what members said', async () => {
    const [byRule, told] = [await wish(), await wish('20260328', { opensAt: new Date('2026-03-25T16:30:00Z') })];
    await app.services.store.declareOpeningRule({ boxId, timeZone: 'Australia/Lord_Howe', source: 'declared' });
    expect(await boxNow()).toMatchObject({ openingRule: RULE, openingRuleSource: 'announced', ruleAgreed: 1 });
    // Lord Howe Island has a summer time of half an hour: its time is UTC+11 until 5 April.
    expect((await read(byRule.id))?.opensAt).toEqual(new Date('2026-03-24T07:00:00Z'));
    expect((await read(told.id))?.opensAt).toEqual(new Date('2026-03-25T16:30:00Z'));
    expect(await warningsOf(await wish('20260329'))).toEqual([]);
  });

  test('lets the rule be learned afterwards', async () => {
    await enter('Atlantic/Canary', undefined);
    await app.services.store.declareOpeningRule({ boxId, timeZone: 'Atlantic/Canary', source: 'declared' });
    await app.services.store.teachOpeningRule(boxId, RULE, 'announced');
    expect((await wish()).opensAt).toEqual(IN_CANARY);
  });

  test('must be a zone', async () => {
    const declared = app.services.store.declareOpeningRule({ boxId, timeZone: 'Canarias', source: 'declared' });
    await expect(declared).rejects.toThrow();
    expect(await boxNow()).toMatchObject({ timeZone: 'Europe/Madrid', timeZoneSource: 'assumed' });
  });
});

test('the database works an opening out as the rules do, in every zone and over both changes of the clocks', async () => {
  const rules = [
    RULE,
    { kind: 'hours-before', hours: 22.5 },
    { kind: 'days-before', days: 3 },
    { kind: 'clock', daysBefore: 1, at: '21:30' },
    { kind: 'midnight', daysBefore: 2 },
  ] as const;
  const zones = ['Europe/Madrid', 'Atlantic/Canary', 'America/Mexico_City', 'Australia/Lord_Howe'];
  const days = ['20260327', '20260329', '20260331', '20260405', '20260407', '20261004', '20261025', '20261027'];
  const asked = zones.flatMap((zone) =>
    days.flatMap((day) =>
      ['0700_60', '1800_60', '2130_90'].flatMap((timeId) => rules.map((rule) => ({ zone, day, timeId, rule }))),
    ),
  );
  const { rows } = await app.cloud.pool.query(
    `select opening_by_rule(x -> 'rule', x ->> 'day', x ->> 'timeId', x ->> 'zone') as at
     from jsonb_array_elements($1::jsonb) with ordinality t(x, n) order by n`,
    [JSON.stringify(asked)],
  );
  const wanted = asked.map(({ rule, day, timeId, zone }) => opensAtByRule(rule, { day, timeId }, zone));
  expect(rows.map(({ at }) => at)).toEqual(wanted);
});
