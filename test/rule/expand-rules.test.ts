// Days of rules become prebookings: one for each rule and day, however many processes run; and a member's changes to a rule take effect.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { withdrawPrebooking } from '../../jobs/withdraw-prebooking.ts';
import { type ExpandServices, expandRules } from '../../services/expansion/expand-rules.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { Rule } from '../../services/store/rule-store.ts';
import { createStore, type Store } from '../../services/store/store.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import {
  askedTwice,
  LATER_DAY,
  NEXT_DAY,
  NEXT_OPENS,
  ruleOf,
  ruleTown,
  SUNDAY,
  THREE_DAYS,
} from '../support/rule-town.ts';
import { startService, type TestService } from '../support/service.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let app: TestService;
let clock: HandClock;
let boxId: string;
let ana: { userId: string; deviceFingerprint: string };
beforeAll(async () => {
  clock = handClock(SUNDAY);
  app = await startService(ruleTown, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await goTo(SUNDAY, ruleTown);
  await app.cloud.pool.query(
    'delete from members; delete from boxes; delete from rate_buckets; delete from login_limits',
  );
  const entered = await enter('ana@example.test');
  [ana, boxId] = [entered.hand, entered.boxId];
  await app.services.store.declareOpeningRule({
    boxId,
    rule: THREE_DAYS,
    timeZone: 'Europe/Madrid',
    source: 'declared',
  });
});

async function goTo(at: Date, town?: typeof ruleTown): Promise<void> {
  if (town) await app.gym.control.reset(town);
  await app.gym.control.freeze(at.getTime());
  clock.set(at);
}
async function enter(email: string) {
  const { member, boxes, device } = await app.signIn(email);
  return { hand: { userId: member.id, deviceFingerprint: device.fingerprint }, boxId: boxes[0]?.id ?? '' };
}
const rule = (more: object = {}): Promise<Rule> =>
  ruleOf(app.services.store, { userId: ana.userId, boxId, now: clock.now(), ...more });
const expand = (services: ExpandServices = app.services) =>
  expandRules(services, { until: new Date(clock.now().getTime() + HOUR_MS) });
const all = async (userId = ana.userId): Promise<Prebooking[]> =>
  (await app.services.store.readMemberPrebookings(userId, undefined, 100)).toReversed();
/** Gives the rule's prebookings sorted by day, since all are created at one instant in this test. */
const days = async () => (await all()).map(({ day, timeId, status }) => [day, timeId, status]).sort();
const dayReads = async () => (await app.gym.control.history({ op: 'bookings' })).length;
const findings = async () =>
  (await app.cloud.pool.query('select day, finding, look_at from rule_days where prebooking_id is null order by day'))
    .rows;
const other = (): Store => createStore({ supabaseUrl: app.cloud.supabaseUrl, secretKey: app.cloud.secretKey });
const put = (one: Rule, change: object) =>
  app.services.store.keepRule({
    ...{ id: one.id, userId: ana.userId, isNew: false, now: clock.now() },
    wish: { boxId, weekday: 2, timeId: '1800_60', className: 'WOD', ...change },
  });

describe('a rule', () => {
  test('asks for what opens within eight days, with its mark, at the instant of the box’s rule, and for nothing else', async () => {
    const made = await rule();
    expect(await expand()).toEqual({ asked: 1, read: 1 });
    const [one, ...more] = await all();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      day: NEXT_DAY,
      timeId: '1800_60',
      className: 'WOD',
      opensAt: NEXT_OPENS,
      ruleId: made.id,
    });
    expect([one?.status, app.wakeUps.at(-1)?.prebookingId]).toEqual(['scheduled', one?.id]);
    await goTo(new Date(NEXT_OPENS.getTime() - DAY_MS));
    await expand();
    expect(await days()).toEqual([
      [NEXT_DAY, '1800_60', 'scheduled'],
      [LATER_DAY, '1800_60', 'scheduling'],
    ]);
  });

  test('asks once however often it is looked at, and two processes at once ask once', async () => {
    for (let at = 0; at < 5; at += 1)
      await rule({ timeId: `${18 + (at % 2)}00_6${Math.floor(at / 2)}`, familyId: `${at}` });
    const stores = [app.services.store, other(), other()];
    await Promise.all(stores.map((store) => expand({ ...app.services, store })));
    await expand();
    expect(await askedTwice(app.cloud.pool)).toEqual([]);
    expect(await days()).toHaveLength(5);
  });

  test('of a member who asked and took back too often waits until the hour is over, and asks then', async () => {
    await rule();
    const query = `with made as (
        insert into prebookings (id, user_id, box_id, day, time_id, class_name, opens_at, starts_at, created_at, updated_at)
        select gen_random_uuid(), $1, $2, $3, n || '_60', 'WOD', $4, $4, $5, $5 from generate_series(1, 240) n returning id)
      select count(*) from made`;
    await app.cloud.pool.query(query, [ana.userId, boxId, NEXT_DAY, NEXT_OPENS, SUNDAY]);
    await app.cloud.pool.query(`update prebookings set status = 'withdrawn', outcome = 'withdrawn'`);
    expect(await expand()).toMatchObject({ asked: 0 });
    expect(await findings()).toContainEqual(expect.objectContaining({ day: NEXT_DAY, finding: 'not-taken' }));
    const reads = await dayReads();
    await expand();
    expect(await dayReads()).toBe(reads);
    await goTo(new Date(SUNDAY.getTime() + 2 * HOUR_MS));
    expect(await expand()).toMatchObject({ asked: 1 });
  });

  test('does not ask again for a day that the member withdrew by hand', async () => {
    await rule();
    await expand();
    const [one] = await all();
    await withdrawPrebooking(app.services, { userId: ana.userId, id: one?.id ?? '' });
    for (const hours of [0, 13, 26]) {
      await goTo(new Date(SUNDAY.getTime() + hours * HOUR_MS));
      await expand();
    }
    expect(await days()).toEqual([[NEXT_DAY, '1800_60', 'withdrawn']]);
  });

  test('leaves a class alone that the member has asked for by hand', async () => {
    const wish = { boxId, day: NEXT_DAY, timeId: '1800_60', className: 'WOD' };
    await createPrebooking(app.services, { ...ana, wish });
    await rule();
    await expand();
    expect(await all()).toHaveLength(1);
    expect(await findings()).toMatchObject([
      { day: '20260303', finding: 'open-already' },
      { day: NEXT_DAY, finding: 'wished-already' },
    ]);
  });

  test('without an hour asks for the only class of its name', async () => {
    await rule({ timeId: undefined, className: 'yoga' });
    await expand();
    expect(await days()).toEqual([[NEXT_DAY, '2000_60', 'scheduled']]);
  });

  test('asks by its own words where the gym cannot be asked', async () => {
    await rule();
    await app.gym.control.setKnob({ kind: 'status', code: 503, op: 'bookings' });
    await expand();
    expect((await all())[0]).toMatchObject({ day: NEXT_DAY, classId: undefined, opensAt: NEXT_OPENS });
  });

  test('of a member that is not admitted, or is leaving, asks for nothing and is gone', async () => {
    await rule();
    await app.services.store.judgeMember(ana.userId, 'refused', clock.now());
    await expand();
    expect([await all(), await app.services.store.readRules(ana.userId)]).toEqual([[], []]);
    await app.services.store.judgeMember(ana.userId, 'admitted', clock.now());
    const [again] = [await rule(), await app.services.store.beginErasure(ana.userId, 0, clock.now())];
    expect(again.userId).toBe(ana.userId);
    await expand();
    expect([await all(), await app.services.store.readRules(ana.userId)]).toEqual([[], []]);
    await expect(rule()).rejects.toMatchObject({ code: 'account/erasing' });
  });
});

describe('many rules of a box', () => {
  test('one read of a day serves them all', async () => {
    const bea = await enter('bea@example.test');
    const cleo = await enter('cleo@example.test');
    await rule();
    for (const { hand } of [bea, cleo])
      await ruleOf(app.services.store, { userId: hand.userId, boxId, now: clock.now(), timeId: '1900_60' });
    const before = await dayReads();
    expect(await expand()).toEqual({ asked: 3, read: 1 });
    expect((await dayReads()) - before).toBe(1);
  });

  test('at most two days of it are read in a pass, and the next passes read the rest', async () => {
    for (const weekday of [1, 2, 3, 4, 5]) await rule({ weekday });
    const read: number[] = [];
    for (let at = 0; at < 4; at += 1) read.push((await expand()).read);
    expect(read.slice(0, 2)).toEqual([2, 2]);
    expect(Math.max(...read)).toBe(2);
    expect((await findings()).filter(({ look_at }) => look_at !== null && look_at <= clock.now())).toEqual([]);
  });
});

describe('a change', () => {
  test('of second choices is written into what waits, which keeps its place', async () => {
    const made = await rule();
    await expand();
    const [before] = await all();
    await put(made, { waitlist: true, alternatives: [{ timeId: '1900_60' }] });
    const [after, ...more] = await all();
    expect(more).toEqual([]);
    expect(after).toMatchObject({
      id: before?.id,
      waitlist: true,
      alternatives: [{ timeId: '1900_60' }],
      createdAt: before?.createdAt,
    });
  });

  test('of the hour takes back what waits and asks anew', async () => {
    const made = await rule();
    await expand();
    const kept = await put(made, { timeId: '1900_60' });
    expect(kept?.withdrawn).toHaveLength(1);
    await expand();
    expect(await days()).toEqual([
      [NEXT_DAY, '1800_60', 'withdrawn'],
      [NEXT_DAY, '1900_60', 'scheduled'],
    ]);
  });

  test('never touches what is claimed, armed or taken', async () => {
    for (const status of ['claimed', 'armed', 'booked']) {
      const made = await rule({ familyId: status });
      await expand();
      const [one] = (await all()).filter(({ familyId }) => familyId === status);
      for (const next of ['claimed', 'armed', 'booked'].slice(0, ['claimed', 'armed', 'booked'].indexOf(status) + 1))
        await app.cloud.pool.query('update prebookings set status = $2 where id = $1', [one?.id, next]);
      const changed = await put(made, { timeId: '1900_60', familyId: status });
      const deleted = await app.services.store.deleteRule(made.id, ana.userId, clock.now());
      expect([changed?.withdrawn, deleted?.withdrawn]).toEqual([[], []]);
      expect(changed?.kept).toEqual(status === 'booked' ? [] : [one?.id]);
      expect((await app.services.store.readPrebooking(one?.id ?? ''))?.status).toBe(status);
    }
  });

  test('to a pause takes back what waits; its end asks again, and a day withdrawn by hand stays withdrawn', async () => {
    const made = await rule();
    await rule({ timeId: '1900_60' });
    await expand();
    const late = (await all()).find(({ timeId }) => timeId === '1900_60');
    await withdrawPrebooking(app.services, { userId: ana.userId, id: late?.id ?? '' });
    expect((await put(made, { paused: true }))?.withdrawn).toHaveLength(1);
    await expand();
    await put(made, { paused: false });
    await expand();
    expect(await days()).toEqual([
      [NEXT_DAY, '1800_60', 'scheduled'],
      [NEXT_DAY, '1800_60', 'withdrawn'],
      [NEXT_DAY, '1900_60', 'withdrawn'],
    ]);
    expect(await askedTwice(app.cloud.pool)).toEqual([]);
  });

  test('of one day leaves it out, asks for something else, and is taken away again', async () => {
    const made = await rule();
    await expand();
    const except = (skip: boolean | undefined, fields = {}) =>
      app.services.store.keepRuleException({
        id: made.id,
        userId: ana.userId,
        day: NEXT_DAY,
        skip,
        fields,
        now: clock.now(),
      });
    expect((await except(true))?.withdrawn).toHaveLength(1);
    await expand();
    await except(false, { timeId: '1900_60' });
    await expand();
    await except(undefined);
    await expand();
    expect(await days()).toEqual([
      [NEXT_DAY, '1800_60', 'scheduled'],
      [NEXT_DAY, '1800_60', 'withdrawn'],
      [NEXT_DAY, '1900_60', 'withdrawn'],
    ]);
    await expect(
      app.services.store.keepRuleException({
        id: made.id,
        userId: ana.userId,
        day: '20260311',
        skip: true,
        fields: {},
        now: clock.now(),
      }),
    ).rejects.toMatchObject({ code: 'rule/other-weekday' });
  });

  test('that comes while the rule is expanded comes before it or sees what it made', {
    timeout: limitMs(60_000),
  }, async () => {
    for (let at = 0; at < 12; at += 1) {
      const made = await rule();
      const [, followed] = await Promise.all([
        expand({ ...app.services, store: other() }),
        at % 2 === 0 ? app.services.store.deleteRule(made.id, ana.userId, clock.now()) : put(made, { paused: true }),
      ]);
      const live = (await all()).filter(({ ruleId, status }) => ruleId === made.id && status !== 'withdrawn');
      expect(live).toEqual([]);
      expect(followed).toMatchObject({ kept: [] });
      await app.services.store.deleteRule(made.id, ana.userId, clock.now());
    }
  });
});

describe('a day that differs', () => {
  const change = (changed: object) =>
    app.gym.control.changeSlot({ slot: { box: 'norte', day: NEXT_DAY, timeid: '1800_60' }, change: changed });
  const told = async () =>
    (await app.cloud.pool.query(`select payload from outbox where kind = 'rule-changed' order by id`)).rows.map(
      ({ payload }) => payload,
    );

  test('is told a day before its opening, once, and is asked for once it is as the rule says', async () => {
    const made = await rule();
    await change({ removed: true });
    await expand();
    expect([await all(), await told()]).toEqual([[], []]);
    await goTo(new Date(NEXT_OPENS.getTime() - DAY_MS));
    await expand();
    await goTo(new Date(NEXT_OPENS.getTime() - 17 * HOUR_MS));
    await expand();
    expect(await told()).toEqual([
      { ruleId: made.id, boxId, day: NEXT_DAY, timeId: '1800_60', className: 'WOD', finding: 'class-gone' },
    ]);
    await change({ removed: false });
    await goTo(new Date(NEXT_OPENS.getTime() - HOUR_MS));
    await expand();
    expect(await days()).toContainEqual([NEXT_DAY, '1800_60', 'scheduled']);
  });

  test('is not looked at after its opening', async () => {
    await rule();
    await change({ className: 'Yoga' });
    await expand();
    expect(await findings()).toContainEqual(expect.objectContaining({ day: NEXT_DAY, finding: 'class-changed' }));
    await goTo(new Date(NEXT_OPENS.getTime() + HOUR_MS));
    await expand();
    await expand();
    expect(await findings()).toContainEqual({ day: NEXT_DAY, finding: 'class-changed', look_at: null });
  });
});

test('a box that does not answer holds up no other box, however many there are', async () => {
  const slugs = Array.from({ length: 8 }, (_, at) => `box${at}`);
  const norte = ruleTown.boxes?.[0];
  await app.gym.control.reset({
    boxes: slugs.map((slug, at) => ({ ...norte, slug, boid: 100 + at, name: slug }) as NonNullable<typeof norte>),
    members: [{ id: 9, name: 'Dora', email: 'dora@example.test', password: 'right', boxes: slugs }],
  });
  await app.gym.control.freeze(SUNDAY.getTime());
  const { member, boxes } = await app.signIn('dora@example.test');
  for (const { id } of boxes) {
    const zoned = { rule: THREE_DAYS, timeZone: 'Europe/Madrid', source: 'declared' } as const;
    await app.services.store.declareOpeningRule({ boxId: id, ...zoned });
    await ruleOf(app.services.store, { userId: member.id, boxId: id, now: clock.now() });
  }
  const others = Promise.withResolvers<void>();
  let silent: string | undefined;
  let answered = 0;
  const readDay: typeof app.services.gym.readDay = async (key, at, day) => {
    silent ??= at.slug;
    if (at.slug === silent) await others.promise;
    const answer = await app.services.gym.readDay(key, at, day);
    answered += 1;
    if (answered === slugs.length - 1) others.resolve();
    return answer;
  };
  expect(await expand({ ...app.services, gym: { ...app.services.gym, readDay } })).toEqual({ asked: 8, read: 8 });
});

describe('what stands in the way of a wish', () => {
  test('no tokens: it is told a day before, and asked for when there are some', async () => {
    await rule();
    await app.services.store.readUsage(ana.userId, clock.now());
    await app.cloud.pool.query('update subscriptions set tokens = 0 where user_id = $1', [ana.userId]);
    await expand();
    expect(await findings()).toContainEqual(expect.objectContaining({ day: NEXT_DAY, finding: 'no-tokens' }));
    await app.cloud.pool.query('update subscriptions set tokens = 3 where user_id = $1', [ana.userId]);
    await goTo(new Date(SUNDAY.getTime() + 2 * HOUR_MS));
    await expand();
    expect(await days()).toEqual([[NEXT_DAY, '1800_60', 'scheduled']]);
  });
});

describe('wrong on purpose: an expansion that is not idempotent by rule and day', () => {
  test('brings back what the member withdrew by hand, and is seen to', async () => {
    const made = await rule();
    const naive: Store = {
      ...app.services.store,
      async createRulePrebooking({ rule: { id: ruleId }, ...row }) {
        const written = await app.services.store.createPrebooking(row);
        await app.cloud.pool.query('update prebookings set rule_id = $2 where id = $1', [written.id, ruleId]);
        return { ...written, ruleId };
      },
    };
    await expand({ ...app.services, store: naive });
    const [one] = await all();
    await withdrawPrebooking(app.services, { userId: ana.userId, id: one?.id ?? '' });
    await expand({ ...app.services, store: naive });
    expect(await askedTwice(app.cloud.pool)).toEqual([{ rule_id: made.id, day: NEXT_DAY, times: 2 }]);
  });
});
