// How the service recognises a gym that renews no tokens (its sessions look dead), and a gym that ends a session's cookies although the session's
// token is still good.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { asFailure } from '../../services/failures.ts';
import { tellOperator } from '../../services/notify/tell-operator.ts';
import { keepLogin } from '../../services/renewal/kept-login.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';

const NAMES = ['Ana', 'Bea', 'Cleo', 'Dora', 'Eva'];
const village: ScenarioInput = {
  ...town,
  members: NAMES.map((name, at) => ({
    id: at + 1,
    name,
    email: `${name.toLowerCase()}@example.test`,
    password: 'right',
    boxes: ['norte'],
  })),
};

let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(village, clock, { isNear: true });
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(village);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query(
    'delete from members; delete from gym_facts; delete from operator_alerts; delete from operator_news; delete from login_lives',
  );
  app.log.length = 0;
  for (const name of NAMES) await app.signIn(`${name.toLowerCase()}@example.test`);
});

const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;
const sessions = () => rows("select * from auth_sessions where session_type = 'background' order by id");
const statuses = async () => [...new Set((await sessions()).map(({ status }) => status))];
const notices = async () => (await rows('select kind from outbox order by id')).map(({ kind }) => kind);
const facts = () => app.services.store.readGymFacts();
const knob = (input: KnobInput) => app.gym.control.setKnob(input);
/** Stores a kept login (e-mail and password) for the member `userId`. */
async function keepFor(userId: string): Promise<void> {
  const { store, seal } = app.services;
  const [member] = await rows('select email from members where id = $1', userId);
  const opened = seal.openMember(userId, (await store.readMemberKey(userId)) ?? '');
  await keepLogin(app.services, { userId, seal: opened }, { email: member.email, password: new Secret('right') });
}
const renewals = () => app.gym.control.history({ op: 'tokenUpdate' });
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}
const pass = () => refreshBackgroundSessions(app.services, { runId: randomUUID(), only: 'troubled' });
/** Runs a whole refresh run, and ignores the error that no session was updated, which the run throws when the gym refuses all renewals. */
const cycle = () =>
  refreshBackgroundSessions(app.services, { runId: randomUUID() }).catch((error: unknown) => {
    if (asFailure(error).code !== 'refresh/nothing-updated') throw error;
  });
/** Plays this many refresh cycles of twenty minutes, each with the passes over troubled sessions. */
async function cycles(count: number): Promise<void> {
  for (let minute = 2; minute <= 20 * count; minute += 2) {
    await later(2);
    if (minute % 20 === 0) await cycle();
    else await pass();
    await tellOperator(app.services);
  }
}
const alertsOf = (words: string) => app.log.filter((line) => line.includes(words)).length;

describe.each([
  ['refused', { kind: 'logout', op: 'tokenUpdate' }],
  ['answered 404', { kind: 'status', op: 'tokenUpdate', code: 404 }],
] as const)('a gym where tokenUpdate is %s', (_, gone) => {
  test('keeps its sessions by whoami: one alert, no member told to sign in, each session fresh', async () => {
    await knob(gone);
    await cycles(4);
    expect(await facts()).toEqual({ 'token-update': 'gone' });
    expect(await statuses()).toEqual(['live']);
    expect(await notices()).toEqual([]);
    for (const { last_token_update_date } of await sessions()) expect(last_token_update_date).toEqual(clock.now());
    expect(alertsOf('can be renewed no more')).toBe(1);
    expect(alertsOf('have not been renewed for more than')).toBe(0);
  });
});

describe('a gym that renews no tokens', () => {
  test('is asked for one token an hour, and believed at once when it gives one', async () => {
    const knobId = await knob({ kind: 'logout', op: 'tokenUpdate' });
    await cycles(1);
    await app.gym.control.clearHistory();
    await cycles(3);
    expect((await renewals()).length).toBeLessThanOrEqual(2);
    await app.gym.control.clearKnobs({ knobId });
    await cycles(4);
    expect(await facts()).toEqual({});
    expect(await statuses()).toEqual(['live']);
    expect((await sessions()).every(({ generation }) => generation > 0)).toBe(true);
    expect(await rows('select 1 from operator_alerts')).toEqual([]);
  });

  test('that then forgets one login has one dead session, told once', async () => {
    await knob({ kind: 'logout', op: 'tokenUpdate' });
    await cycles(1);
    await app.gym.control.killSession({ member: 2 });
    await cycles(2);
    const dead = (await sessions()).filter(({ status }) => status === 'needs-login');
    expect(dead).toHaveLength(1);
    expect(await notices()).toEqual(['session-needs-login']);
  });

  test('that cannot be asked about cookies is given time, and no session is called dead', async () => {
    await knob({ kind: 'logout', op: 'tokenUpdate' });
    await cycles(1);
    // A later pass asks whoami about each session whose renewal was refused before it was known that the gym renews no tokens.
    await cycles(1);
    expect(await statuses()).toEqual(['live']);
    const knobId = await knob({ kind: 'status', op: 'whoami', code: 502 });
    for (let minute = 0; minute < 40; minute++) {
      await later(1);
      await pass();
    }
    // A session whose renewal was attempted while whoami failed is in doubt, and is not declared dead before whoami answers again.
    expect(await statuses()).not.toContain('needs-login');
    await app.gym.control.clearKnobs({ knobId });
    await cycles(1);
    expect(await notices()).toEqual([]);
    expect(await statuses()).toEqual(['live']);
  });
});

describe('refusals that are not the gym’s doing', () => {
  test('of two members are two dead sessions, as ever', async () => {
    for (const member of [1, 2]) await knob({ kind: 'logout', op: 'tokenUpdate', member });
    await cycles(2);
    expect(await facts()).toEqual({});
    expect(await statuses()).toEqual(expect.arrayContaining(['live', 'needs-login']));
    expect(await notices()).toEqual(['session-needs-login', 'session-needs-login']);
  });

  test('of three members among others that are renewed are three dead sessions', async () => {
    for (const member of [1, 2, 3]) await knob({ kind: 'logout', op: 'tokenUpdate', member });
    await cycles(2);
    expect(await facts()).toEqual({});
    expect((await sessions()).filter(({ status }) => status === 'needs-login')).toHaveLength(3);
  });

  test('of every token whose answer was lost say nothing of the gym', async () => {
    await later(20);
    await knob({ kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'reset', times: NAMES.length });
    await cycle().catch(() => undefined);
    await cycles(1).catch(() => undefined);
    expect(await facts()).toEqual({});
    expect(await statuses()).toEqual(['needs-login']);
  });
});

describe('a gym with cookies that die while tokens are renewed', () => {
  test('is one alert: sessions stay in use, no member is told to sign in', async () => {
    await knob({ kind: 'answer', op: 'whoami', body: { data: [] } });
    await cycles(3);
    expect(await facts()).toEqual({ cookies: 'die' });
    expect(await statuses()).toEqual(['live']);
    expect(await notices()).toEqual([]);
    expect(alertsOf('does not know the cookies')).toBe(1);
    await app.gym.control.clearHistory();
    const [first] = await sessions();
    await keepFor(first.user_id);
    const logins = async () => (await app.gym.control.history({ op: 'login' })).length;
    // Within six refresh cycles the service checks the session with `whoami`, and signs in with the kept login that `keepFor` stored.
    for (let run = 0; run < 6 && (await logins()) === 0; run++) await cycles(1);
    expect(await logins()).toBe(1);
    expect(await notices()).toEqual(['session-recovered']);
    await app.gym.control.clearKnobs();
    await cycles(1);
    expect(await facts()).toEqual({});
    expect(await rows('select 1 from operator_alerts')).toEqual([]);
  });
});
