// What the gym's answers teach about a box, for all its members: when the box opens its classes, and how much later than the computed opening a race
// should send.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bookClass } from '../../jobs/book-class.ts';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import type { Entrant } from '../../services/race/entrant.ts';
import { announcedRule, confidenceOf, learnFromRace, sawOpening } from '../../services/race/learn-opening.ts';
import type { EntrantShots } from '../../services/race/shots.ts';
import type { Box } from '../../services/store/box-store.ts';
import { boxStore } from '../../services/store/box-store.ts';
import { type Call, openDatabase } from '../../services/store/call.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

/** The box Norte opens each class two days before it begins, at the class's own hour; the service does not know that. */
const strictTown: ScenarioInput = {
  ...town,
  boxes: (town.boxes ?? []).map((box) => ({ ...box, opening: { kind: 'days-before' as const, days: 2 } })),
};
const THURSDAY_NOON = new Date('2026-02-26T12:00:00Z');
/** The opening of the class in these tests: Saturday 28 February 2026, 18:00 in Madrid. */
const OPENS_AT = new Date('2026-02-28T17:00:00Z');
const TWO_DAYS = { kind: 'days-before', days: 2 } as const;

let app: TestService;
let clock: HandClock;
beforeAll(async () => {
  clock = handClock(THURSDAY_NOON);
  app = await startService(strictTown, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(strictTown);
  await app.gym.control.freeze(THURSDAY_NOON.getTime());
  clock.set(THURSDAY_NOON);
  await app.cloud.pool.query('delete from members');
  await app.cloud.pool.query('delete from boxes');
});

async function enter(email: string) {
  const { member, boxes, device } = await app.signIn(email);
  const boxId = boxes.find((one) => one.at.slug === 'norte')?.id ?? '';
  return { userId: member.id, deviceFingerprint: device.fingerprint, boxId };
}
const boxNow = async (id: string): Promise<Box> => {
  const box = await app.services.store.readBox(id);
  if (!box) throw new Error('Expected the box.');
  return box;
};

describe('too early', () => {
  test('by hand teaches the box’s rule, answers the instant, and serves every other member', async () => {
    const { boxId, ...ana } = await enter('ana@example.test');
    const answer = await bookClass(app.services, { ...ana, boxId, day: MONDAY, classId: '501' });
    expect(answer).toEqual({ outcome: 'too-early', opensAt: OPENS_AT });
    expect(await boxNow(boxId)).toMatchObject({ openingRule: TWO_DAYS, openingRuleSource: 'announced', ruleAgreed: 1 });
    const bea = await enter('bea@example.test');
    const wish = { boxId, day: MONDAY, timeId: '1900_60', className: 'WOD' };
    const prebooking = await createPrebooking(app.services, { ...bea, wish });
    expect(prebooking.opensAt).toEqual(new Date(OPENS_AT.getTime() + 3_600_000));
  });

  test('never moves an operator’s word, but lowers what it is worth', async () => {
    const { boxId, ...ana } = await enter('ana@example.test');
    const declared = { kind: 'midnight', daysBefore: 2 } as const;
    await app.services.store.declareOpeningRule({ boxId, rule: declared, source: 'declared' });
    await bookClass(app.services, { ...ana, boxId, day: MONDAY, classId: '501' });
    const box = await boxNow(boxId);
    expect(box).toMatchObject({ openingRule: declared, openingRuleSource: 'declared', ruleContradicted: 1 });
    expect(confidenceOf(box)).toBe(0.5);
  });

  test('an announcement by which the class would be open already is not believed', () => {
    const slot = { day: MONDAY, timeId: '1800_60' };
    const at = { timeZone: 'Europe/Madrid', timeZoneSource: 'declared' } as const;
    expect(announcedRule(at, slot, { amount: 2, unit: 'days' }, THURSDAY_NOON)).toEqual(TWO_DAYS);
    expect(announcedRule(at, slot, { amount: 2, unit: 'days' }, SUNDAY_NOON)).toBeUndefined();
    expect(announcedRule(at, slot, { amount: 9_999, unit: 'days' }, THURSDAY_NOON)).toBeUndefined();
  });
});

describe('a rule', () => {
  const teach = (boxId: string, days: number, source: 'announced' | 'observed') =>
    app.services.store.teachOpeningRule(boxId, { kind: 'days-before', days }, source);

  test('gains by agreement and loses by contradiction, and gives way when it was wrong as often as right', async () => {
    const { boxId } = await enter('ana@example.test');
    const seen: (readonly [unknown, number])[] = [];
    for (const days of [3, 3, 4, 4, 4]) {
      const box = await teach(boxId, days, 'observed');
      if (box) seen.push([(box.openingRule as { days: number }).days, Math.round(confidenceOf(box) * 100)]);
    }
    expect(seen).toEqual([
      [3, 50],
      [3, 67],
      [3, 50],
      [3, 40],
      [4, 50],
    ]);
  });

  test('that the gym announced is not moved by what was observed, the other way round at once', async () => {
    const { boxId } = await enter('ana@example.test');
    await teach(boxId, 3, 'observed');
    expect(await teach(boxId, 2, 'announced')).toMatchObject({ openingRule: TWO_DAYS, openingRuleSource: 'announced' });
    expect(await teach(boxId, 3, 'observed')).toMatchObject({ openingRule: TWO_DAYS, ruleContradicted: 1 });
  });
});

test('a lesson with a lost answer is taught again by the one way into the database, and counts once', async () => {
  const { boxId } = await enter('ana@example.test');
  const call = openDatabase({ supabaseUrl: app.cloud.supabaseUrl, secretKey: app.cloud.secretKey });
  const twice: Call = async (...asked) => {
    await call(...asked);
    return call(...asked);
  };
  const store = boxStore(twice);
  await store.teachOpeningRule(boxId, TWO_DAYS, 'observed');
  await store.teachOpeningRule(boxId, TWO_DAYS, 'observed');
  expect(await boxNow(boxId)).toMatchObject({ ruleAgreed: 2 });
  expect(await store.noteClock(boxId, { marginMs: 15 })).toMatchObject({ clock: { marginMs: 15 } });
});

/** The time between two shots of an entrant, in ms. */
const APART_MS = 21;
const seriesOf = (
  heard: EntrantShots['heard'],
  occupied: number | undefined,
  { timeId = '1800_60', firstAtMs = 0, createdAt = THURSDAY_NOON, tookMs = 0, userId = 'ana' } = {},
): EntrantShots => ({
  entrant: {
    choices: [{ day: MONDAY, timeId, occupied }],
    prebooking: { day: MONDAY, timeId, createdAt, userId },
  } as unknown as Entrant,
  end: { do: 'stop', verdict: 'booked' },
  sentAtMs: firstAtMs,
  lastSentAtMs: firstAtMs,
  tries: heard.map((answer, at) => ({
    sentAtMs: answer === 'not-sent' ? undefined : firstAtMs + at * APART_MS,
    firstByteAtMs: firstAtMs + at * APART_MS + tookMs,
    answeredAtMs: undefined,
    answer,
  })),
  trace: {},
  heard,
});
const RACE = { opensAt: OPENS_AT, atMs: 0, estimate: undefined };

describe('a race', () => {
  test('saw the opening when it was refused first, or when the class was empty until then', () => {
    expect(sawOpening(seriesOf(['too-early', 'booked'], 4))).toBe(true);
    expect(sawOpening(seriesOf(['booked'], 0))).toBe(true);
    expect(sawOpening(seriesOf(['booked'], 4))).toBe(false);
    expect(sawOpening(seriesOf(['booked'], undefined))).toBe(false);
    expect(sawOpening(seriesOf(['too-early', 'too-early'], 0))).toBe(false);
  });

  test('that was won teaches the plainest rule that explains all openings seen so far', async () => {
    const { boxId } = await enter('ana@example.test');
    await learnFromRace(app.services, await boxNow(boxId), RACE, [seriesOf(['too-early', 'booked'], 0)]);
    expect(await boxNow(boxId)).toMatchObject({ openingRule: TWO_DAYS, openingRuleSource: 'observed', ruleAgreed: 1 });
    // Another class, at another hour, opens at the same instant: the box opens at a fixed hour, not at the class's own.
    const second = seriesOf(['too-early', 'booked'], 0, { timeId: '1900_60' });
    for (let at = 0; at < 2; at += 1) await learnFromRace(app.services, await boxNow(boxId), RACE, [second]);
    expect((await boxNow(boxId)).openingRule).toEqual({ kind: 'clock', daysBefore: 2, at: '18:00:00' });
  });

  test('for a class that may have been open and empty all along teaches no rule on one member’s word, and on two it does', async () => {
    const { boxId } = await enter('ana@example.test');
    const race = async (...users: string[]) => {
      const raced = users.map((userId) => seriesOf(['booked'], 0, { userId }));
      await learnFromRace(app.services, await boxNow(boxId), RACE, raced);
      return boxNow(boxId);
    };
    for (let at = 0; at < 3; at += 1)
      expect(await race('ana', 'ana')).toMatchObject({ openingRuleSource: 'unknown', openingRule: undefined });
    expect(await race('ana', 'bea')).toMatchObject({ openingRule: TWO_DAYS, openingRuleSource: 'observed' });
  });

  test('for an instant that no box opens at, which only a member can have stated, teaches neither a rule nor a margin', async () => {
    const { boxId } = await enter('ana@example.test');
    const odd = { ...RACE, opensAt: new Date(OPENS_AT.getTime() - 900) };
    const race = async () =>
      learnFromRace(app.services, await boxNow(boxId), odd, [seriesOf(['too-early', 'too-early', 'booked'], 0)]);
    await race();
    expect(await boxNow(boxId)).toMatchObject({ openingRuleSource: 'unknown', clock: { marginMs: 0 } });
    // An operator may declare a rule whose openings are not at a whole minute.
    const rule = { kind: 'clock', daysBefore: 2, at: '17:59:59' } as const;
    await app.services.store.declareOpeningRule({ boxId, rule, source: 'declared' });
    const declared = { ...RACE, opensAt: new Date(OPENS_AT.getTime() - 1_000) };
    await learnFromRace(app.services, await boxNow(boxId), declared, [seriesOf(['too-early', 'booked'], 0)]);
    expect(await boxNow(boxId)).toMatchObject({ ruleAgreed: 1, clock: { marginMs: 2 } });
  });

  test('for an empty class on one member’s word confirms the rule, and says nothing against another', async () => {
    const { boxId } = await enter('ana@example.test');
    await app.services.store.teachOpeningRule(boxId, TWO_DAYS, 'observed');
    await learnFromRace(app.services, await boxNow(boxId), RACE, [seriesOf(['booked'], 0)]);
    expect(await boxNow(boxId)).toMatchObject({ openingRule: TWO_DAYS, ruleAgreed: 2, ruleContradicted: 0 });
    const late = { ...RACE, opensAt: new Date(OPENS_AT.getTime() + 3_600_000) };
    for (let at = 0; at < 4; at += 1)
      await learnFromRace(app.services, await boxNow(boxId), late, [seriesOf(['booked'], 0)]);
    expect(await boxNow(boxId)).toMatchObject({ openingRule: TWO_DAYS, ruleAgreed: 2, ruleContradicted: 0 });
  });

  test('for a wish that was tried at once, since its class should have been open, teaches no opening', async () => {
    const { boxId } = await enter('ana@example.test');
    const late = seriesOf(['booked'], 0, { createdAt: OPENS_AT });
    await learnFromRace(app.services, await boxNow(boxId), RACE, [late]);
    expect(await boxNow(boxId)).toMatchObject({ openingRuleSource: 'unknown', openingRule: undefined });
  });

  test('whose first shot came too early moves the next ones later by what was proven; good ones move them 1 ms sooner', async () => {
    const { boxId } = await enter('ana@example.test');
    const margin = async () => (await boxNow(boxId)).clock.marginMs;
    const race = async (heard: EntrantShots['heard']) =>
      learnFromRace(app.services, await boxNow(boxId), RACE, [seriesOf(heard, 5)]);
    await race(['booked']);
    expect(await margin()).toBe(0);
    await race(['too-early', 'too-early', 'booked']);
    expect(await boxNow(boxId)).toMatchObject({
      clock: { marginMs: APART_MS, refusedMarginMs: 0, refusedAt: clock.now() },
    });
    await race(['full']);
    expect(await margin()).toBe(20);
    for (let at = 0; at < 30; at += 1) await race(['booked']);
    expect(await margin()).toBe(1);
    clock.advance(61 * 86_400_000);
    await race(['booked']);
    expect(await margin()).toBe(0);
  });

  test('of many shots teaches by most of them, and by none that was not written at the instant', async () => {
    const { boxId } = await enter('ana@example.test');
    const [early, fine] = [seriesOf(['too-early', 'booked'], 5), seriesOf(['booked'], 5)];
    await learnFromRace(app.services, await boxNow(boxId), RACE, [early, fine, fine]);
    expect((await boxNow(boxId)).clock).toMatchObject({ marginMs: 0 });
    await learnFromRace(app.services, await boxNow(boxId), RACE, [
      seriesOf(['too-early', 'booked'], 5, { firstAtMs: 700 }),
    ]);
    expect((await boxNow(boxId)).clock).toMatchObject({ marginMs: 0 });
    await learnFromRace(app.services, await boxNow(boxId), RACE, [early, early, fine]);
    expect((await boxNow(boxId)).clock).toMatchObject({ marginMs: 2 });
  });

  test('learns from the first shot that the gym judged: not from one it turned away, and past one that never left', async () => {
    const { boxId } = await enter('ana@example.test');
    await app.services.store.noteClock(boxId, { marginMs: 40 });
    await learnFromRace(app.services, await boxNow(boxId), RACE, [seriesOf(['turned-away', 'booked'], 5)]);
    expect((await boxNow(boxId)).clock.marginMs).toBe(40);
    await learnFromRace(app.services, await boxNow(boxId), RACE, [seriesOf(['not-sent', 'too-early', 'booked'], 5)]);
    expect((await boxNow(boxId)).clock).toMatchObject({ marginMs: 42, refusedMarginMs: 40 });
  });

  test('at a gym that stamps Date at the end of long work finds out whether it judges the opening there, too', async () => {
    const { boxId } = await enter('ana@example.test');
    const end = { offsetMs: 0, uncertaintyMs: 1, leastOffsetMs: 0 };
    const way = { wayMs: 1, rttMs: 211, thinkingMs: 210, usualThinkingMs: 330 };
    const estimate = { offsetMs: 0, maxErrorMs: 1, start: end, end, evidence: 0.9, ...way, probes: 68 };
    const race = async (heard: EntrantShots['heard'], tookMs: number) => {
      await learnFromRace(app.services, await boxNow(boxId), { ...RACE, estimate }, [seriesOf(heard, 5, { tookMs })]);
      return (await boxNow(boxId)).clock.judgesLate;
    };
    expect(await race(['booked'], 260)).toBe('to-try');
    // The gym may refuse a class without a free place before it checks whether the class is open.
    expect(await race(['full'], 340)).toBe('to-try');
    expect(await race(['booked'], 340)).toBe('yes');
    expect(await race(['too-early', 'booked'], 260)).toBe('no');
    expect((await boxNow(boxId)).clock).toMatchObject({ marginMs: 0, refusedAt: undefined });
    // Only one race at a box tries to find out whether the gym checks the opening at the end of its work. If that race shows nothing, `judgesLate`
    // becomes `no`.
    await app.services.store.noteClock(boxId, { judgesLate: 'to-try' });
    expect(await race(['too-early', 'booked'], 260)).toBe('no');
    expect(await race(['booked'], 260)).toBe('no');
  });

  test('that ended too early, or never reached the gym, teaches no margin', async () => {
    const { boxId } = await enter('ana@example.test');
    await learnFromRace(app.services, await boxNow(boxId), RACE, [
      seriesOf(['too-early', 'too-early'], 5),
      seriesOf(['not-sent'], 5),
    ]);
    expect((await boxNow(boxId)).clock.marginMs).toBe(0);
  });
});
