// How ready each waiting prebooking is, a day, an hour and five minutes before its opening: the light is green, amber with a remedy, or red with a
// notice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { judgeReadiness, type ReadinessFacts } from '../../services/prebooking/readiness.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

const HOUR_MS = 60 * MINUTE_MS;
/** The opening of the class in these tests: Monday 2 March 2026, 06:00 in Madrid. */
const OPENS_AT = new Date('2026-03-02T05:00:00Z');
let app: TestService;
let clock: HandClock;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(town, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.cloud.pool.query('delete from members');
  await at(25 * HOUR_MS);
});

/** Sets the service's clock and the gym's clock to an instant `beforeMs` before the opening. */
async function at(beforeMs: number): Promise<void> {
  clock.set(new Date(OPENS_AT.getTime() - beforeMs));
  await app.gym.control.freeze(clock.now().getTime());
}
async function wishOf(email: string) {
  const { member, boxes, device } = await app.signIn(email);
  const boxId = boxes.find((one) => one.at.slug === 'norte')?.id ?? '';
  const wish = { boxId, day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt: OPENS_AT };
  return createPrebooking(app.services, { userId: member.id, deviceFingerprint: device.fingerprint, wish });
}
const sweep = () => sweepPrebookings(app.services);
const stands = async (id: string) => (await app.services.store.readPrebooking(id))?.readiness;
const told = async () =>
  (
    await app.cloud.pool.query(
      `select kind, payload ->> 'finding' as finding from outbox where kind = 'prebooking-at-risk'`,
    )
  ).rows;

describe('looking', () => {
  test('a prebooking is looked at once at each mark, and not before the first', async () => {
    const { id } = await wishOf('ana@example.test');
    const looked: number[] = [];
    for (const beforeMs of [
      24.5 * HOUR_MS,
      24 * HOUR_MS,
      23 * HOUR_MS,
      HOUR_MS,
      30 * MINUTE_MS,
      5 * MINUTE_MS,
      4 * MINUTE_MS,
    ]) {
      await at(beforeMs);
      looked.push((await sweep()).surveyed);
    }
    expect(looked).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect(await stands(id)).toEqual({
      level: 'green',
      findings: [],
      checkedAt: new Date(OPENS_AT.getTime() - 5 * MINUTE_MS).toISOString(),
    });
  });

  test('one look at the day serves all prebookings of it', async () => {
    await wishOf('ana@example.test');
    await wishOf('bea@example.test');
    await app.gym.control.clearHistory();
    await at(HOUR_MS);
    expect(await sweep()).toMatchObject({ surveyed: 2 });
    expect((await app.gym.control.history({ op: 'bookings' })).length).toBeLessThanOrEqual(2);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(0);
  });

  test('B19: a member without a login is told at once, and once', async () => {
    const { id } = await wishOf('ana@example.test');
    await app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where session_type = 'background'`);
    await at(HOUR_MS);
    await sweep();
    expect(await stands(id)).toMatchObject({ level: 'red', findings: [{ kind: 'no-session' }] });
    await at(5 * MINUTE_MS);
    await sweep();
    expect(await told()).toEqual([{ kind: 'prebooking-at-risk', finding: 'no-session' }]);
  });

  test('a class that left the timetable is red; a gym that cannot be asked is amber', async () => {
    const { id } = await wishOf('ana@example.test');
    await app.gym.control.setKnob({ kind: 'geo-block', op: ['bookings', 'whoami'] });
    await at(24 * HOUR_MS);
    await sweep();
    expect(await stands(id)).toMatchObject({ level: 'amber', findings: [{ kind: 'gym-unreachable' }] });
    await app.gym.control.clearKnobs();
    await app.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change: { removed: true } });
    await at(HOUR_MS);
    await sweep();
    expect(await stands(id)).toMatchObject({ level: 'red', findings: [{ kind: 'class-gone' }] });
    expect(await told()).toHaveLength(1);
  });

  test('F4: a class that became another one is amber, and the member is asked once; one that is called off is red', async () => {
    const { id } = await wishOf('ana@example.test');
    const slot = { box: 'norte', day: MONDAY, id: 501 };
    await app.gym.control.changeSlot({ slot, change: { className: 'Yoga' } });
    for (const beforeMs of [24 * HOUR_MS, HOUR_MS]) {
      await at(beforeMs);
      await sweep();
      expect(await stands(id)).toMatchObject({ level: 'amber', findings: [{ kind: 'class-changed' }] });
    }
    expect(await told()).toEqual([{ kind: 'prebooking-at-risk', finding: 'class-changed' }]);
    await app.gym.control.changeSlot({ slot, change: { className: 'WOD', calledOff: true } });
    await at(5 * MINUTE_MS);
    await sweep();
    expect(await stands(id)).toMatchObject({ level: 'red', findings: [{ kind: 'class-cancelled' }] });
    expect(await told()).toHaveLength(2);
  });

  test('a gym that forgot the session shows as doubt before the race finds out', async () => {
    const { id } = await wishOf('ana@example.test');
    await app.gym.control.killSession({ member: 1 });
    await at(HOUR_MS);
    await sweep();
    expect(await stands(id)).toMatchObject({ level: 'amber', findings: [{ kind: 'session-in-doubt' }] });
  });

  test('a gym with its clock far from ours shows', async () => {
    const { id } = await wishOf('ana@example.test');
    await at(HOUR_MS);
    await app.gym.control.advance(30_000);
    await sweep();
    expect((await stands(id))?.findings.map(({ kind }) => kind)).toContain('clock-skew');
  });
});

describe('judging', () => {
  const well: ReadinessFacts = {
    backgroundStatus: 'live',
    isAlive: true,
    missing: undefined,
    couldReadDay: true,
    hasWakeUp: true,
    openingConfidence: 0.9,
    isZoneAssumed: false,
    skewMs: 0,
  };
  test.each([
    [{}, 'green', []],
    [{ backgroundStatus: undefined }, 'red', ['no-session']],
    [{ backgroundStatus: 'quarantined' }, 'red', ['no-session']],
    [{ backgroundStatus: 'uncertain' }, 'amber', ['session-in-doubt']],
    [{ isAlive: undefined }, 'green', []],
    [{ hasWakeUp: false }, 'amber', ['no-wake-up']],
    [{ openingConfidence: 0.5 }, 'amber', ['opening-unsure']],
    [{ openingConfidence: undefined }, 'green', []],
    [{ isZoneAssumed: true }, 'amber', ['opening-unsure']],
    [{ skewMs: -2_500 }, 'amber', ['clock-skew']],
    [{ missing: 'class-gone', hasWakeUp: false }, 'red', ['class-gone', 'no-wake-up']],
    [{ missing: 'class-cancelled' }, 'red', ['class-cancelled']],
    [{ missing: 'class-closed' }, 'red', ['class-closed']],
    [{ missing: 'class-changed' }, 'amber', ['class-changed']],
  ] as const)('%j is %s', (change, level, kinds) => {
    const found = judgeReadiness({ ...well, ...change }, SUNDAY_NOON);
    expect([found.level, found.findings.map(({ kind }) => kind)]).toEqual([level, kinds]);
    expect(found.findings.every(({ remedy }) => remedy.length > 0)).toBe(true);
  });
});
