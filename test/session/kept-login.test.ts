// A kept login is stored by consent and used when a background session has died; each use is counted beforehand. The kept login is deleted when the
// gym refuses its password or has locked the account.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { rotateKeys } from '../../jobs/rotate-keys.ts';
import { signIn } from '../../jobs/sign-in.ts';
import { mendMember } from '../../services/renewal/kept-login.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { dumpOf, hasMark, MARK } from '../support/canary.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';

const PASSWORD = `${MARK}gym-password-of-ana`;
const EMAIL = 'ana@example.test';
const scenario: ScenarioInput = {
  ...town,
  members: [{ id: 1, name: 'Ana', email: EMAIL, password: PASSWORD, boxes: ['norte'] }],
};

let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(scenario, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(scenario);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query('delete from members; delete from login_limits; delete from gym_facts');
  app.log.length = 0;
});

const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;
const status = async () =>
  (await rows("select status from auth_sessions where session_type = 'background'"))[0]?.status;
const notices = async () => (await rows('select kind from outbox order by id')).map(({ kind }) => kind);
const logins = async () => (await app.gym.control.history({ op: 'login' })).length;
const kept = () => rows('select * from kept_logins');
const knob = (input: KnobInput) => app.gym.control.setKnob(input);
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}
const pass = (more = {}) =>
  refreshBackgroundSessions({ ...app.services, ...more }, { runId: randomUUID(), only: 'troubled' });
const cycle = () => refreshBackgroundSessions(app.services, { runId: randomUUID() }).catch(() => undefined);
const enter = (keepLogin: boolean | 'unsaid' = true) =>
  signIn(app.services, {
    email: EMAIL,
    password: new Secret(PASSWORD),
    keepLogin: keepLogin === 'unsaid' ? undefined : keepLogin,
  });

/** Makes the gym forget every session of the member Ana, and runs the refresh until her background session is declared dead. */
async function die(more = {}): Promise<void> {
  await later(20);
  await app.gym.control.killSession({ member: 1 });
  await cycle();
  for (let minute = 0; minute < 3; minute++) {
    await later(1);
    await pass(more);
  }
}
/** Declares all background sessions dead, directly in the table. */
const bury = () =>
  app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'background'");
/** For this many hours, runs a refresh of the troubled sessions every `stepMinutes`. */
async function hours(count: number, stepMinutes = 10): Promise<void> {
  for (let minute = stepMinutes; minute <= 60 * count; minute += stepMinutes) {
    await later(stepMinutes);
    await pass();
  }
}

describe('a kept login', () => {
  test('is off by default, and a dead session then waits for its member', async () => {
    const { keptLogin } = await enter('unsaid');
    expect(keptLogin).toBeUndefined();
    await app.gym.control.clearHistory();
    await die();
    expect([await status(), await logins(), await notices()]).toEqual(['needs-login', 0, ['session-needs-login']]);
  });

  test('mends a dead session by itself, and the member hears that it works again and nothing before', async () => {
    const { keptLogin } = await enter();
    expect(keptLogin?.keptAt).toEqual(clock.now());
    await app.gym.control.clearHistory();
    await die();
    expect([await status(), await logins(), await notices()]).toEqual(['live', 1, ['session-recovered']]);
    await later(20);
    expect(await refreshBackgroundSessions(app.services, { runId: randomUUID() })).toMatchObject({ updated: 1 });
  });

  test('keeps the fingerprint of the session that died: the gym sees no new device', async () => {
    await enter();
    const before = await rows("select fingerprint from auth_sessions where session_type = 'background'");
    await die();
    expect(await rows("select fingerprint from auth_sessions where session_type = 'background'")).toEqual(before);
  });

  test('is used once an hour and twice a day at most, however often the session dies', async () => {
    await enter();
    const used: number[] = [];
    for (let turn = 0; turn < 60; turn++) {
      await app.gym.control.clearHistory();
      await bury();
      await pass();
      if ((await logins()) > 0) used.push(turn * 29);
      expect(await logins()).toBeLessThanOrEqual(1);
      await later(29);
    }
    for (const [at, minute] of used.entries()) {
      expect(minute - (used[at - 1] ?? -60)).toBeGreaterThanOrEqual(60);
      expect(minute - (used[at - 2] ?? -24 * 60)).toBeGreaterThanOrEqual(24 * 60);
    }
    expect(used).toHaveLength(4);
  });

  test('serves two processes at once with one sign-in', async () => {
    await enter();
    await bury();
    await app.gym.control.clearHistory();
    await Promise.all([pass(), pass(), cycle()]);
    expect(await logins()).toBe(1);
  });

  test('is used while strangers’ wrong passwords have spent the tries of all', async () => {
    const { member } = await enter();
    await bury();
    await rows(
      `insert into login_limits select gen_random_uuid(), 'account ' || n, 'address ' || n, 'wrong', $1 from generate_series(1, 100) n`,
      clock.now(),
    );
    await expect(enter('unsaid')).rejects.toMatchObject({ code: 'request/limited' });
    expect(await mendMember(app.services, member.id)).toBe('mended');
  });

  test('is whole again when nothing was sent', async () => {
    const { member } = await enter();
    await bury();
    await app.gym.control.refuseConnections({ until: clock.now().getTime() + 5 * MINUTE_MS, how: 'refused' });
    expect(await mendMember(app.services, member.id)).toBe('failed');
    await later(6);
    expect(await mendMember(app.services, member.id)).toBe('mended');
  });
});

describe('a race', () => {
  const forRace = (userId: string) =>
    app.services.freshener.background(userId, { staleAt: clock.now(), throughHold: true });

  test('that finds the login dead has another before it fires', async () => {
    const { member: ana } = await enter();
    await later(20);
    await app.gym.control.killSession({ member: 1 });
    await app.gym.control.clearHistory();
    const { session, trouble } = await forRace(ana.id);
    expect([trouble, await logins(), await app.services.gym.isAlive(session.key)]).toEqual([undefined, 1, true]);
    await app.gym.control.killSession({ member: 1 });
    clock.advance(1_000);
    expect((await forRace(ana.id)).trouble?.code).toBe('session/uncertain');
    expect(await logins()).toBe(1);
  });

  test('of a member without a kept one goes on with what it has', async () => {
    const { member: ana } = await enter('unsaid');
    await later(20);
    await app.gym.control.killSession({ member: 1 });
    await app.gym.control.clearHistory();
    expect((await forRace(ana.id)).trouble?.code).toBe('session/uncertain');
    expect([await logins(), await status()]).toEqual([0, 'suspect']);
  });

  test('whose token was refused by a gym that knows the cookies spends no sign-in', async () => {
    const { member: ana } = await enter();
    await later(20);
    await knob({ kind: 'logout', op: 'tokenUpdate' });
    await app.gym.control.clearHistory();
    expect((await forRace(ana.id)).trouble?.code).toBe('session/uncertain');
    expect(await logins()).toBe(0);
  });
});

describe('a refusal', () => {
  test.each([
    [
      'a wrong password',
      'wrong',
      (): Promise<unknown> => app.gym.control.addMember({ ...member, password: 'another' }),
    ],
    ['a lock', 'locked', (): Promise<unknown> => knob({ kind: 'answer', op: 'login', body: LOCKED })],
  ] as const)('T44 by %s deletes it, tells the member, and no login is sent by itself any more', async (_, reason, spoil) => {
    await enter();
    await spoil();
    await app.gym.control.clearHistory();
    await die();
    expect([await logins(), await kept(), await status()]).toEqual([1, [], 'needs-login']);
    expect(await notices()).toEqual(['kept-login-dropped']);
    expect((await rows('select payload from outbox'))[0].payload).toEqual({ reason });
    await hours(30, 30);
    expect(await logins()).toBe(1);
  });

  test.each([
    ['that is not about the password', { kind: 'login-error', key: 'LOGIN_ERROR_MALFORMED_BODY' }],
    ['of too many calls from our address', { kind: 'answer', op: 'login', body: TOO_MANY_CALLS }],
  ] as const)('%s leaves it, and waits its hour', async (_, refusal) => {
    await enter();
    await knob(refusal);
    await app.gym.control.clearHistory();
    await die();
    await later(30);
    await pass();
    expect([await logins(), (await kept()).length]).toEqual([1, 1]);
    await app.gym.control.clearKnobs();
    await later(31);
    await pass();
    expect([await logins(), await status()]).toEqual([2, 'live']);
  });

  test('of a person’s own guesses holds it back, and costs it nothing', async () => {
    await enter();
    for (let guess = 0; guess < 3; guess++)
      await signIn(app.services, { email: EMAIL, password: new Secret('guess') }).catch(() => undefined);
    await bury();
    await app.gym.control.clearHistory();
    await pass();
    expect(await logins()).toBe(0);
    await later(16);
    await pass();
    expect([await logins(), await status()]).toEqual([1, 'live']);
  });
});

const member = { id: 1, name: 'Ana', email: EMAIL, boxes: ['norte'] };
const LOCKED = { error: { message: 'Has introducido mal la contraseña demasiadas veces' } };
const TOO_MANY_CALLS = { error: { code: 429, message: 'Too many requests' } };

describe('what is kept', () => {
  test('T43 stands in no row, log or answer as it is, and opens at its own place alone', async () => {
    const { member: ana } = await enter();
    await die();
    const texts = [
      await dumpOf(app.cloud.pool),
      app.log.join('\n'),
      JSON.stringify(await app.services.store.readKeptLogin(ana.id)),
    ];
    expect(texts.filter(hasMark)).toEqual([]);
    await app.cloud.pool.query('update kept_logins set id = gen_random_uuid()');
    await app.cloud.pool.query('delete from kept_login_uses');
    await bury();
    await app.gym.control.clearHistory();
    await pass();
    expect(await logins()).toBe(0);
    expect(app.log.some((line) => line.includes('a kept login cannot be opened'))).toBe(true);
  });

  test('T46 rotates with the keys: after a rotation the new key alone opens it', async () => {
    await enter();
    const fresh = `k2:${Buffer.alloc(32, 7).toString('base64')}`;
    const both = createSeal(new Secret(`${fresh},${app.cloud.secrets.sealKeys.reveal()}`));
    await rotateKeys({ ...app.services, seal: both });
    await bury();
    await pass({ seal: createSeal(new Secret(fresh)) });
    expect(await status()).toBe('live');
  });

  test('T45 is gone when the member leaves everywhere, forgets it, signs in without it, or is deleted', async () => {
    const { member: ana, sessionId } = await enter();
    await app.services.store.revokeUserSessions(ana.id, sessionId, clock.now());
    expect(await kept()).toHaveLength(1);
    await app.services.store.revokeUserSessions(ana.id, undefined, clock.now());
    expect(await kept()).toEqual([]);
    await enter();
    expect(await app.services.store.dropKeptLogin(ana.id, 'asked', clock.now())).toBe(1);
    expect(await app.services.store.dropKeptLogin(ana.id, 'asked', clock.now())).toBe(0);
    await enter();
    expect((await enter('unsaid')).keptLogin).toBeDefined();
    expect((await enter(false)).keptLogin).toBeUndefined();
    await enter();
    await app.cloud.pool.query('delete from members');
    expect([await kept(), await rows('select 1 from kept_login_uses')]).toEqual([[], []]);
  });

  test('that is forgotten while it was waited for has its member told to sign in', async () => {
    const { member: ana } = await enter();
    await bury();
    await app.services.store.dropKeptLogin(ana.id, 'asked', clock.now());
    expect(await notices()).toEqual(['session-needs-login']);
  });
});

describe('ALLOW_KEPT_LOGIN=false', () => {
  test('refuses a new one before the gym is asked, forgets those there are, and says so', async () => {
    await enter();
    await app.gym.control.clearHistory();
    const refused = signIn(
      { ...app.services, allowKeptLogin: false },
      { email: EMAIL, password: new Secret(PASSWORD), keepLogin: true },
    );
    await expect(refused).rejects.toMatchObject({ code: 'login/not-kept-here' });
    expect(await logins()).toBe(0);
    await die({ allowKeptLogin: false });
    await app.gym.control.clearHistory();
    await pass({ allowKeptLogin: false });
    expect([await kept(), await logins()]).toEqual([[], 0]);
    expect(await notices()).toContain('kept-login-dropped');
  });
});
