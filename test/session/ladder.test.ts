// A session in doubt: which tokens are tried and in which order, when the session is declared dead, when its member is notified, and how the session
// comes back.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listClasses } from '../../jobs/list-classes.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { isUsable } from '../../services/session/session.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
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

const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;
const session = async () => (await rows("select * from auth_sessions where session_type = 'background'"))[0];
const notices = async () => (await rows('select kind from outbox order by id')).map((one) => one.kind);
const renewals = () => app.gym.control.history({ op: 'tokenUpdate' });
const knob = (input: KnobInput) => app.gym.control.setKnob(input);
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}
/**
 * Runs the pass over troubled sessions that a process runs each minute. A pass over only the troubled sessions throws no error when the gym refuses
 * them.
 */
const pass = () => refreshBackgroundSessions(app.services, { runId: randomUUID(), only: 'troubled' });
const cycle = () => refreshBackgroundSessions(app.services, { runId: randomUUID() }).catch(() => undefined);
const loseNextAnswer = () => knob({ kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'reset', times: 1 });

describe('a lost answer', () => {
  test('at a strict gym the loss is declared within one cycle, and the member is told exactly once', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await loseNextAnswer();
    await cycle();
    expect((await session()).status).toBe('uncertain');
    const states: string[] = [];
    for (let minute = 1; minute <= 20; minute++) {
      await later(1);
      await pass();
      states.push((await session()).status);
    }
    expect([states[0], states[10]]).toEqual(['suspect', 'needs-login']);
    await cycle();
    expect(await notices()).toEqual(['session-needs-login']);
    // The five calls are the call whose answer was lost and the attempts until the session is declared dead.
    expect((await renewals()).length).toBe(5);
  });

  test('a session that was left by a dead process is looked at by the next minute’s pass, not by the next cycle', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    const due = {
      staleAt: clock.now(),
      limit: 1,
      leaseMs: 45_000,
      onlyTroubled: false,
      runId: randomUUID(),
      now: clock.now(),
    };
    await app.services.store.leaseDueSessions({ ...due, owner: 'about to die' });
    expect(await pass()).toMatchObject({ updated: 0, failed: 0 });
    await app.cloud.pool.query(
      `update auth_sessions set lease_until = now() - interval '1 second' where lease_until is not null`,
    );
    expect(await pass()).toMatchObject({ updated: 1 });
    expect((await session()).status).toBe('live');
  });

  test('one refusal alone is no verdict, and two within a minute are not either', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'logout', op: 'tokenUpdate' });
    await knob({ kind: 'logout', op: 'whoami' });
    await cycle();
    clock.advance(59_000);
    await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
    await pass();
    expect((await renewals()).length).toBe(2);
    expect((await session()).status).toBe('suspect');
    clock.advance(MINUTE_MS);
    await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
    await pass();
    expect((await session()).status).toBe('needs-login');
  });

  test('a session with cookies that the gym still knows is not called dead', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'logout', op: 'tokenUpdate', times: 3 });
    await cycle();
    for (let minute = 0; minute < 8; minute++) {
      await later(1);
      await pass();
    }
    expect((await session()).status).toBe('live');
    expect(await notices()).toEqual([]);
  });

  test('a gym that cannot be asked for the cookies gives no evidence of death', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'logout', op: 'tokenUpdate', times: 3 });
    await knob({ kind: 'status', op: 'whoami', code: 502 });
    await cycle();
    for (let minute = 0; minute < 8; minute++) {
      await later(1);
      await pass();
    }
    expect((await session()).status).toBe('live');
    expect(await notices()).toEqual([]);
  });

  test('at a lax gym the session recovers by itself with the old token', async () => {
    await app.signIn('ana@example.test');
    await knob({ kind: 'rotation', mode: 'lax' });
    await later(20);
    await loseNextAnswer();
    await cycle();
    await later(1);
    expect(await pass()).toMatchObject({ updated: 1 });
    expect(await session()).toMatchObject({ status: 'live', failure_streak: 0 });
    expect(await notices()).toEqual([]);
  });

  test('an uncertain session still opens the door', async () => {
    const ana = await app.signIn('ana@example.test');
    await later(20);
    await loseNextAnswer();
    await cycle();
    const { session: uncertain } = await app.services.freshener.background(ana.member.id, { staleAt: new Date(0) });
    expect(uncertain.status).toBe('uncertain');
    expect(isUsable(uncertain)).toBe(true);
    const box = { slug: 'norte', platformBoxId: '77' };
    expect((await app.services.gym.readDay(uncertain.key, box, MONDAY)).kind).toBe('day');
  });
});

describe.each(['none', 'keep', 'kill'] as const)('cookies that a renewal re-issues (%s)', (mode) => {
  test('are kept, and the session goes on opening the door and being renewed', async () => {
    const ana = await app.signIn('ana@example.test');
    await knob({ kind: 'reissue', mode, auth: true, session: true });
    for (let turn = 0; turn < 3; turn++) {
      await later(20);
      expect(await refreshBackgroundSessions(app.services, { runId: randomUUID() })).toMatchObject({ updated: 1 });
    }
    const { session: now } = await app.services.freshener.background(ana.member.id, { staleAt: new Date(0) });
    expect((await app.services.gym.readDay(now.key, { slug: 'norte', platformBoxId: '77' }, MONDAY)).kind).toBe('day');
    const calls = await app.gym.control.history({ op: 'bookings' });
    expect(calls.at(-1)?.cookies).toMatchObject({ auth: 'current', page: 'current' });
  });
});

describe('F3: an unclear answer', () => {
  test('behind a notice or in a frame that broke off costs nothing', async () => {
    await app.signIn('ana@example.test');
    const spoilt: KnobInput[] = [
      { kind: 'notice', op: 'tokenUpdate', times: 1 },
      { kind: 'notice', op: 'tokenUpdate', after: '<!-- web-7 -->', times: 1 },
      { kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'overlong', times: 1 },
      { kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'unended', times: 1 },
    ];
    for (const one of spoilt) {
      await later(20);
      await knob(one);
      await cycle();
      expect(await session()).toMatchObject({ status: 'live', failure_streak: 0, last_token_update_date: clock.now() });
    }
    expect((await session()).generation).toBe(4);
  });

  test('that may hold the next token is tried before the session is called dead', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'token-field', op: 'tokenUpdate', name: 'nextToken', times: 1 });
    await knob({ kind: 'logout', op: 'whoami' });
    await cycle();
    expect((await session()).status).toBe('uncertain');
    for (let minute = 0; minute < 15; minute++) {
      await later(1);
      await pass();
    }
    expect((await session()).status).toBe('live');
    expect(await notices()).toEqual([]);
    await later(20);
    expect(await refreshBackgroundSessions(app.services, { runId: randomUUID() })).toMatchObject({ updated: 1 });
  });

  test('that holds none puts the verdict off by nothing', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'truncated', times: 1 });
    await cycle();
    for (let minute = 0; minute < 20; minute++) {
      await later(1);
      await pass();
    }
    expect((await session()).status).toBe('needs-login');
    expect(await notices()).toEqual(['session-needs-login']);
  });
});

describe('coming back', () => {
  async function die() {
    await later(20);
    await app.gym.control.killSession({ member: 1 });
    await cycle();
    await later(1);
    await pass();
    await later(1);
    await pass();
    expect((await session()).status).toBe('needs-login');
  }

  test('a new login heals the session, and the member is told that it works again', async () => {
    const ana = await app.signIn('ana@example.test');
    await die();
    await app.signIn('ana@example.test');
    expect(await session()).toMatchObject({ status: 'live', user_id: ana.member.id, generation: 0 });
    expect(await notices()).toEqual(['session-needs-login', 'session-recovered']);
    await die();
    expect(await notices()).toEqual(['session-needs-login', 'session-recovered', 'session-needs-login']);
  });

  test('an answer that comes after the verdict revives the session, and the member is told', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    // The gym holds back the answer while the session's lease expires and other processes decide whether the session is dead.
    await knob({ kind: 'gate', op: 'tokenUpdate', when: 'after', times: 1 });
    await knob({ kind: 'logout', op: 'whoami' });
    const slow = cycle();
    while (((await app.gym.control.gates())['gate'] ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let minute = 0; minute < 3; minute++) {
      await app.cloud.pool.query(
        "update auth_sessions set lease_until = now() - interval '1 second' where lease_until is not null",
      );
      await later(1);
      await cycle();
    }
    expect((await session()).status).toBe('needs-login');
    await app.gym.control.openGate();
    await slow;
    expect((await session()).status).toBe('suspect');
    await pass();
    expect(await session()).toMatchObject({ status: 'live', generation: 2 });
    expect(await notices()).toEqual(['session-needs-login', 'session-recovered']);
  });

  test('an answer that comes while a newer login stands changes nothing', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'gate', op: 'tokenUpdate', when: 'after', times: 1 });
    const slow = cycle();
    while (((await app.gym.control.gates())['gate'] ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await app.signIn('ana@example.test');
    const before = await session();
    await app.gym.control.openGate();
    await slow;
    const after = await session();
    expect(after).toMatchObject({ status: 'live', token_digest: before.token_digest, chain: before.chain });
    await later(20);
    expect(await refreshBackgroundSessions(app.services, { runId: randomUUID() })).toMatchObject({ updated: 1 });
  });

  test('an answer for an erased member brings nothing back and leaves nothing behind', async () => {
    await app.signIn('ana@example.test');
    await later(20);
    await knob({ kind: 'gate', op: 'tokenUpdate', when: 'after', times: 1 });
    const slow = cycle();
    while (((await app.gym.control.gates())['gate'] ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await app.cloud.pool.query('delete from members');
    await app.gym.control.openGate();
    await slow;
    expect(await rows('select 1 from auth_sessions')).toHaveLength(0);
    expect(await rows('select 1 from token_journal')).toHaveLength(0);
  });

  test('a device that was given up is not brought back by an answer on its way', async () => {
    const ana = await app.signIn('ana@example.test');
    const hand = { userId: ana.member.id, deviceFingerprint: ana.device.fingerprint };
    await later(30);
    await knob({ kind: 'gate', op: 'tokenUpdate', when: 'after', times: 1 });
    const boxId = ana.boxes[0]?.id ?? '';
    const listing = listClasses(app.services, { ...hand, boxId, day: MONDAY }).catch((error) => error.code);
    while (((await app.gym.control.gates())['gate'] ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await app.services.store.revokeDeviceSession(ana.member.id, ana.device.fingerprint, clock.now())).toBe(1);
    await app.gym.control.openGate();
    expect(await listing).toBe('session/needs-login');
    const [device] = await rows("select * from auth_sessions where session_type = 'device'");
    expect(device.status).toBe('revoked');
    expect(await rows("select 1 from token_journal where session_id = $1 and state <> 'dead'", device.id)).toHaveLength(
      0,
    );
  });
});
