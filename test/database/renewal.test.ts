// Tests the SQL side of renewing: leases, commits one by one and in batches, the order in which tokens are tried, and which refusals count as
// evidence that a session is dead. These tests use no gym and no sealing: sealed values are plain words here, because the database never opens a
// seal.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../services/store/store.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { enrol as enrolMember } from '../support/enrol.ts';
import { MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';

let cloud: Cloud;
let store: Store;
beforeAll(async () => {
  cloud = await startCloud();
  store = createStore({ supabaseUrl: cloud.supabaseUrl, secretKey: cloud.secretKey });
});
afterAll(() => cloud.stop());
beforeEach(() => cloud.pool.query('delete from members'));

const minute = (n: number) => new Date(SUNDAY_NOON.getTime() + n * MINUTE_MS);
const rows = async (sql: string, ...values: unknown[]) => (await cloud.pool.query(sql, values)).rows;

async function enrol(name: string, sessionType: 'background' | 'device'): Promise<string> {
  const now = SUNDAY_NOON;
  const { id } = await enrolMember(store, { platformUserId: name, email: `${name}@example.test`, name, now });
  await store.keepMemberKey(id, { kid: 'k1', wrapped: 'v1.k1.x' });
  const at = { userId: id, chain: randomUUID(), sessionType, attemptId: randomUUID() };
  const values = { tokenDigest: `${name}-0`, tokenSealed: 'sealed', cookiesSealed: 'sealed', fingerprint: name };
  return (await store.openGymSession({ ...at, ...values, now })).id;
}
const member = (name: string) => enrol(name, 'background');
const leaseDevice = (id: string, now: Date) =>
  store.leaseSession({
    ...{
      id,
      sessionType: 'device' as const,
      staleAt: now,
      owner: randomUUID(),
      leaseMs: 45_000,
      throughHold: false,
      now,
    },
  });
const due = (at: number, more: Partial<Parameters<Store['leaseDueSessions']>[0]> = {}) =>
  store.leaseDueSessions({
    staleAt: minute(at - 18),
    owner: randomUUID(),
    limit: 100,
    leaseMs: 45_000,
    onlyTroubled: false,
    runId: randomUUID(),
    now: minute(at),
    ...more,
  });
const line = (renewalId: string, digest: string, at: number) => ({
  renewalId,
  tokenDigest: digest,
  tokenSealed: `sealed ${digest}`,
  cookiesSealed: 'jar',
  now: minute(at),
});
const refusal = (renewalId: string, at: number, spare = false) =>
  store.settleAttempt({
    renewalId,
    state: 'refused',
    reason: 'refused',
    nextAttemptAt: undefined,
    confirmMs: MINUTE_MS,
    spare,
    now: minute(at),
  });
const expireLeases = () => cloud.pool.query("update auth_sessions set lease_until = now() - interval '1 second'");
/** Leases a session and notes that its call to the gym is about to be sent. */
const lease = async (at: number) => {
  const leased = await taken(at);
  expect(await store.noteSending(leased.renewalId)).toBe(1);
  return leased;
};
/** Leases a session for a process that dies before it records that its call to the gym is about to be sent. */
const taken = async (at: number) => {
  const [leased] = await due(at);
  if (!leased) throw new Error('Expected one session to be due.');
  return leased;
};
/**
 * Gives the token journal's rows. The row of a replaced token keeps the state 'current' in the table, and is given here with the state 'superseded'.
 */
const journal = () =>
  rows(
    `select j.token_digest, case when j.state = 'current' and j.attempt_id <> s.current_attempt then 'superseded' else j.state end as state
     from token_journal j join auth_sessions s on s.id = j.session_id order by j.generation, j.received_at, j.token_digest`,
  );
const states = async () => Object.fromEntries((await journal()).map((row) => [row.token_digest, row.state]));

describe('leases', () => {
  test('asked for again by the same owner, whose answer was lost, are granted again and the first intents were never sent', async () => {
    await Promise.all(['ana', 'bea'].map(member));
    const same = { owner: randomUUID(), runId: randomUUID() };
    const first = await due(20, same);
    const again = await due(20, same);
    expect(again.map((one) => one.id).sort()).toEqual(first.map((one) => one.id).sort());
    const attempts = await rows('select id, state from refresh_attempts');
    for (const { renewalId } of first) expect(attempts).toContainEqual({ id: renewalId, state: 'released' });
    expect(await rows("select 1 from auth_sessions where status = 'live' and token_update_count = 0")).toHaveLength(2);
  });

  test('are granted once however many ask at once', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, at) => member(`m${at}`)));
    const all = (await Promise.all(Array.from({ length: 6 }, () => due(20, { limit: 10 })))).flat();
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    expect(await due(20)).toHaveLength(30 - all.length);
  });

  test('are found without reading all attempts for each session, also on a connection that has known the table empty', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, at) => member(`m${at}`)));
    const client = await cloud.pool.connect();
    const leaseOne = () =>
      client.query('select public.lease_due_sessions($1, $2, 40, 1, false, $3, $4)', [
        ...[minute(2), randomUUID(), randomUUID(), minute(20)],
      ]);
    try {
      await client.query('vacuum analyze refresh_attempts');
      // The SQL function is called eight times because Postgres caches a plan from the sixth call on.
      for (let time = 0; time < 8; time += 1) {
        await client.query('begin');
        await leaseOne();
        await client.query('rollback');
      }
      await client.query('begin');
      await client.query(`insert into refresh_attempts (id, session_id, chain, lease_epoch, parent_digest, generation, state, started_at)
        select gen_random_uuid(), s.id, s.chain, 0, '', 0, 'ok', now() from auth_sessions s, generate_series(1, 100)`);
      await leaseOne();
      const { rows: read } = await client.query(
        `select seq_tup_read::int as tuples from pg_stat_xact_user_tables where relname = 'refresh_attempts'`,
      );
      expect(read[0].tuples).toBeLessThan(3 * 4_000);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  test('given back leave no trace in the counters, and the same run may take them again', async () => {
    await member('ana');
    const runId = randomUUID();
    const [first] = await due(20, { runId });
    expect(await store.releaseLeases([first?.renewalId ?? ''], minute(20))).toBe(1);
    expect(await store.releaseLeases([first?.renewalId ?? ''], minute(20))).toBe(0);
    const [again] = await due(20, { runId });
    expect(again).toMatchObject({ id: first?.id, tokenUpdateCount: 0, status: 'live', failureStreak: 0 });
  });

  test('are extended for their holder, and not for a process that lost them', async () => {
    await member('ana');
    const first = await lease(20);
    expect(await store.extendLeases([first.renewalId], 45_000)).toEqual([first.renewalId]);
    await expireLeases();
    const second = await lease(20);
    expect(await store.extendLeases([first.renewalId, second.renewalId], 45_000)).toEqual([second.renewalId]);
  });

  test('an intent that was never settled leaves the session uncertain, and counted', async () => {
    await member('ana');
    await lease(20);
    await expireLeases();
    expect(await lease(21)).toMatchObject({ status: 'uncertain', tokenUpdateCount: 1, lastError: 'owner lost' });
  });
});

describe('a batch of commits', () => {
  test('leaves exactly what the same commits one by one leave', async () => {
    const seen = [];
    for (const way of ['alone', 'together']) {
      await cloud.pool.query('delete from members');
      await Promise.all(Array.from({ length: 8 }, (_, at) => member(`m${at}`)));
      for (let round = 1; round <= 4; round++) {
        const leased = await due(20 * round);
        expect(leased).toHaveLength(8);
        // Of the eight answers of a round, the one for `m5` brings the token that its session already has, and the one for `m3` is for a session
        // declared dead.
        await cloud.pool.query("update auth_sessions set told_dead_at = now() where fingerprint = 'm3'");
        const lines = leased.map((one) =>
          line(one.renewalId, one.fingerprint === 'm5' ? 'm5-0' : `${one.fingerprint}-${round}`, 20 * round),
        );
        if (way === 'together') expect((await store.commitRotations(lines)).every((row) => row.moved)).toBe(true);
        else for (const each of lines) expect((await store.commitRotation(each)).moved).toBe(true);
      }
      seen.push({
        sessions: await rows(
          `select fingerprint, status, generation, token_digest, previous_token_digest, token_update_count, token_success_count,
             failure_streak, last_attempt_at, last_token_update_date, lease_owner, lease_epoch, told_dead_at from auth_sessions order by 1`,
        ),
        journal: await rows(
          `select s.fingerprint, j.token_digest, j.parent_digest, j.state, j.generation, j.token_sealed, j.received_at,
             j.attempt_id = s.current_attempt as in_force
           from token_journal j join auth_sessions s on s.id = j.session_id order by 1, j.generation, 2`,
        ),
        attempts: await rows(
          `select s.fingerprint, a.state, a.generation, a.settled_at from refresh_attempts a join auth_sessions s on s.id = a.session_id order by 1, 3`,
        ),
        notices: (await rows('select kind from outbox')).length,
      });
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]?.notices).toBe(4);
  });

  test('one line that cannot be written fails alone, one that is unknown says so, and the others are in force', async () => {
    await Promise.all(['ana', 'bea', 'cleo'].map(member));
    const leased = await due(20);
    const [a, b, c] = leased.map((one) => line(one.renewalId, `${one.fingerprint}-1`, 20));
    if (!a || !b || !c) throw new Error('Expected three.');
    const broken = { ...b, tokenSealed: null as unknown as string };
    const unknown = line(randomUUID(), 'x', 20);
    const answers = new Map((await store.commitRotations([a, broken, unknown, c])).map((row) => [row.renewalId, row]));
    expect(answers.get(a.renewalId)).toMatchObject({ moved: true, exists: true });
    expect(answers.get(c.renewalId)).toMatchObject({ moved: true, exists: true });
    expect(answers.get(b.renewalId)).toMatchObject({ moved: false, refused: '23502' });
    expect(answers.get(unknown.renewalId)).toMatchObject({ moved: false, exists: false });
    expect((await store.commitRotations([b]))[0]).toMatchObject({ moved: true });
  });

  test('sent twice changes nothing the second time', async () => {
    await Promise.all(['ana', 'bea'].map(member));
    const lines = (await due(20)).map((one) => line(one.renewalId, `${one.fingerprint}-1`, 20));
    const first = await store.commitRotations(lines);
    const before = [await rows('select * from auth_sessions order by id'), await journal()];
    const second = await store.commitRotations(lines);
    expect(second.map((row) => row.moved)).toEqual(first.map(() => true));
    expect([await rows('select * from auth_sessions order by id'), await journal()]).toEqual(before);
  });
});

describe('the journal', () => {
  test('keeps the token in force and the one before it, however often it is renewed, also when the gym never rotates', async () => {
    await member('ana');
    for (let round = 1; round <= 5; round++) {
      const { renewalId } = await lease(20 * round);
      await store.commitRotation(line(renewalId, `ana-${round}`, 20 * round));
    }
    expect(await states()).toEqual({ 'ana-4': 'superseded', 'ana-5': 'current' });
    for (let round = 6; round <= 9; round++) {
      const { renewalId } = await lease(20 * round);
      await store.commitRotation(line(renewalId, 'ana-5', 20 * round));
    }
    expect(await journal()).toHaveLength(2);
    expect(await rows('select generation, previous_token_digest from auth_sessions')).toEqual([
      { generation: 5, previous_token_digest: 'ana-4' },
    ]);
    expect((await rows('select 1 from refresh_attempts')).length).toBeLessThanOrEqual(2);
  });

  test.each(['alone', 'together'])('writes a sealed pair once and never again, committed %s', async (way) => {
    await member('ana');
    const written = (digest: string) => rows('select ctid, xmin from token_journal where token_digest = $1', digest);
    for (let round = 1; round <= 3; round++) {
      const parent = await written(`ana-${round - 1}`);
      const next = line((await lease(20 * round)).renewalId, `ana-${round}`, 20 * round);
      if (way === 'alone') await store.commitRotation(next);
      else await store.commitRotations([next]);
      expect(parent).toHaveLength(1);
      expect(await written(`ana-${round - 1}`)).toEqual(parent);
    }
  });

  test('keeps a rival’s answer for the same parent until the token in force has proved itself', async () => {
    await member('ana');
    const first = await lease(20);
    await expireLeases();
    const second = await lease(21);
    expect(await store.commitRotation(line(first.renewalId, 'late', 21))).toMatchObject({ moved: false });
    expect(await store.commitRotation(line(second.renewalId, 'in force', 21))).toMatchObject({ moved: true });
    expect(await states()).toEqual({ 'ana-0': 'superseded', late: 'candidate', 'in force': 'current' });
    // A renewal that took two attempts counts as two: the first attempt was counted when its lease was taken over.
    expect(await rows('select token_update_count from auth_sessions')).toEqual([{ token_update_count: 2 }]);
    const third = await lease(41);
    await store.commitRotation(line(third.renewalId, 'next', 41));
    // The commit that puts the next token in force deletes the rows of all other tokens except the replaced one.
    expect(await states()).toEqual({ 'in force': 'superseded', next: 'current' });
  });
});

describe('the ladder', () => {
  test('tries what came after the token in force first, then the one in force, then whatever else is held', async () => {
    await member('ana');
    const first = await lease(20);
    await expireLeases();
    const second = await lease(21);
    await store.commitRotation(line(first.renewalId, 'rival', 21));
    await store.commitRotation(line(second.renewalId, 'in force', 21));
    const third = await lease(41);
    await expireLeases();
    const fourth = await lease(42);
    await store.commitRotation(line(third.renewalId, 'newest', 42));
    await refusal(fourth.renewalId, 42);
    const tried: string[] = [];
    // The session is declared dead within one refresh cycle of the first refusal, though each of three tokens must be refused twice first.
    for (let at = 43; at < 62; at++) {
      const [leased] = await due(at);
      if (!leased) continue;
      tried.push(leased.tokenSealed);
      await refusal(leased.renewalId, at);
    }
    expect(tried.slice(0, 3)).toEqual(['sealed newest', 'sealed rival', 'sealed in force']);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'needs-login' }]);
  });

  test('hears a verdict within one cycle though processes that died have taken the tries of the hour', async () => {
    await member('ana');
    for (const at of [20, 21, 22, 23, 24, 32, 40]) {
      await lease(at);
      await expireLeases();
    }
    // The process of the last attempt died, so no renewal of the session is tried for eight minutes.
    expect(await due(47)).toEqual([]);
    for (const at of [48, 49, 54]) await refusal((await lease(at)).renewalId, at, true);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'needs-login' }]);
    expect(await rows('select 1 from refresh_attempts')).toHaveLength(10);
  });

  test('charges no try whose process died before the call, however many there are, but the first', async () => {
    await member('ana');
    for (let at = 20; at < 60; at++) {
      await taken(at);
      await expireLeases();
    }
    expect(
      await rows('select state, reason, count(*)::int as n from refresh_attempts group by 1, 2 order by n'),
    ).toEqual([
      { state: 'sent', reason: null, n: 1 },
      // The process of the first lease died while the session was not in doubt. For a session not in doubt, no process records (`noteSending`) that
      // its call is about to be sent. Whether the dead process called the gym is therefore unknown.
      { state: 'unknown', reason: 'owner lost', n: 1 },
      { state: 'not-sent', reason: 'owner lost', n: 38 },
    ]);
    // Each lease counts as an attempt; only the call of the first lease can have reached the gym, so the other leases do not delay the next attempt.
    expect(await rows('select token_update_count, status from auth_sessions')).toEqual([
      { token_update_count: 39, status: 'uncertain' },
    ]);
    await refusal((await lease(60)).renewalId, 60);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'suspect' }]);
    await taken(125);
    await expireLeases();
    await taken(126);
    // The attempts that were not sent and are more than an hour old are deleted.
    expect(await rows(`select count(*)::int as n from refresh_attempts where state = 'not-sent'`)).toEqual([{ n: 1 }]);
  });

  test('lets no call leave more often than before, whatever dies in between', async () => {
    await member('ana');
    let left = 0;
    for (let second = 0; second < 3_600; second += 20) {
      const now = new Date(minute(20).getTime() + second * 1_000);
      const [leased] = await due(20, { now, staleAt: now });
      // Every 20 s a process asks for the lease, and dies if it gets the lease. At 0, 40, 80 s … the process records its call to the gym
      // (`noteSending`) before it dies; at 20, 60, 100 s … the process dies before its call.
      if (leased && (second / 20) % 2 === 0) left += await store.noteSending(leased.renewalId);
      await expireLeases();
    }
    expect(left).toBeGreaterThanOrEqual(7);
    expect(left).toBeLessThanOrEqual(8);
  });

  test('a process that stood still until its try was given to another must not send it', async () => {
    await member('ana');
    await lease(20);
    await expireLeases();
    const slow = await taken(21);
    await expireLeases();
    const next = await taken(22);
    expect([slow.isNoted, next.isNoted]).toEqual([true, true]);
    expect(await store.noteSending(slow.renewalId)).toBe(0);
    expect([await store.noteSending(next.renewalId), await store.noteSending(next.renewalId)]).toEqual([1, 1]);
    expect(await store.noteSending(randomUUID())).toBe(0);
  });

  test('asks sixteen times within an hour and no more, whatever is heard', async () => {
    await member('ana');
    let asked = 0;
    for (let n = 0; n < 40; n++) {
      const [leased] = await due(20 + n);
      if (!leased) continue;
      asked += 1;
      await refusal(leased.renewalId, 20 + n, true);
      // After each refusal, the test sets the session back to the status `suspect`, so that it is never declared dead and the calls go on.
      await cloud.pool.query("update auth_sessions set status = 'suspect', refused_digest = null");
    }
    expect(asked).toBe(16);
    expect(await due(79)).toEqual([]);
    expect(await due(81)).toHaveLength(1);
  });

  test('asks for a device in doubt eight times at once and eight an hour, also where the gym turns us away', async () => {
    const id = await enrol('ana', 'device');
    let asked = 0;
    for (let second = 0; second < 3_600; second += 20) {
      const now = new Date(minute(20).getTime() + second * 1_000);
      const answer = await leaseDevice(id, now);
      if (answer.state !== 'leased') continue;
      asked += 1;
      // The first call's lost answer puts the session in doubt; from then on the gym turns each call away (403 or 429).
      const end = { state: asked === 1 ? 'unknown' : 'turned-away', reason: 'x', nextAttemptAt: undefined } as const;
      await store.settleAttempt({ renewalId: answer.renewalId, ...end, confirmMs: MINUTE_MS, spare: true, now });
    }
    expect(asked).toBeGreaterThanOrEqual(14);
    expect(asked).toBeLessThanOrEqual(16);
  });

  test('lets a race renew beyond the eight tries while it holds the session, and its read-backs no more', async () => {
    await member('ana');
    for (const at of [20, 21, 22, 23, 24]) {
      await lease(at);
      await expireLeases();
    }
    const [{ id, user_id: userId }] = await rows('select id, user_id from auth_sessions');
    const ask = async (at: number) => {
      const answer = await store.leaseSession({
        ...{ id, sessionType: 'background', staleAt: minute(at), owner: randomUUID(), leaseMs: 45_000 },
        ...{ throughHold: true, now: minute(at) },
      });
      if (answer.state === 'leased') await store.noteSending(answer.renewalId);
      await expireLeases();
      return answer.state;
    };
    expect(await ask(25)).toBe('resting');
    await store.holdSessions([userId], minute(27));
    expect([await ask(25), await ask(26), await ask(27)]).toEqual(['leased', 'leased', 'resting']);
  });

  test('hears every token twice, also one that came to be known after the one in force was first refused', async () => {
    await member('ana');
    const first = await lease(20);
    await expireLeases();
    const second = await lease(21);
    await refusal(second.renewalId, 21);
    await store.commitRotation(line(first.renewalId, 'late', 21));
    const tried: string[] = [];
    for (let at = 22; at < 30; at++) {
      const [leased] = await due(at);
      if (!leased) break;
      tried.push(leased.tokenSealed);
      await refusal(leased.renewalId, at);
    }
    expect(tried).toEqual(['sealed late', 'sealed', 'sealed late', 'sealed']);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'needs-login' }]);
  });

  test('does not wait for ever for a late answer that brought the very token in force', async () => {
    await member('ana');
    const first = await lease(20);
    await expireLeases();
    const second = await lease(21);
    await store.commitRotation(line(first.renewalId, 'ana-0', 21));
    await refusal(second.renewalId, 21);
    for (let at = 22; at < 30; at++) {
      const [leased] = await due(at);
      if (leased) await refusal(leased.renewalId, at);
    }
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'needs-login' }]);
  });

  test('hears three refusals while the cookies live, however long the two before lie apart', async () => {
    await member('ana');
    for (const at of [20, 30]) await refusal((await lease(at)).renewalId, at, true);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'suspect' }]);
    await refusal((await lease(31)).renewalId, 31, true);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'needs-login' }]);
  });

  test('a refusal received after the lease was lost is no evidence', async () => {
    await member('ana');
    const first = await lease(20);
    await expireLeases();
    const second = await lease(21);
    await refusal(first.renewalId, 21);
    expect(await rows('select refused_digest, failure_streak from auth_sessions')).toEqual([
      { refused_digest: null, failure_streak: 0 },
    ]);
    await refusal(second.renewalId, 21);
    expect(await rows('select status from auth_sessions')).toEqual([{ status: 'suspect' }]);
  });

  test('a refusal for a session that was given up meanwhile judges nothing', async () => {
    await member('ana');
    const { renewalId } = await lease(20);
    await cloud.pool.query("update auth_sessions set lease_epoch = lease_epoch + 1, status = 'revoked'");
    await refusal(renewalId, 21);
    expect(await rows('select status, refused_digest, failure_streak from auth_sessions')).toEqual([
      { status: 'revoked', refused_digest: null, failure_streak: 0 },
    ]);
  });
});
