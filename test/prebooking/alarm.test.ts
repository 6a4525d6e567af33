// The tests of an unreliable queue, which delivers messages twice, late, never, out of order, or replayed. A prebooking's row, and never the
// delivered message, decides what is done with the prebooking; members are told how their prebookings ended.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startQueue } from '../../embedded/queue/queue.ts';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { withdrawPrebooking } from '../../jobs/withdraw-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import type { Dispatch, WakeUp } from '../../services/dispatch/dispatch.ts';
import { createQstashDispatch } from '../../services/dispatch/qstash.ts';
import { leadFor } from '../../services/dispatch/wake-up.ts';
import { asFailure, Failure } from '../../services/failures.ts';
import { localDay, opensAt as opensAtByRule } from '../../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { classOpeningIn, openingTown, type Soon } from '../support/opening-town.ts';
import { startService, type TestService } from '../support/service.ts';

let app: TestService;
beforeAll(async () => {
  app = await startService(openingTown(classOpeningIn(1_000)), systemClock);
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from members'));

async function stage(inMs: number): Promise<Soon> {
  const soon = classOpeningIn(inMs);
  await app.gym.control.reset(openingTown(soon));
  return soon;
}
async function wishOf(
  soon: Soon,
  dispatch: Dispatch = app.services.dispatch,
  email = 'ana@example.test',
): Promise<Prebooking> {
  const { member, boxes, device } = await app.signIn(email);
  const wish = { boxId: boxes[0]?.id ?? '', day: soon.day, timeId: '1800_60', className: 'WOD', opensAt: soon.opensAt };
  return createPrebooking(
    { ...app.services, dispatch },
    { userId: member.id, deviceFingerprint: device.fingerprint, wish },
  );
}
/** Moves the prebooking's opening `ms` earlier, as if that time had gone by without a delivery by the queue. */
const age = (one: Prebooking, ms: number) =>
  app.cloud.pool.query(
    `update prebookings set opens_at = opens_at - $2 * interval '1 ms', created_at = created_at - interval '1 day' where id = $1`,
    [one.id, ms],
  );
const read = async (one: Prebooking) => {
  const found = await app.services.store.readPrebooking(one.id);
  if (!found) throw new Error('Expected the prebooking to be there.');
  return found;
};
const places = async () => (await app.gym.control.truth()).reservations.filter((one) => one.state === 'booked');
const bookCalls = () => app.gym.control.history({ op: 'book' });
const notices = async () =>
  (await app.cloud.pool.query(`select kind from outbox where kind like 'prebooking-%' order by id`)).rows.map(
    (row: { kind: string }) => row.kind,
  );
/** Gives the app's queue client with its function `wake` replaced, for example by one that fails because the queue cannot be reached. */
const brokenDispatch = (wake: Dispatch['wake']): Dispatch => ({ ...app.services.dispatch, wake });

describe('publishing', () => {
  test('W1: after a crash between publish and row the sweep publishes under the same key, and the queue keeps one message', async () => {
    const { qstashToken: token, qstashCurrentSigningKey, qstashNextSigningKey, postgresUrl } = app.cloud;
    const keys = { qstashToken: token, qstashCurrentSigningKey, qstashNextSigningKey };
    const queue = await startQueue({ databaseUrl: postgresUrl, ...keys, logger: app.services.logger });
    try {
      const real = createQstashDispatch({ url: queue.url, token, publicUrl: 'http://127.0.0.1:9' });
      const asked: WakeUp[] = [];
      const dispatch = brokenDispatch((wakeUp) => {
        asked.push(wakeUp);
        return real.wake(wakeUp);
      });
      const soon = await stage(10 * MINUTE_MS);
      const store = { ...app.services.store, markScheduled: () => Promise.reject(new Error('killed here')) };
      const { member, boxes, device } = await app.signIn('ana@example.test');
      const wish = { boxId: boxes[0]?.id ?? '', day: soon.day, timeId: '1800_60', opensAt: soon.opensAt };
      const made = await createPrebooking(
        { ...app.services, dispatch, store },
        { userId: member.id, deviceFingerprint: device.fingerprint, wish },
      );
      expect((await read(made)).status).toBe('scheduling');
      await sweepPrebookings({ ...app.services, dispatch });
      expect(await read(made)).toMatchObject({ status: 'scheduled', scheduleVersion: 1 });
      expect(asked).toHaveLength(4);
      expect(new Set(asked.map((one) => one.deduplicationId)).size).toBe(2);
      const kept = await app.cloud.pool.query('select count(*)::int as n from qstash.messages');
      expect(kept.rows[0].n).toBe(2);
    } finally {
      await queue.stop();
    }
  });

  test('W2: a queue that does not answer leaves the member with their wish, and the sweep asks again under the same key', async () => {
    const soon = await stage(10 * MINUTE_MS);
    const asked: string[] = [];
    const down = brokenDispatch(async (wakeUp) => {
      asked.push(wakeUp.deduplicationId);
      throw new Failure('queue/unavailable', 'down');
    });
    const wish = await wishOf(soon, down);
    expect(wish.status).toBe('scheduling');
    await sweepPrebookings({
      ...app.services,
      dispatch: brokenDispatch(async (one) => `m-${asked.push(one.deduplicationId)}`),
    });
    expect((await read(wish)).status).toBe('scheduled');
    expect(new Set(asked).size).toBe(2);
  });

  test.each([
    ['in ten minutes share the messages of that opening', 10 * MINUTE_MS, 2],
    ['in seconds have messages of their own, since the shared one may have been delivered', 20_000, 4],
  ])('W12: two members’ wishes for a class that opens %s', async (_what, inMs, messages) => {
    const soon = await stage(inMs);
    const asked: string[] = [];
    const dispatch = brokenDispatch(async ({ deduplicationId }) => `m-${asked.push(deduplicationId)}`);
    await wishOf(soon, dispatch);
    await wishOf(soon, dispatch, 'bea@example.test');
    expect([asked.length, new Set(asked).size]).toEqual([4, messages]);
  });

  test('the wake-up comes as early as preparing has been seen to need, within bounds', () => {
    expect([undefined, 0, 8_000, 15_200, 60_000].map(leadFor)).toEqual([30_000, 20_000, 20_000, 28_000, 45_000]);
  });
});

describe('deliveries', () => {
  test('B1 W5: twice at once and again later makes one booking, told once', async () => {
    const soon = await stage(1_200);
    const wish = await wishOf(soon);
    const call = { prebookingId: wish.id };
    const both = await Promise.allSettled([
      executePrebooking(app.services, call),
      executePrebooking(app.services, call),
    ]);
    const [won, other] = both.sort((a, b) => a.status.localeCompare(b.status));
    expect(won).toMatchObject({ value: { status: 'booked' } });
    // The answer `prebooking/not-yet` makes the queue deliver the wake-up again, in case the process that got the other delivery dies before it arms.
    // When the wake-up is delivered again, the result of the race is known.
    expect(other).toMatchObject({ reason: { code: 'prebooking/not-yet' } });
    expect(await executePrebooking(app.services, call)).toMatchObject({ status: 'booked' });
    expect(await places()).toHaveLength(1);
    expect(await notices()).toEqual(['prebooking-booked']);
  });

  test('a replayed signature is answered with what is known, and touches nothing', async () => {
    const soon = await stage(500);
    const wish = await wishOf(soon);
    const call = { prebookingId: wish.id, delivery: { jti: 'jwt_1', messageId: 'msg_1' } };
    expect(await executePrebooking(app.services, call)).toMatchObject({ status: 'booked' });
    const before = (await app.cloud.pool.query('select claim_epoch, updated_at from prebookings')).rows;
    expect(await executePrebooking(app.services, call)).toMatchObject({ status: 'booked' });
    // A call under a used signature of the queue changes nothing and gets the first call's stored result, even if the call names another prebooking.
    expect(await executePrebooking(app.services, { ...call, prebookingId: randomUUID() })).toEqual({
      status: 'booked',
      prebookings: [],
    });
    expect((await app.cloud.pool.query('select claim_epoch, updated_at from prebookings')).rows).toEqual(before);
    expect((await app.cloud.pool.query('select result from webhook_seen')).rows).toEqual([{ result: 'booked' }]);
  });

  test('a delivery that was asked to come again is no replay when it does under the same signature', async () => {
    const soon = await stage(2 * MINUTE_MS);
    const wish = await wishOf(soon);
    const call = { prebookingId: wish.id, delivery: { jti: 'jwt_2', messageId: undefined } };
    await expect(executePrebooking(app.services, call)).rejects.toMatchObject({ code: 'prebooking/not-yet' });
    await app.gym.control.changeSlot({ slot: { box: 'norte', day: soon.day, id: 501 }, change: { opensAt: 0 } });
    await age(wish, 2 * MINUTE_MS);
    expect(await executePrebooking(app.services, call)).toMatchObject({ status: 'booked' });
  });

  test('W4: one that overtakes the row’s own "scheduled" takes it all the same', async () => {
    const soon = await stage(500);
    const wish = await wishOf(
      soon,
      brokenDispatch(() => Promise.reject(new Failure('queue/unavailable', 'down'))),
    );
    expect(wish.status).toBe('scheduling');
    expect(await executePrebooking(app.services, { prebookingId: wish.id })).toMatchObject({ status: 'booked' });
  });

  test('W3 B25: nine minutes late it still books; eleven minutes late it is missed, and told', async () => {
    const soon = await stage(0);
    const wish = await wishOf(soon);
    await age(wish, 9 * MINUTE_MS);
    expect(await executePrebooking(app.services, { prebookingId: wish.id })).toMatchObject({ status: 'booked' });
    await app.cloud.pool.query('delete from members');
    await app.gym.control.clearHistory();
    const second = await wishOf(await stage(0));
    await age(second, 11 * MINUTE_MS);
    expect(await executePrebooking(app.services, { prebookingId: second.id })).toMatchObject({ status: 'missed' });
    expect(await bookCalls()).toHaveLength(0);
    expect(await notices()).toEqual(['prebooking-missed']);
  });

  test('B25: one asked for when booking was open already is not late', async () => {
    const soon = await stage(0);
    await app.gym.control.changeSlot({ slot: { box: 'norte', day: soon.day, id: 501 }, change: { opensAt: 0 } });
    const wish = await wishOf({ ...soon, opensAt: new Date(soon.opensAt.getTime() - 60 * MINUTE_MS) });
    expect(await executePrebooking(app.services, { prebookingId: wish.id })).toMatchObject({ status: 'booked' });
  });

  test('W5: lost for good, the sweep races ten seconds after the opening, and tells', async () => {
    const wish = await wishOf(await stage(0));
    await age(wish, 11_000);
    expect(await sweepPrebookings(app.services)).toMatchObject({ executed: 1 });
    expect((await read(wish)).status).toBe('booked');
    expect(await notices()).toEqual(['prebooking-booked']);
  });

  test('W12: for a prebooking that was deleted it is never delivered again', async () => {
    const never = { code: 'prebooking/missing' };
    await expect(executePrebooking(app.services, { prebookingId: randomUUID() })).rejects.toMatchObject(never);
    const wish = await wishOf(await stage(60 * MINUTE_MS));
    await app.cloud.pool.query('delete from members where id = $1', [wish.userId]);
    await expect(executePrebooking(app.services, { prebookingId: wish.id })).rejects.toMatchObject(never);
  });

  test('W12: one that names a deleted prebooking stands for the others of its box and instant all the same', async () => {
    const soon = await stage(1_500);
    const named = await wishOf(soon);
    const other = await wishOf(soon, app.services.dispatch, 'bea@example.test');
    await app.cloud.pool.query('delete from members where id = $1', [named.userId]);
    expect(await executePrebooking(app.services, { prebookingId: named.id })).toMatchObject({
      prebookings: [{ id: other.id, status: 'booked' }],
    });
    // The first call has raced for the only prebooking that was left at this opening. The error `prebooking/missing` tells the queue not to deliver
    // the wake-up again.
    await expect(executePrebooking(app.services, { prebookingId: named.id })).rejects.toMatchObject({
      code: 'prebooking/missing',
    });
    expect(await places()).toHaveLength(1);
  });

  test('W12: one that names a deleted prebooking and comes too soon is to come again for the others', async () => {
    const soon = await stage(100_000);
    const named = await wishOf(soon);
    await wishOf(soon, app.services.dispatch, 'bea@example.test');
    await app.cloud.pool.query('delete from members where id = $1', [named.userId]);
    await expect(executePrebooking(app.services, { prebookingId: named.id })).rejects.toMatchObject({
      code: 'prebooking/not-yet',
    });
  });

  test('W11: where the platform would end us in mid-race nothing is armed, and it is to be delivered again', async () => {
    const soon = await stage(300);
    const wish = await wishOf(soon);
    const until = new Date(soon.opensAt.getTime() + 1_000);
    await expect(executePrebooking(app.services, { prebookingId: wish.id, until })).rejects.toMatchObject({
      code: 'prebooking/not-yet',
    });
    expect(await bookCalls()).toHaveLength(0);
    expect((await read(wish)).armedAt).toBeUndefined();
    // The queue delivers the wake-up again. Without `until`, the process has time for the whole race, and claims the prebooking.
    expect(await executePrebooking(app.services, { prebookingId: wish.id })).toMatchObject({ status: 'booked' });
  });
});

describe('an opening that was wrong', () => {
  test('F2: too early to the end: the wish waits for when it really opens, and the box has learned', async () => {
    const { opensAt, day } = classOpeningIn(100);
    const inThreeDays = localDay(new Date(opensAt.getTime() + 3 * 24 * 60 * MINUTE_MS), 'Europe/Madrid');
    const town = openingTown({ opensAt, day });
    const boxes = (town.boxes ?? []).map(({ slots = [], ...box }) => ({
      ...box,
      opening: { kind: 'days-before' as const, days: 2 },
      slots: slots.map(({ opensAt: _never, ...slot }) => ({ ...slot, day: inThreeDays })),
    }));
    await app.gym.control.reset({ ...town, boxes });
    const wish = await wishOf({ opensAt, day: inThreeDays });
    await executePrebooking(app.services, { prebookingId: wish.id });
    const opens = opensAtByRule(
      { kind: 'days-before', days: 2 },
      { day: inThreeDays, timeId: '1800_60' },
      'Europe/Madrid',
    );
    expect(await read(wish)).toMatchObject({ status: 'scheduling', opensAt: opens, outcome: undefined });
    expect(await app.services.store.readBox(wish.boxId)).toMatchObject({
      openingRule: { kind: 'days-before', days: 2 },
      openingRuleSource: 'announced',
    });
    await app.cloud.pool.query('delete from members');
    await app.cloud.pool.query('delete from boxes');
  });
});

describe('an executor that is gone', () => {
  const claim = (one: Prebooking) =>
    app.services.store.claimPrebookings({
      id: one.id,
      owner: 'gone',
      leadMs: 60_000,
      claimMs: 12_000,
      lateMs: 600_000,
      now: new Date(),
    });
  const expire = () => app.cloud.pool.query(`update prebookings set claim_until = now() - interval '1 second'`);

  test('B3: killed after claiming, its prebooking is claimed anew and sent once', async () => {
    const wish = await wishOf(await stage(0));
    await claim(wish);
    const heard = await executePrebooking(app.services, { prebookingId: wish.id }).catch(asFailure);
    expect(heard).toMatchObject({ code: 'prebooking/not-yet' });
    const retryAfterMs = heard instanceof Failure ? (heard.retryAfterMs ?? 0) : 0;
    expect([retryAfterMs > 8_000, retryAfterMs <= 12_000]).toEqual([true, true]);
    await expire();
    expect(await sweepPrebookings(app.services)).toMatchObject({ executed: 1 });
    expect((await read(wish)).status).toBe('booked');
    expect(await places()).toHaveLength(1);
  });

  test('asked to end long before the opening, it gives its claims back at once, and the next one finds them free', async () => {
    const wish = await wishOf(await stage(45_000));
    const stopping = new AbortController();
    app.log.length = 0;
    const racing = executePrebooking(app.services, { prebookingId: wish.id, stopping: stopping.signal }).catch(
      asFailure,
    );
    await expect
      .poll(() => app.log.some((line) => line.includes('race: ready')), { timeout: limitMs(20_000) })
      .toBe(true);
    stopping.abort();
    expect(await racing).toMatchObject({ code: 'prebooking/not-yet', retryAfterMs: 1_000 });
    expect(await claim(wish)).toMatchObject({ state: 'claimed' });
  });

  test('asked to end just before the opening, it runs the race that it is waited for', async () => {
    const wish = await wishOf(await stage(2_500));
    expect(
      await executePrebooking(app.services, { prebookingId: wish.id, stopping: AbortSignal.abort() }),
    ).toMatchObject({ status: 'booked' });
  });

  test.each([
    ['B4', 'before its request left', false, 'unconfirmed'],
    ['B5 B6', 'after its request was answered', true, 'booked'],
  ])('%s: killed after arming, %s: nothing is sent again and the truth is found', async (_row, _when, hasLeft, status) => {
    const soon = await stage(0);
    const wish = await wishOf(soon);
    const claimed = await claim(wish);
    if (claimed.state !== 'claimed') throw new Error('Expected to claim it.');
    const [one] = claimed.prebookings;
    await app.services.store.armPrebookings({
      claims: [{ id: wish.id, epoch: one?.claimEpoch ?? 0 }],
      owner: 'gone',
      sendDeadline: new Date(),
      claimMs: 12_000,
      now: new Date(),
    });
    await app.gym.control.changeSlot({ slot: { box: 'norte', day: soon.day, id: 501 }, change: { opensAt: 0 } });
    if (hasLeft) await app.gym.control.bookByHand({ box: 'norte', day: soon.day, id: 501, member: 1 });
    await expire();
    const later = handClock(new Date(Date.now() + 11_000));
    expect(await sweepPrebookings({ ...app.services, clock: later })).toMatchObject({ lost: 1 });
    later.advance(MINUTE_MS);
    await sweepPrebookings({ ...app.services, clock: later });
    expect((await read(wish)).status).toBe(status);
    expect(await bookCalls()).toHaveLength(0);
    expect(await notices()).toEqual([`prebooking-${status}`]);
  });

  test('B11: while the gym’s list is down nothing is concluded', async () => {
    const wish = await wishOf(await stage(0));
    await app.cloud.pool.query(`alter table prebookings disable trigger guard_prebooking`);
    await app.cloud.pool.query(`update prebookings set status = 'unknown', send_deadline = now() - interval '1 hour'`);
    await app.cloud.pool.query(`alter table prebookings enable trigger guard_prebooking`);
    await app.gym.control.setKnob({ kind: 'status', op: 'bookings', code: 500, page: 'html' });
    for (let at = 0; at < 2; at += 1) await sweepPrebookings(app.services);
    expect(await read(wish)).toMatchObject({ status: 'unknown', negativeReads: 0 });
  });

  test('B19: when the gym no longer knows the login that would look, it ends within five minutes, unconfirmed', async () => {
    const wish = await wishOf(await stage(0));
    await app.cloud.pool.query(`
      alter table prebookings disable trigger guard_prebooking;
      update prebookings set status = 'unknown', opens_at = now(), send_deadline = now();
      alter table prebookings enable trigger guard_prebooking`);
    await app.gym.control.killSession({ member: 1 });
    const later = handClock(new Date(Date.now() + 2 * MINUTE_MS));
    await sweepPrebookings({ ...app.services, clock: later });
    expect((await read(wish)).status).toBe('unknown');
    later.advance(2 * MINUTE_MS);
    await sweepPrebookings({ ...app.services, clock: later });
    expect(await read(wish)).toMatchObject({ status: 'unconfirmed', negativeReads: 0 });
  });

  test('B21: a withdrawal during the preparation wins, and nothing is sent', async () => {
    const soon = await stage(2_300);
    const wish = await wishOf(soon);
    const racing = executePrebooking(app.services, { prebookingId: wish.id });
    while ((await read(wish)).status !== 'claimed') await systemClock.sleep(20);
    await withdrawPrebooking(app.services, { id: wish.id, userId: wish.userId });
    await racing;
    expect((await read(wish)).status).toBe('withdrawn');
    expect(await bookCalls()).toHaveLength(0);
  });
});
