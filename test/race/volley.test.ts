// A race has no timed sender at the instant to send, because the sender's thread died: the race knows that nothing was sent, and leaves the
// prebooking to the sweep.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock, wallAnchorMs } from '../../services/clock.ts';
import { arm } from '../../services/race/arm.ts';
import { collectEnds } from '../../services/race/conclude.ts';
import { createEntrant, createOwnAims } from '../../services/race/entrant.ts';
import type { Race } from '../../services/race/race-context.ts';
import { createTurnQueue } from '../../services/race/turn-queue.ts';
import { fireFirst } from '../../services/race/volley.ts';
import { getBackgroundSession } from '../../services/renewal/open-session.ts';
import { openTimedSender } from '../../services/timed-sender/timed-sender.ts';
import { raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const soon = someDay();
let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown([{ name: 'box' }], soon), systemClock);
});
afterAll(() => app.stop());

async function raceOf(id: string): Promise<Race> {
  const { store } = app.services;
  const terms = { owner: 'me', leadMs: 24 * 60 * 60_000, claimMs: 60_000, lateMs: 600_000 };
  const claimedAtMs = systemClock.monotonicMs();
  const claim = await store.claimPrebookings({ id, ...terms, now: new Date() });
  if (claim.state !== 'claimed') throw new Error('Expected to claim it.');
  const box = await store.readBox(claim.prebookings[0]?.boxId ?? '');
  if (!box) throw new Error('Expected the box.');
  const anchorMs = wallAnchorMs(systemClock);
  const nowMs = () => anchorMs + systemClock.monotonicMs();
  const claims = { trustedUntilMs: () => Number.POSITIVE_INFINITY, renewed: () => undefined, stop: () => undefined };
  const held = { owner: 'me', prebookings: claim.prebookings, claimedAtMs, ahead: [], databaseAnchorMs: anchorMs };
  const times = {
    opensAt: new Date(nowMs()),
    wokenAtMs: nowMs(),
    anchorMs,
    nowMs,
    atMs: nowMs(),
    againFromMs: nowMs(),
  };
  return {
    ...app.services,
    ...held,
    ...times,
    box,
    claims,
    aims: createOwnAims(),
    estimate: undefined,
    readyAtMs: undefined,
  };
}

test('an armed entrant without a sender ends as not sent, and waits for the sweep', async () => {
  const { id, userId } = await wishIn(app, 'box', soon);
  const race = await raceOf(id);
  const [prebooking] = race.prebookings;
  if (!prebooking) throw new Error('Expected a prebooking.');
  const session = await getBackgroundSession(app.services, userId);
  const day = await app.services.gym.readDay(session.key, race.box.at, soon.day, undefined);
  const choices = day.kind === 'day' ? day.slots : [];
  const entrant = createEntrant(app.services.gym, { prebooking, box: race.box.at, session, choices });
  const sender = await openTimedSender({ anchorMs: race.anchorMs });
  await sender.load([entrant.request]);
  const armed = await arm(race, [entrant]);
  await sender.close();
  const ends = collectEnds(race);
  const volley = fireFirst({ race, sender, ends, queue: createTurnQueue(), turnLeftMs: () => 0 }, armed, [entrant]);
  const [shots] = await volley.ends;
  expect(shots).toMatchObject({ end: { do: 'stop', verdict: 'not-sent' }, isLeft: true, lastSentAtMs: undefined });
  await ends.all(race.box);
  const stands = await app.services.store.readPrebooking(id);
  expect(stands).toMatchObject({ status: 'claimed', receipt: { shots: 0 } });
  expect(await app.gym.control.history({ op: 'book' })).toEqual([]);
});
