// A whole refresh run: which sessions it takes, how many it renews in parallel, what it counts, when it stops, and which calls it may never make.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RefreshRequest, refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { withDeviceSession } from '../../services/booking/with-device-session.ts';
import { createGate } from '../../services/renewal/gate.ts';
import { renewLeased } from '../../services/renewal/renew.ts';
import { backgroundStaleAt } from '../../services/session/freshness.ts';
import { runJob } from '../../worker/run-job.ts';
import { REFRESH } from '../../worker/schedule.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { crowd, enlist } from './fleet.ts';

let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(town, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(crowd(24));
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  app.log.length = 0;
  await app.cloud.pool.query('delete from members');
});

const refresh = (request: Partial<RefreshRequest> = {}) =>
  refreshBackgroundSessions(app.services, { runId: randomUUID(), ...request });
const renewals = () => app.gym.control.history({ op: 'tokenUpdate' });
const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;
const sessions = () => rows('select * from auth_sessions order by created_at, id');
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}
const until = async (look: () => Promise<boolean>) => {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const standing = async () => (await app.gym.control.gates())['gate'] ?? 0;

describe('one renewal', () => {
  test('three cron runs, two prebookings and two bookings by hand at once make one renewal of each session', async () => {
    await app.gym.control.reset(town);
    await app.gym.control.freeze(SUNDAY_NOON.getTime());
    const ana = await app.signIn('ana@example.test');
    await later(60);
    await app.gym.control.setKnob({ kind: 'slow', op: 'tokenUpdate', beforeMs: 150 });
    const hand = { userId: ana.member.id, deviceFingerprint: ana.device.fingerprint };
    const byHand = () => withDeviceSession(app.services, hand, async () => ({ kind: 'seen' }) as const);
    const prebooking = () =>
      app.services.freshener.background(ana.member.id, { staleAt: backgroundStaleAt(clock.now()), throughHold: true });
    const ends = await Promise.allSettled([
      refresh(),
      refresh(),
      refresh(),
      prebooking(),
      prebooking(),
      byHand(),
      byHand(),
    ]);
    expect(ends.map((end) => end.status)).toEqual(Array(7).fill('fulfilled'));
    const used = (await renewals()).map((call) => call.fingerprint);
    expect(used).toHaveLength(2);
    expect(new Set(used).size).toBe(2);
    expect((await sessions()).map((one) => one.token_success_count)).toEqual([1, 1]);
  });

  test('a second run that finds everything leased elsewhere is a success that skipped', async () => {
    await enlist(app.services, app.gym, 3);
    await later(30);
    await app.gym.control.setKnob({ kind: 'gate', op: 'tokenUpdate', when: 'before' });
    const first = refresh();
    await until(async () => (await standing()) === 3);
    expect(await refresh()).toEqual({ due: 3, updated: 0, failed: 0, skipped: 3 });
    await app.gym.control.clearKnobs();
    await app.gym.control.openGate();
    expect(await first).toEqual({ due: 3, updated: 3, failed: 0, skipped: 0 });
    expect(await renewals()).toHaveLength(3);
  });

  test('a renewal that comes to its turn late gives its lease back and sends nothing', async () => {
    await enlist(app.services, app.gym, 1);
    await later(20);
    const leased = await app.services.store.leaseDueSessions({
      staleAt: backgroundStaleAt(clock.now()),
      owner: randomUUID(),
      limit: 1,
      leaseMs: 45_000,
      onlyTroubled: false,
      runId: randomUUID(),
      now: clock.now(),
    });
    const [one] = leased;
    if (!one) throw new Error('Expected one session to be due.');
    const late = { askedAtMs: clock.monotonicMs() - 35_001 };
    expect(await renewLeased(app.services, one, late)).toMatchObject({ kind: 'failed', end: 'released' });
    expect(await renewals()).toHaveLength(0);
    expect(await sessions()).toMatchObject([{ token_update_count: 0, lease_until: null }]);
  });

  test('nothing is sent under a lease that grew old while it waited', async () => {
    await enlist(app.services, app.gym, 1);
    await later(20);
    const { store } = app.services;
    // The database's answer to the request for leases comes after 36 seconds, by the process's own clock.
    let sinceMs = 0;
    const late = { ...clock, monotonicMs: () => clock.monotonicMs() + sinceMs };
    const slow = {
      ...store,
      leaseDueSessions: async (ask: Parameters<typeof store.leaseDueSessions>[0]) => {
        const leased = await store.leaseDueSessions(ask);
        sinceMs += 36_000;
        return leased;
      },
    };
    const run = refreshBackgroundSessions(
      { ...app.services, clock: late, store: slow },
      { runId: randomUUID(), until: new Date(clock.now().getTime() + 1) },
    );
    await until(async () => (await rows("select 1 from refresh_attempts where state = 'released'")).length > 1);
    clock.advance(10);
    await expect(run).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    expect(await renewals()).toHaveLength(0);
    expect(await sessions()).toMatchObject([{ token_update_count: 0, failure_streak: 0, lease_until: null }]);
  });
});

describe('a run that updated nothing', () => {
  test('leaves its counts and the first ids in its row, and the operator hears of all its sessions', async () => {
    await app.cloud.pool.query('delete from operator_news; delete from runs');
    await enlist(app.services, app.gym, 3);
    await later(20);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502 });
    await expect(runJob(app.services, REFRESH, MINUTE_MS)).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    const ids = (await sessions()).map(({ id }) => id);
    const [{ report }] = await rows('select report from runs');
    expect(report).toEqual({ due: 3, updated: 0, failed: 3, skipped: 0, details: { sessionIds: expect.any(Array) } });
    expect(report.details.sessionIds.toSorted()).toEqual(ids.toSorted());
    const news = await app.services.store.raiseNews(new Date(0), {}, clock.now());
    expect(news.find(({ kind }) => kind === 'nothing-updated')).toMatchObject({ count: 3 });
  });
});

describe('politeness and time', () => {
  test('no more than four of one box are out at once, and a run out of time gives back what it did not begin', async () => {
    await enlist(app.services, app.gym, 24);
    await later(20);
    await app.gym.control.setKnob({ kind: 'gate', op: 'tokenUpdate', when: 'before' });
    const run = refresh({ until: new Date(clock.now().getTime() + MINUTE_MS) });
    await until(async () => (await standing()) === 8);
    const out = (await renewals()).map((call) => Number(call.memberId) % 2);
    expect(out.filter((box) => box === 0)).toHaveLength(4);
    clock.advance(2 * MINUTE_MS);
    await app.gym.control.clearKnobs();
    await app.gym.control.openGate();
    // Most of the due sessions were not attempted: the run throws `refresh/mostly-skipped`, with its report.
    await expect(run).rejects.toMatchObject({
      code: 'refresh/mostly-skipped',
      details: { report: { due: 24, updated: 8, failed: 0, skipped: 16 } },
    });
    expect(await rows('select 1 from auth_sessions where lease_until is not null')).toHaveLength(0);
    expect(await rows("select 1 from refresh_attempts where state = 'sent'")).toHaveLength(0);
    expect(await refresh()).toEqual({ due: 16, updated: 16, failed: 0, skipped: 0 });
  });

  test('a process that is asked to end begins no further session, and what is out comes home', async () => {
    await enlist(app.services, app.gym, 24);
    await later(20);
    await app.gym.control.setKnob({ kind: 'gate', op: 'tokenUpdate', when: 'after' });
    const ending = new AbortController();
    const run = refresh({ stopping: ending.signal });
    await until(async () => (await standing()) === 8);
    ending.abort();
    await app.gym.control.clearKnobs();
    await app.gym.control.openGate();
    expect(await run).toEqual({ due: 24, updated: 8, failed: 0, skipped: 16 });
    expect(await rows("select 1 from refresh_attempts where state in ('sent', 'unknown')")).toHaveLength(0);
    expect(await rows('select 1 from auth_sessions where lease_until is not null')).toHaveLength(0);
  });

  test('the soonest opening is renewed first, then the oldest session', async () => {
    const fleet = await enlist(app.services, app.gym, 3);
    await later(20);
    const [a, b, c] = fleet.map((one) => one.sessionId);
    await app.cloud.pool.query(
      "update auth_sessions set last_token_update_date = last_token_update_date - interval '1 minute' where id = $1",
      [b],
    );
    const owner = fleet[2]?.userId;
    const box = (await rows('select id from boxes limit 1'))[0].id;
    await app.cloud.pool.query(
      `insert into prebookings (user_id, box_id, day, time_id, status, opens_at, starts_at, created_at, updated_at)
       values ($1, $2, '20260302', '1800_60', 'scheduling', $3, $3, $3, $3)`,
      [owner, box, new Date(clock.now().getTime() + 60 * MINUTE_MS)],
    );
    await refresh({ concurrency: 1 });
    const order = (await renewals()).map((call) => fleet.find((one) => one.memberId === call.memberId)?.sessionId);
    expect(order).toEqual([c, b, a]);
  });

  test('a session held for a race is left alone by cron and renewed by the race', async () => {
    const [one] = await enlist(app.services, app.gym, 1);
    await later(20);
    const userId = one?.userId ?? '';
    await app.services.store.holdSessions([userId], new Date(clock.now().getTime() + 90_000));
    expect(await refresh()).toEqual({ due: 1, updated: 0, failed: 0, skipped: 1 });
    const want = { staleAt: backgroundStaleAt(clock.now()) };
    const byHand = await app.services.freshener.background(userId, want);
    expect(byHand.trouble?.code).toBe('session/busy');
    expect(await renewals()).toHaveLength(0);
    const race = await app.services.freshener.background(userId, { ...want, throughHold: true });
    expect(race.trouble).toBeUndefined();
    expect(race.session.generation).toBe(1);
  });

  test('a gym that asks for a pause gets it from all, and no try is charged', async () => {
    await enlist(app.services, app.gym, 24);
    await later(20);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 429, retryAfter: 60 });
    const guarded = { ...app.services, gate: createGate(app.services) };
    const run = refreshBackgroundSessions(guarded, { runId: randomUUID() });
    await expect(run).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    const asked = (await renewals()).length;
    // In each of the two boxes four renewals are under way before the first 429. After a box's first 429 one more renewal is sent for that box: a
    // first 429 pauses only the member that got it, a second one the box.
    expect(asked).toBeLessThanOrEqual(10);
    expect((await rows("select 1 from refresh_attempts where state = 'turned-away'")).length).toBeLessThan(24);
    const after = await sessions();
    expect(after.filter((one) => one.status !== 'live' || one.failure_streak > 0)).toHaveLength(0);
    expect(after.filter((one) => one.lease_until !== null)).toHaveLength(0);
    await app.gym.control.clearKnobs();
    clock.advance(2 * MINUTE_MS);
    // This process still observes the pause that the gym's 429s asked for, by its own monotonic clock; another process does not know of that pause.
    await refreshBackgroundSessions(guarded, { runId: randomUUID() }).catch(() => undefined);
    expect(await renewals()).toHaveLength(asked);
    clock.advance(2 * MINUTE_MS);
    const report = await refresh();
    expect(report).toEqual({ due: 24, updated: 24, failed: 0, skipped: 0 });
  });
});

describe('what a run reports', () => {
  test('counts are exact when some fail', async () => {
    await enlist(app.services, app.gym, 20);
    await later(20);
    for (const member of [3, 7, 11])
      await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', member, code: 502 });
    expect(await refresh()).toEqual({ due: 20, updated: 17, failed: 3, skipped: 0 });
    expect((await sessions()).filter((one) => one.token_update_count === 1)).toHaveLength(20);
  });

  test('a poisoned row is put aside and named, and the others are all renewed', async () => {
    const [noJournal, noKey, noSense] = await enlist(app.services, app.gym, 12);
    await later(20);
    await app.cloud.pool.query('delete from token_journal where session_id = $1', [noJournal?.sessionId]);
    await app.cloud.pool.query('delete from user_keys where user_id = $1', [noKey?.userId]);
    await app.cloud.pool.query("update token_journal set token_sealed = 'v1.m.AAAA.AAAA.AAAA' where session_id = $1", [
      noSense?.sessionId,
    ]);
    expect(await refresh()).toEqual({ due: 12, updated: 9, failed: 3, skipped: 0 });
    const aside = await rows('select id from auth_sessions where quarantined_at is not null');
    expect(new Set(aside.map((one) => one.id))).toEqual(
      new Set([noJournal, noKey, noSense].map((one) => one?.sessionId)),
    );
    expect(app.log.some((line) => line.includes('put aside') && line.includes(noKey?.sessionId ?? '-'))).toBe(true);
    await later(20);
    // Sessions that were put aside stay due, and each later run counts them as skipped while their seals cannot be opened.
    expect(await refresh()).toEqual({ due: 12, updated: 9, failed: 0, skipped: 3 });
  });

  test('sessions that rest after a failure are due all the same: a run that does nothing for them throws', async () => {
    const [one] = await enlist(app.services, app.gym, 1);
    await later(20);
    await app.cloud.pool.query('update auth_sessions set failure_streak = 1, next_attempt_at = $1', [
      new Date(clock.now().getTime() + MINUTE_MS),
    ]);
    await expect(refresh()).rejects.toMatchObject({
      code: 'refresh/nothing-updated',
      details: { sessionIds: [one?.sessionId] },
    });
    expect(await renewals()).toHaveLength(0);
    await later(1);
    expect(await refresh()).toEqual({ due: 1, updated: 1, failed: 0, skipped: 0 });
  });

  test('a live session that is overdue, free, and picked by no rule is thrown', async () => {
    const [one] = await enlist(app.services, app.gym, 1);
    await later(30);
    await app.cloud.pool.query("update auth_sessions set next_attempt_at = 'infinity'");
    await expect(refresh()).rejects.toMatchObject({
      code: 'refresh/selector-broken',
      details: { sessionIds: [one?.sessionId] },
    });
  });

  test('a success in the future is no freshness: the session is renewed and the clocks are alarmed', async () => {
    await enlist(app.services, app.gym, 1);
    clock.advance(-10 * MINUTE_MS);
    await app.cloud.pool.query("update auth_sessions set next_attempt_at = 'infinity'");
    await refresh().catch(() => undefined);
    expect(app.log.some((line) => line.includes('in the future'))).toBe(true);
    await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
    expect(await refresh()).toMatchObject({ due: 1, updated: 1 });
    expect(await refresh()).toMatchObject({ due: 0, updated: 0 });
  });

  test('a large run asks the queue for company, and a part of it finds the rest done without an alarm', async () => {
    await enlist(app.services, app.gym, 12);
    await later(30);
    const asked: unknown[] = [];
    const dispatch = { ...app.services.dispatch, shareRefresh: async (share: unknown) => void asked.push(share) };
    const runId = randomUUID();
    const whole = { runId, fanOut: { above: 10 } };
    expect(await refreshBackgroundSessions({ ...app.services, dispatch }, whole)).toMatchObject({ updated: 12 });
    expect(asked).toEqual([{ runId, parts: 1 }]);
    expect(await refresh({ runId, isPart: true })).toEqual({ due: 0, updated: 0, failed: 0, skipped: 0 });
    await later(30);
    const away = { ...app.services.dispatch, shareRefresh: () => Promise.reject(new Error('queue away')) };
    expect(
      await refreshBackgroundSessions({ ...app.services, dispatch: away }, { ...whole, runId: randomUUID() }),
    ).toMatchObject({
      updated: 12,
    });
  });
});

describe('retries', () => {
  test('a session that loses its process again and again keeps three of its tries for later, eight minutes apart', async () => {
    await enlist(app.services, app.gym, 1);
    await later(20);
    const triedAt: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      const [leased] = await app.services.store.leaseDueSessions({
        staleAt: new Date(clock.now().getTime() - 18 * MINUTE_MS),
        owner: randomUUID(),
        limit: 1,
        leaseMs: 1_000,
        onlyTroubled: minute > 0,
        runId: randomUUID(),
        now: clock.now(),
      });
      if (leased) triedAt.push(minute);
      // An attempt of a session in doubt counts towards the limit of attempts an hour only after `noteSending`; before `noteSending` nothing is sent.
      if (leased) await app.services.store.noteSending(leased.renewalId);
      await app.cloud.pool.query("update auth_sessions set lease_until = now() - interval '1 second'");
      clock.advance(MINUTE_MS);
    }
    expect(triedAt).toEqual([0, 1, 2, 3, 4, 12, 20, 28]);
  });

  test('a session in trouble gets eight tries an hour and no more', async () => {
    await enlist(app.services, app.gym, 1);
    await later(20);
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: '<html>' });
    for (let minute = 0; minute < 30; minute++) {
      await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
      await refresh({ only: 'troubled' });
      if (minute === 0) await refresh().catch(() => undefined);
      clock.advance(MINUTE_MS);
    }
    expect(await renewals()).toHaveLength(8);
    clock.advance(40 * MINUTE_MS);
    await app.gym.control.clearKnobs();
    await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
    expect(await refresh({ only: 'troubled' })).toMatchObject({ updated: 1 });
  });
});
