// P1: a pause that the gym demands for one member or one box stops no renewals of the other members or boxes. The test plays cycles of twenty
// minutes: a whole refresh run, then a pass over troubled sessions each minute; the clocks are moved by hand. PAUSED_SESSIONS=1000 plays the test of
// twenty boxes with 1,000 sessions instead of 200.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGate } from '../../services/renewal/gate.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { runJob, type TimedJob } from '../../worker/run-job.ts';
import { REFRESH, REFRESH_TROUBLED } from '../../worker/schedule.ts';
import type { Services } from '../../worker/services.ts';
import { stopAtPause } from '../faults/controls/stop-at-pause.ts';
import { MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { type PauseClock, pauseClock } from '../support/pause-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { crowd, enlist, type FleetMember } from './fleet.ts';

const LIMIT_MS = 15 * MINUTE_MS;
const CYCLE_MINUTES = 20;
/** The minutes of a cycle at which a pass is played; a pass at any other minute would find the same as the pass before it. */
const PASSES = [1, 2, 3, 4, 5, 10, 19];
const SESSIONS = Number(process.env['PAUSED_SESSIONS'] ?? 200);

let clock: PauseClock;
let app: TestService;
let services: Services;
beforeAll(async () => {
  clock = pauseClock(SUNDAY_NOON, (ms) => app.gym.control.advance(ms));
  app = await startService(town, clock, { isNear: true });
});
afterAll(() => app.stop());

let fleet: FleetMember[];
async function found(count: number, boxes: readonly string[]): Promise<void> {
  await app.gym.control.reset(crowd(count, boxes));
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  fleet = await enlist(services, app.gym, count, boxes);
  // The session whose last success is the oldest is leased first, so the last successes are set so that the boxes alternate. Without this update all
  // sessions would have the same last success, and would be leased in no fixed order.
  await app.cloud.pool.query(
    `update auth_sessions s set last_token_update_date = last_token_update_date + place * interval '1 microsecond'
     from unnest($1::uuid[]) with ordinality as f (id, place) where f.id = s.id`,
    [fleet.map(({ sessionId }) => sessionId)],
  );
}
beforeEach(async () => {
  await app.cloud.pool.query('delete from members');
  await app.cloud.pool.query('delete from runs');
  app.log.length = 0;
  clock.slept.length = 0;
  services = { ...app.services, gate: createGate(app.services) };
});

const boxesOf = (count: number) => Array.from({ length: count }, (_, at) => `box${at}`);
const knob = (input: KnobInput) => app.gym.control.setKnob(input);
const TOKEN = { op: 'tokenUpdate' } as const;
/** Sets the pretend gym so that no lost answer kills a session, because other tests cover lost answers. */
const forgiving = () => knob({ kind: 'rotation', mode: 'lax' });
const run = (job: TimedJob) =>
  clock.play(
    runJob(services, job, LIMIT_MS).catch((error) => error.code),
    LIMIT_MS - 1,
  );
const renewedSince = async (at: Date): Promise<Set<string>> => {
  const { rows } = await app.cloud.pool.query('select id from auth_sessions where last_token_update_date >= $1', [at]);
  return new Set(rows.map(({ id }) => id));
};
const asked = async (isIt: (memberId: number) => boolean) =>
  (await app.gym.control.history(TOKEN)).filter(({ memberId }) => isIt(Number(memberId))).length;

/** Plays one cycle: a whole refresh run, and the passes at some minutes until the next run. */
async function cycle(): Promise<void> {
  const startMs = clock.now().getTime();
  await run(REFRESH);
  for (const minute of PASSES) {
    await clock.advance(startMs + minute * MINUTE_MS - clock.now().getTime());
    await run(REFRESH_TROUBLED);
  }
  await clock.advance(startMs + CYCLE_MINUTES * MINUTE_MS - clock.now().getTime());
}

/** Of the sessions that no pause concerns, gives the share that was renewed in each cycle. */
async function shares(cycles: number, isInnocent: (one: FleetMember) => boolean): Promise<number[]> {
  await clock.advance(CYCLE_MINUTES * MINUTE_MS);
  const innocent = fleet.filter(isInnocent);
  const all: number[] = [];
  for (let at = 0; at < cycles; at += 1) {
    const since = clock.now();
    await cycle();
    const renewed = await renewedSince(since);
    all.push(innocent.filter(({ sessionId }) => renewed.has(sessionId)).length / innocent.length);
  }
  return all;
}

describe('P1', () => {
  const inBox = (boxes: number) => (memberId: number) => memberId % boxes === 0;

  async function oneBoxOfTwenty(): Promise<number[]> {
    await found(SESSIONS, boxesOf(20));
    await forgiving();
    await knob({ kind: 'status', ...TOKEN, code: 502, probability: 0.05 });
    await knob({ kind: 'lose', ...TOKEN, when: 'after', how: 'reset', probability: 0.02 });
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 20, homeBox: 'box0' });
    return shares(6, ({ memberId }) => !inBox(20)(memberId));
  }

  test('a box that answers 429 for two hours costs no other box a renewal in any of six cycles', {
    timeout: limitMs(300_000),
  }, async () => {
    const all = await oneBoxOfTwenty();
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0.99);
    // Two 429 answers in a row pause the box; from then on each pass makes one trial call to the box, not one for each member of the box.
    expect(await asked(inBox(20))).toBeLessThanOrEqual(6 * (PASSES.length + 5));
  });

  test('one poisoned member of sixty, the oldest of all, holds up none of the others', {
    timeout: limitMs(120_000),
  }, async () => {
    await found(60, boxesOf(3));
    await app.cloud.pool.query(
      "update auth_sessions set last_token_update_date = last_token_update_date - interval '2 minutes' where id = $1",
      [fleet[0]?.sessionId],
    );
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 20, member: 1 });
    expect(await shares(3, ({ memberId }) => memberId !== 1)).toEqual([1, 1, 1]);
    expect(await asked((memberId) => memberId === 1)).toBeLessThanOrEqual(3 * (PASSES.length + 2));
  });

  test('one 429 that names a second is slept through, and every session is renewed in the same run', async () => {
    await found(60, boxesOf(3));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 1, times: 1 });
    expect(await run(REFRESH)).toMatchObject({ due: 60, updated: 60, failed: 0, skipped: 0 });
    expect(clock.slept.some((ms) => ms >= 1_000 && ms < 1_100)).toBe(true);
  });

  test('a twin that stops a run at a pause is found out by that', async () => {
    await found(60, boxesOf(3));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    services = stopAtPause(services);
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 1, times: 1 });
    expect(await run(REFRESH)).not.toMatchObject({ updated: 60 });
  });

  test('a whole gym that asks for two minutes gets them, within the run, and then all are renewed', async () => {
    await found(60, boxesOf(5));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    const until = clock.now().getTime() + 2 * MINUTE_MS;
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 120, until });
    expect(await run(REFRESH)).toMatchObject({ due: 60, updated: 60, failed: 0, skipped: 0 });
    // 60 calls renew the sessions. Before the pause, at most 8 + 5 calls are refused: eight are under way at once, and each of the first five
    // refusals lets one more renewal start. The sixth 429 in a row pauses all renewals at the gym.
    expect(await asked(() => true)).toBeLessThanOrEqual(60 + 8 + 5);
  });

  test('a gym that lets twenty a minute through is asked as often as it answers, until all are renewed', async () => {
    await found(60, boxesOf(5));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    await knob({ kind: 'rate-limit', ...TOKEN, by: 'gym', max: 20 });
    expect(await run(REFRESH)).toMatchObject({ due: 60, updated: 60, skipped: 0 });
  });

  test('a pause longer than the run is left to the passes of the minutes, and the run that skipped most says so', async () => {
    await found(60, boxesOf(5));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    const until = clock.now().getTime() + 14 * MINUTE_MS;
    await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 14 * 60, until, skip: 10 });
    expect(await run(REFRESH)).toBe('refresh/mostly-skipped');
    const { rows } = await app.cloud.pool.query('select report from runs');
    expect(rows).toMatchObject([
      { report: { due: 60, updated: 10, failed: expect.any(Number), skipped: expect.any(Number) } },
    ]);
    await clock.advance(15 * MINUTE_MS);
    await run(REFRESH_TROUBLED);
    expect(await renewedSince(new Date(clock.now().getTime() - 16 * MINUTE_MS))).toHaveProperty('size', 60);
  });

  test('trials after an outage wait for one another, and the run goes on when they went well', async () => {
    await found(60, boxesOf(5));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    await knob({ kind: 'status', ...TOKEN, code: 403, times: 12 });
    expect(await run(REFRESH)).toMatchObject({ due: 60, updated: 48, failed: 12, skipped: 0 });
    await clock.advance(MINUTE_MS);
    expect(await run(REFRESH_TROUBLED)).toMatchObject({ updated: 12, failed: 0 });
  });

  test('two members of several boxes that are turned away rest those with the same boxes, and no member of one of them', async () => {
    await found(40, boxesOf(2));
    const { store } = services;
    for (const { userId } of fleet.slice(0, 4))
      await store.placeBoxes(
        userId,
        boxesOf(2).map((slug, at) => ({ slug, platformBoxId: String(77 + 11 * at), name: slug, role: 'client' })),
        clock.now(),
      );
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    for (const member of [1, 2, 3, 4]) await knob({ kind: 'status', ...TOKEN, code: 429, retryAfter: 3_600, member });
    expect(await run(REFRESH)).toMatchObject({ due: 40, updated: 36 });
  });

  test('every background session in needs-login is an alert, though nothing is due', async () => {
    await found(3, boxesOf(2));
    await app.cloud.pool.query("update auth_sessions set status = 'needs-login'");
    expect(await run(REFRESH)).toMatchObject({ due: 0 });
    expect(app.log.filter((line) => line.includes('alert: every background session needs a new login'))).toHaveLength(
      1,
    );
    await run(REFRESH_TROUBLED);
    expect(app.log.filter((line) => line.includes('needs a new login'))).toHaveLength(1);
  });

  test('a session that a run never came to is picked up within a minute', async () => {
    await found(12, boxesOf(2));
    await clock.advance(CYCLE_MINUTES * MINUTE_MS);
    const { store } = services;
    const runId = randomUUID();
    await store.startRun(runId, REFRESH.name, clock.now());
    await store.finishRun({ id: runId, report: undefined, failureCode: 'internal/unexpected', now: clock.now() });
    await clock.advance(MINUTE_MS);
    expect(await run(REFRESH_TROUBLED)).toMatchObject({ updated: 12 });
  });
});
