// Stories of a week or of three days, with one, two or six members, at a gym that renews no tokens and ends each login after some hours. With kept
// logins each race has a living session. Without kept logins, each member with a prebooking is warned half a day before the opening, and no warning
// is false.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { signIn } from '../../jobs/sign-in.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { createWebhookChannel } from '../../services/notify/channels/webhook.ts';
import { Secret } from '../../services/secret.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON } from '../support/town.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEP_MINUTES = 20;
/** Three groups: members with a kept login, members that sign in again two hours before an opening, and members that do nothing when warned. */
interface Cast {
  readonly kept: readonly string[];
  readonly heeding: readonly string[];
  readonly idle: readonly string[];
}
const SIX: Cast = { kept: ['ana', 'bea', 'cleo'], heeding: ['dora', 'eva'], idle: ['flor'] };
const KEEPS: Cast = { kept: ['ana'], heeding: [], idle: [] };
const HEEDS: Cast = { kept: [], heeding: ['dora'], idle: [] };
const everyone = ({ kept, heeding, idle }: Cast) => [...kept, ...heeding, ...idle];
const HOURS = ['18:00 - 19:00', '19:00 - 20:00'];
const place: ScenarioInput = {
  boxes: [
    {
      slug: 'norte',
      boid: 77,
      name: 'Box Norte',
      slots: [],
      timetable: [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) =>
        HOURS.map((time) => ({ weekday, time, classId: 5, className: 'WOD', limit: 12 })),
      ),
    },
  ],
  members: everyone(SIX).map((name, at) => ({
    id: at + 1,
    name,
    email: `${name}@example.test`,
    password: 'right',
    boxes: ['norte'],
  })),
};

interface Opening {
  readonly name: string;
  readonly userId: string;
  readonly id: string;
  readonly at: Date;
}
let clock: HandClock;
let app: TestService;
const users = new Map<string, string>();
const openings: Opening[] = [];
let boxId = '';

async function stage(cast: Cast, lifeMs: number, days: number, isNear: boolean): Promise<void> {
  users.clear();
  openings.length = 0;
  clock = handClock(SUNDAY_NOON);
  app = await startService(place, clock, { isNear });
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.gym.control.setKnob({ kind: 'logout', op: 'tokenUpdate' });
  await app.gym.control.setKnob({ kind: 'session-life', lifeMs });
  for (const name of everyone(cast)) await enter(name, cast);
  for (let day = 1; day <= days; day++)
    for (const name of everyone(cast))
      for (const hour of cast.kept.includes(name) ? [10, 20] : [20]) await wish(name, day, hour);
  await app.gym.control.clearHistory();
}
afterEach(() => app.stop());

async function enter(name: string, { kept }: Cast): Promise<void> {
  const keepLogin = kept.includes(name) || undefined;
  const signedIn = await signIn(app.services, {
    email: `${name}@example.test`,
    password: new Secret('right'),
    keepLogin,
  });
  users.set(name, signedIn.member.id);
  boxId = signedIn.boxes[0]?.id ?? '';
}

/** Makes a prebooking for a class that opens on day `day` of the test at `hour` (UTC). The class begins two days after its opening. */
async function wish(name: string, day: number, hour: number): Promise<void> {
  const at = new Date(SUNDAY_NOON.getTime() - 12 * HOUR_MS + day * DAY_MS + hour * HOUR_MS);
  const startsAt = new Date(at.getTime() + 2 * DAY_MS);
  const slot = {
    day: startsAt.toISOString().slice(0, 10).replaceAll('-', ''),
    classId: undefined,
    timeId: hour === 10 ? '1800_60' : '1900_60',
    className: 'WOD',
    familyId: undefined,
  };
  const [id, userId] = [randomUUID(), users.get(name) ?? ''];
  const more = { waitlist: false, alternatives: [], opensAt: at, startsAt, now: clock.now() };
  await app.services.store.createPrebooking({ id, userId, boxId, ...slot, ...more });
  openings.push({ name, userId, id, at });
}

/** Stands for a race: tells whether the member has a background session that the gym knows, which a race needs, and then deletes the prebooking. */
async function race({ id, userId }: Opening): Promise<boolean> {
  const staleAt = new Date(clock.now().getTime() - 18 * MINUTE_MS);
  const { session } = await app.services.freshener.background(userId, { staleAt, throughHold: true });
  const isAlive = await app.services.gym.isAlive(session.key);
  await app.cloud.pool.query('delete from prebookings where id = $1', [id]);
  return isAlive === true;
}

interface Notice {
  readonly user_id: string;
  readonly kind: string;
  readonly created_at: Date;
  readonly payload: { readonly prebookingId?: string; readonly finding?: string };
}
const notices = async (): Promise<Notice[]> =>
  (await app.cloud.pool.query('select user_id, kind, created_at, payload from outbox order by id')).rows;

describe.each([
  // A member's openings are at least ten hours apart, so a background session that lives nine hours serves one opening only.
  { who: 'six members', cast: SIX, lifeHours: 9, days: 7 },
  // The case with `isFar` uses PostgREST; in the other cases the service calls the database's functions directly.
  { who: 'one who keeps a login', cast: KEEPS, lifeHours: 9, days: 3, isFar: true },
  { who: 'one who heeds what is said', cast: HEEDS, lifeHours: 9, days: 3 },
  { who: 'two, one of each', cast: { ...KEEPS, heeding: ['dora'] }, lifeHours: 9, days: 3 },
  // A login that is two hours old at an opening ends eleven hours before the next opening: to warn in time, the service must know how long earlier
  // logins lived.
  { who: 'six members', cast: SIX, lifeHours: 15, days: 3 },
  { who: 'two without a kept login', cast: { ...HEEDS, idle: ['flor'] }, lifeHours: 15, days: 3 },
])('of $who, where a login lives $lifeHours hours', ({ cast, lifeHours, days, isFar = false }) => {
  const lifeMs = lifeHours * HOUR_MS;
  const { kept, heeding, idle } = cast;
  test(
    'a kept login races alive on two sign-ins a day; each other member hears half a day before, and only what is so',
    async () => {
      await stage(cast, lifeMs, days, !isFar);
      const raced: { opening: Opening; isAlive: boolean }[] = [];
      /** When each member signed in by hand, in epoch ms; the background session of a sign-in ends `lifeMs` later. */
      const entered = new Map(everyone(cast).map((name) => [name, [SUNDAY_NOON.getTime()]]));
      const services = { ...app.services, notifyOptions: { webhook: createWebhookChannel({ allowLoopback: true }) } };
      for (let minute = STEP_MINUTES; minute <= (days * 24 + 12) * 60; minute += STEP_MINUTES) {
        clock.advance(STEP_MINUTES * MINUTE_MS);
        await app.gym.control.advance(STEP_MINUTES * MINUTE_MS);
        const now = clock.now().getTime();
        for (const name of heeding)
          if (openings.some((one) => one.name === name && one.at.getTime() === now + 2 * HOUR_MS)) {
            await enter(name, cast);
            entered.get(name)?.push(now);
          }
        await refreshBackgroundSessions(services, { runId: randomUUID() }).catch(() => undefined);
        for (const opening of openings.filter(({ at }) => at.getTime() === now))
          raced.push({ opening, isAlive: await race(opening) });
        await sweepPrebookings(services);
      }
      const of = (names: readonly string[]) => raced.filter(({ opening }) => names.includes(opening.name));
      expect(of(kept)).toHaveLength(kept.length * 2 * days);
      expect(of(kept).filter(({ isAlive }) => !isAlive)).toEqual([]);
      expect(of(heeding).filter(({ isAlive }) => !isAlive)).toEqual([]);
      expect(of(idle).filter(({ isAlive }) => isAlive)).toEqual([]);

      // The service signs in at the gym with a member's kept login at most twice in any 24 hours.
      for (const [at, name] of kept.entries()) {
        const logins = await app.gym.control.history({ op: 'login', memberId: at + 1 });
        const times = logins.map(({ simAtMs }) => simAtMs);
        expect(times.length, name).toBeGreaterThanOrEqual(days);
        for (const [n, time] of times.entries()) {
          expect(time - (times[n - 1] ?? -HOUR_MS)).toBeGreaterThanOrEqual(HOUR_MS);
          expect(time - (times[n - 2] ?? -DAY_MS)).toBeGreaterThanOrEqual(DAY_MS);
        }
      }

      const told = await notices();
      const asking = told.filter(({ kind }) => kind === 'session-needs-login' || kind === 'prebooking-at-risk');
      expect(asking.filter(({ user_id }) => kept.some((name) => users.get(name) === user_id))).toEqual([]);
      for (const { opening } of of([...heeding, ...idle])) {
        const before = asking
          .filter(({ user_id }) => user_id === opening.userId)
          .map(({ created_at }) => created_at.getTime());
        const since = opening.at.getTime() - DAY_MS;
        const isHeard = idle.includes(opening.name)
          ? before.some((time) => time <= opening.at.getTime() - 12 * HOUR_MS)
          : before.some((time) => time >= since && time <= opening.at.getTime() - 12 * HOUR_MS);
        expect(isHeard, `${opening.name} ${opening.at.toISOString()}`).toBe(true);
      }
      for (const notice of asking) expect(isSo(notice, entered, lifeMs), JSON.stringify(notice)).toBe(true);
      expect(app.log.filter((line) => line.includes('can be renewed no more'))).toHaveLength(1);
    },
    limitMs(240_000),
  );
});

/**
 * Tells whether a notice is true. A notice of the kind `session-needs-login` is true if the gym login from the member's latest sign-in had ended when
 * the notice was made. A notice `prebooking-at-risk` is true if the gym login that the member had when the notice was made ends by the opening of the
 * notice's prebooking.
 */
function isSo(
  { user_id, created_at, kind, payload }: Notice,
  entered: ReadonlyMap<string, number[]>,
  lifeMs: number,
): boolean {
  const name = everyone(SIX).find((one) => users.get(one) === user_id) ?? '';
  const began = (entered.get(name) ?? []).filter((time) => time <= created_at.getTime()).at(-1) ?? 0;
  const opening = openings.find(({ id }) => id === payload.prebookingId);
  const by = kind === 'session-needs-login' ? created_at : opening?.at;
  return by !== undefined && began + lifeMs <= by.getTime();
}
