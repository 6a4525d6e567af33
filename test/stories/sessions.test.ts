// What failed for members of the first version of the app: each test plays what a member once complained of.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bookClass } from '../../jobs/book-class.ts';
import { listClasses } from '../../jobs/list-classes.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(town, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query('delete from members');
});

const refresh = () => refreshBackgroundSessions(app.services, { runId: randomUUID() });
const sessions = async (type: 'background' | 'device') =>
  (await app.cloud.pool.query('select * from auth_sessions where session_type = $1', [type])).rows;
const renewals = () => app.gym.control.history({ op: 'tokenUpdate' });
const boxOf = (member: Awaited<ReturnType<TestService['signIn']>>) => member.boxes[0]?.id ?? '';

async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}

describe('the seven stories', () => {
  test('classes after an hour: a member who comes back after an hour sees the classes', async () => {
    const ana = await app.signIn('ana@example.test');
    await later(60);
    const { classes } = await listClasses(app.services, {
      userId: ana.member.id,
      deviceFingerprint: ana.device.fingerprint,
      boxId: boxOf(ana),
      day: MONDAY,
    });
    expect(classes.map((one) => `${one.timeId} ${one.name}`)).toEqual([
      '1800_60 WOD',
      '1900_60 WOD',
      '1900_60 Open Box',
    ]);
    expect(await renewals()).toHaveLength(1);
  });

  test('book after a renewal: a class is booked with the token that a renewal has just brought', async () => {
    const ana = await app.signIn('ana@example.test');
    await later(26);
    const hand = { userId: ana.member.id, deviceFingerprint: ana.device.fingerprint, boxId: boxOf(ana), day: MONDAY };
    const result = await bookClass(app.services, { ...hand, classId: '501' });
    expect(result.outcome).toBe('booked');
    const truth = await app.gym.control.truth({ member: 1 });
    expect(truth.reservations.filter((one) => one.state === 'booked')).toHaveLength(1);
  });

  test('cron leaves devices alone: a run renews the background session and no device session', async () => {
    const ana = await app.signIn('ana@example.test');
    const [before] = await sessions('device');
    await later(40);
    expect(await refresh()).toEqual({ due: 1, updated: 1, failed: 0, skipped: 0 });
    const [after] = await sessions('device');
    expect(after).toEqual(before);
    const used = (await renewals()).map((call) => call.fingerprint);
    expect(used).toHaveLength(1);
    expect(used).not.toContain(ana.device.fingerprint);
  });

  test('refresh before booking: a device older than 25 minutes is renewed before it books, one of 25:00 is not', async () => {
    const ana = await app.signIn('ana@example.test');
    const hand = { userId: ana.member.id, deviceFingerprint: ana.device.fingerprint, boxId: boxOf(ana), day: MONDAY };
    await later(25);
    await listClasses(app.services, hand);
    expect(await renewals()).toHaveLength(0);
    clock.advance(1);
    await listClasses(app.services, hand);
    expect(await renewals()).toHaveLength(1);
  });

  test('two tabs: two requests at once on a stale device make one renewal at the gym, and both succeed', async () => {
    const ana = await app.signIn('ana@example.test');
    const hand = { userId: ana.member.id, deviceFingerprint: ana.device.fingerprint, boxId: boxOf(ana), day: MONDAY };
    await later(60);
    const both = await Promise.all([listClasses(app.services, hand), listClasses(app.services, hand)]);
    expect(both.map((one) => one.classes.length)).toEqual([3, 3]);
    expect(await renewals()).toHaveLength(1);
  });

  test('nothing updated is thrown: sessions were due, the gym refuses them all, and the run fails with their ids', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502, page: 'html' });
    const [session] = await sessions('background');
    await expect(refresh()).rejects.toMatchObject({
      code: 'refresh/nothing-updated',
      details: { sessionIds: [session.id] },
    });
    const [after] = await sessions('background');
    expect(after.token_update_count).toBe(session.token_update_count + 1);
    expect(after.last_token_update_date).toEqual(session.last_token_update_date);
    expect(after.last_token_update_error).toContain('502');
  });
});

describe('the threshold', () => {
  test('a token of 17:59.999 is left alone, one of 18:00.000 is renewed', async () => {
    await app.signIn('ana@example.test');
    clock.advance(18 * MINUTE_MS - 1);
    expect(await refresh()).toEqual({ due: 0, updated: 0, failed: 0, skipped: 0 });
    clock.advance(1);
    expect(await refresh()).toEqual({ due: 1, updated: 1, failed: 0, skipped: 0 });
  });

  test('a token of 19.5 minutes is renewed', async () => {
    await app.signIn('ana@example.test');
    clock.advance(19.5 * MINUTE_MS);
    expect(await refresh()).toMatchObject({ due: 1, updated: 1 });
  });
});
