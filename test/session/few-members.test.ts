// A deployment with one or two members at a gym that renews no tokens. The service finds out that the gym renews no tokens, tells its members nothing
// false, and does not draw that conclusion from one dead token.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { asFailure } from '../../services/failures.ts';
import { tellOperator } from '../../services/notify/tell-operator.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { Services } from '../../worker/services.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';

const NAMES = ['Ana', 'Bea'] as const;
const emailOf = (name: string) => `${name.toLowerCase()}@example.test`;
const hamlet: ScenarioInput = {
  ...town,
  members: NAMES.map((name, at) => ({ id: at + 1, name, email: emailOf(name), password: 'right', boxes: ['norte'] })),
};

let clock: HandClock;
let app: TestService;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(hamlet, clock, { isNear: true });
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(hamlet);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query(
    'delete from members; delete from gym_facts; delete from operator_alerts; delete from operator_news; delete from login_lives',
  );
  app.log.length = 0;
});

const rows = async (sql: string) => (await app.cloud.pool.query(sql)).rows;
const sessions = () => rows("select * from auth_sessions where session_type = 'background' order by user_email");
const statuses = async () => (await sessions()).map(({ status }) => status);
const notices = async () => (await rows('select kind from outbox order by id')).map(({ kind }) => kind);
const facts = () => app.services.store.readGymFacts();
const knob = (input: KnobInput) => app.gym.control.setKnob(input);
const signIn = (count: number) => Promise.all(NAMES.slice(0, count).map((name) => app.signIn(emailOf(name))));
const GONE = { kind: 'logout', op: 'tokenUpdate' } as const;

interface Play {
  readonly minutes: number;
  /** The minutes between two passes. With 20 only whole runs are played, one each refresh cycle; with 2, also passes for troubled sessions. */
  readonly stepMinutes?: number;
  readonly services?: Services;
}
/** Plays a whole refresh run every twenty minutes, and between two runs the pass for troubled sessions. */
async function play({ minutes, stepMinutes = 2, services = app.services }: Play): Promise<void> {
  for (let minute = stepMinutes; minute <= minutes; minute += stepMinutes) {
    clock.advance(stepMinutes * MINUTE_MS);
    await app.gym.control.advance(stepMinutes * MINUTE_MS);
    const run = { runId: randomUUID(), ...(minute % 20 !== 0 && { only: 'troubled' as const }) };
    await refreshBackgroundSessions(services, run).catch((error: unknown) => {
      if (asFailure(error).code !== 'refresh/nothing-updated') throw error;
    });
    await tellOperator(services);
  }
}
const alertsOf = (words: string) => app.log.filter((line) => line.includes(words)).length;

describe.each([1, 2])('%s members at a gym that renews no tokens', (count) => {
  test.each([
    ['refuses them', GONE, 2],
    ['has no such address', { kind: 'status', op: 'tokenUpdate', code: 404 }, 2],
    ['refuses them, looked at each twenty minutes', GONE, 20],
  ] as const)('and %s keep their sessions by whoami, and hear nothing', async (_, gone, stepMinutes) => {
    await signIn(count);
    await knob(gone);
    await play({ minutes: 120, stepMinutes });
    expect(await facts()).toEqual({ 'token-update': 'gone' });
    expect([...new Set(await statuses())]).toEqual(['live']);
    expect(await notices()).toEqual([]);
    for (const { last_token_update_date } of await sessions()) expect(last_token_update_date).toEqual(clock.now());
    expect(alertsOf('can be renewed no more')).toBe(1);
  });

  test('are believed to be renewed again at the first renewal after it', async () => {
    await signIn(count);
    const knobId = await knob(GONE);
    await play({ minutes: 60 });
    await app.gym.control.clearKnobs({ knobId });
    await play({ minutes: 140 });
    expect(await facts()).toEqual({});
    expect([...new Set(await statuses())]).toEqual(['live']);
    expect(await rows('select 1 from operator_alerts')).toEqual([]);
    expect(await notices()).toEqual([]);
  });
});

describe('one member alone', () => {
  const shortLived = async (services = app.services) => {
    await knob(GONE);
    await knob({ kind: 'session-life', lifeMs: 22 * MINUTE_MS });
    await signIn(1);
    // The first renewal, 20 minutes after the login, is refused, and the gym ends the session 2 minutes later. Three refusals over ten minutes would
    // prove a gym without renewals; this session ends too early for that proof.
    await play({ minutes: 38, services });
    const first = await statuses();
    await signIn(1);
    await play({ minutes: 20, services });
    return first;
  };

  test('whose logins live too short finds out by the second one that is refused at its first renewal', async () => {
    expect(await shortLived()).toEqual(['needs-login']);
    expect(await facts()).toEqual({ 'token-update': 'gone' });
    expect(await statuses()).toEqual(['live']);
    expect(await notices()).toEqual(['session-needs-login', 'session-recovered']);
  });

  test('whose token alone had died is renewed soon after the next sign-in, and the suspicion is over', async () => {
    await signIn(1);
    const knobId = await knob(GONE);
    await play({ minutes: 40 });
    expect(await facts()).toEqual({ 'token-update': 'gone' });
    await app.gym.control.clearKnobs({ knobId });
    await signIn(1);
    await play({ minutes: 60 });
    expect(await facts()).toEqual({});
    expect((await sessions())[0].generation).toBeGreaterThan(0);
  });

  test('whose token alone had died keeps what works, and hears of it within a cycle of its cookies’ end', async () => {
    await signIn(1);
    const [{ fingerprint }] = await sessions();
    await knob({ ...GONE, fingerprint });
    await play({ minutes: 60 });
    expect([await facts(), await statuses(), await notices()]).toEqual([{ 'token-update': 'gone' }, ['live'], []]);
    await app.gym.control.killSession({ fingerprint });
    await play({ minutes: 22 });
    expect([await statuses(), await notices()]).toEqual([['needs-login'], ['session-needs-login']]);
  });

  test.each([
    ['a call that it has no more (404)', 404],
    ['status 401', 401],
    ['a redirect (302), as to its login page', 302],
  ])('whose session the gym has forgotten hears of it, although its token is answered with %s', async (_, code) => {
    await signIn(1);
    await knob({ kind: 'status', op: 'tokenUpdate', code });
    await app.gym.control.killSession({ member: 1 });
    await play({ minutes: 40 });
    expect([await statuses(), await notices()]).toEqual([['needs-login'], ['session-needs-login']]);
  });

  test('whose answer was lost has a dead session, and nothing is known of the gym', async () => {
    await signIn(1);
    await knob({ kind: 'lose', op: 'tokenUpdate', when: 'after', how: 'reset', times: 1 });
    await play({ minutes: 80 });
    expect(await facts()).toEqual({});
    expect([await statuses(), await notices()]).toEqual([['needs-login'], ['session-needs-login']]);
  });
});

describe('of two members one', () => {
  const refusedBeside = async (services = app.services) => {
    await signIn(2);
    await knob({ ...GONE, member: 1 });
    await play({ minutes: 40, services });
    return [await facts(), await statuses(), await notices()];
  };
  const ONE_DEAD = [{}, ['needs-login', 'live'], ['session-needs-login']];

  test('is refused while the other is renewed: one dead session, told within a cycle', async () => {
    expect(await refusedBeside()).toEqual(ONE_DEAD);
  });

  test('is refused shortly before the other is renewed: one dead session all the same', async () => {
    await signIn(1);
    await play({ minutes: 6 });
    await app.signIn(emailOf('Bea'));
    await knob({ ...GONE, member: 1 });
    await play({ minutes: 60 });
    expect([await facts(), await statuses(), await notices()]).toEqual(ONE_DEAD);
  });

  test('a twin that believes the first refusal is caught', async () => {
    const noteRefusal = async () => {
      await app.cloud.pool.query(
        `insert into gym_facts values ('token-update', 'gone', 'seen', $1, $1) on conflict do nothing`,
        [clock.now()],
      );
      return true;
    };
    const twin = { ...app.services, store: { ...app.services.store, noteRefusal } };
    expect(await refusedBeside(twin)).not.toEqual(ONE_DEAD);
  });
});

test('a twin that needs three members is caught: one alone is told to sign in again and again', async () => {
  const twin = { ...app.services, store: { ...app.services.store, noteRefusal: async () => false } };
  await signIn(1);
  await knob(GONE);
  await play({ minutes: 120, services: twin });
  expect(await notices()).toEqual(['session-needs-login']);
  expect(await statuses()).toEqual(['needs-login']);
});
