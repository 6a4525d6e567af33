// The results of one race: each result is compared with the pretend gym's list, and is stored as soon as it is known. A prebooking that the gym
// refused as too early is settled last, after all answers of the race have taught when the box's classes open.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock, wallAnchorMs } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { collectEnds, lessonOf } from '../../services/race/conclude.ts';
import { createOwnAims } from '../../services/race/entrant.ts';
import type { Race } from '../../services/race/race-context.ts';
import type { RaceEnd } from '../../services/race/shot-rules.ts';
import type { EntrantShots } from '../../services/race/shots.ts';
import { getBackgroundSession } from '../../services/renewal/open-session.ts';
import { raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const soon = someDay();
let app: TestService;
let race: Race;
let claimed: readonly Prebooking[];

beforeAll(async () => {
  app = await startService(raceTown([{ name: 'box', members: 4 }], soon), systemClock);
  const wishes: Prebooking[] = [];
  for (const member of [0, 1, 2, 3]) wishes.push(await wishIn(app, 'box', soon, { member }));
  const { store } = app.services;
  const terms = { leadMs: 24 * 60 * 60_000, claimMs: 60_000, lateMs: 600_000 };
  const claim = await store.claimPrebookings({ id: wishes[0]?.id ?? '', owner: 'me', ...terms, now: new Date() });
  if (claim.state !== 'claimed') throw new Error('Expected to claim them.');
  claimed = claim.prebookings;
  const claims = claimed.map(({ id, claimEpoch: epoch }) => ({ id, epoch }));
  const sendDeadline = new Date(Date.now() + 10_000);
  await store.armPrebookings({ claims, owner: 'me', sendDeadline, claimMs: 60_000, now: new Date() });
  const box = await store.readBox(claimed[0]?.boxId ?? '');
  if (!box) throw new Error('Expected the box.');
  const anchorMs = wallAnchorMs(systemClock);
  const nowMs = () => anchorMs + systemClock.monotonicMs();
  race = {
    ...app.services,
    owner: 'me',
    prebookings: claimed,
    claimedAtMs: systemClock.monotonicMs(),
    ahead: [],
    databaseAnchorMs: anchorMs,
    box,
    opensAt: soon.opensAt,
    claims: { trustedUntilMs: () => Number.POSITIVE_INFINITY, renewed: () => undefined, stop: () => undefined },
    aims: createOwnAims(),
    wokenAtMs: nowMs(),
    anchorMs,
    nowMs,
    atMs: soon.opensAt.getTime(),
    againFromMs: soon.opensAt.getTime(),
    estimate: undefined,
    readyAtMs: undefined,
  };
});
afterAll(() => app.stop());

const one = (at: number): Prebooking => {
  const found = claimed[at];
  if (!found) throw new Error(`Expected prebooking ${at}.`);
  return found;
};

async function ended(prebooking: Prebooking, end: RaceEnd): Promise<EntrantShots> {
  const session = await getBackgroundSession(app.services, prebooking.userId);
  const request = { host: 'gym', port: 1, tls: false, bytes: new Uint8Array(1) };
  return {
    entrant: { prebooking, box: race.box.at, session, choices: [], request },
    end,
    sentAtMs: race.nowMs(),
    trace: {},
    tries: [],
    lastSentAtMs: race.nowMs(),
    heard: ['full'],
  };
}

const standing = async (at: number) => (await app.services.store.readPrebooking(one(at).id))?.status;

test('an end is settled as it comes; one that was too early waits for the lesson, and for the announced opening', async () => {
  const ends = collectEnds(race);
  const announced = { amount: 24, unit: 'hours' } as const;
  const tooEarly = await ended(one(0), { do: 'stop', verdict: 'too-early', announced });
  ends.raced(tooEarly);
  ends.raced(await ended(one(1), { do: 'stop', verdict: 'full', reason: 'no places' }));
  ends.decided({ prebooking: one(2), outcome: 'class-gone' });
  await expect.poll(() => Promise.all([standing(1), standing(2)])).toEqual(['refused', 'refused']);
  expect(await standing(0)).toBe('armed');
  const taught = await lessonOf(race, [tooEarly]);
  expect(taught.openingRule).toBeDefined();
  const settled = await ends.all(taught);
  expect(new Map(settled.map(({ id, status, outcome }) => [id, [status, outcome]]))).toEqual(
    new Map([
      [one(0).id, ['scheduling', undefined]],
      [one(1).id, ['refused', 'full']],
      [one(2).id, ['refused', 'class-gone']],
    ]),
  );
  const waiting = settled.find(({ id }) => id === one(0).id);
  expect(waiting?.opensAt).toEqual(new Date(one(0).startsAt.getTime() - 24 * 3_600_000));
});

test('one that was too early and whose claim ran out meanwhile is told when the gym opens', async () => {
  const ends = collectEnds(race);
  const tooEarly = await ended(one(3), { do: 'stop', verdict: 'too-early' });
  await app.cloud.pool.query(`update prebookings set claim_until = now() - interval '1 second' where id = $1`, [
    one(3).id,
  ]);
  ends.raced(tooEarly);
  // An earlier test in this file has taught the service the box's opening rule: 24 hours before the class.
  const taught = await app.services.store.readBox(race.box.id);
  const [settled] = await ends.all(taught ?? race.box);
  expect(settled).toMatchObject({ status: 'refused', outcome: 'too-early' });
  expect(settled?.receipt?.['words']).toContain('By its own words it opens at');
});
