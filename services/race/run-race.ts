// One box's opening instant, for all members who wait for it, from the claim to the settled rows.
// Prepare, arm, wait, shoot, read back, settle. `armed` is written while waiting, so it costs nothing at the opening.
import { wallAnchorMs } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { type Claims, keepClaims, MIN_LEFT_MS } from './claim.ts';
import { ARM_LEAD_MS, instantOf, lookAtGymClock, MAX_LOOK_MS, WARMING_MS } from './fire-time.ts';
import { sleepUnlessLeaving } from './hand-over.ts';
import { createOwnAims } from './one-attempt-a-class.ts';
import { prepareEntrants } from './prepare.ts';
import type { Claimed, Opening, OpeningServices } from './race-context.ts';
import { type Raced, race } from './race-run.ts';

/** Others leave the members' sessions alone until the race is surely over. */
const HOLD_AFTER_MS = 60_000;
/** Woken late, everybody gets this long to be ready together. */
const MIN_PREPARING_MS = 2_000;
/** So long after the instant somebody late may still find out what to shoot at. */
const LATE_LOOKS_MS = 8_000;

/**
 * Runs the race of claimed prebookings and answers them as settled; whose day could not be read in time is given back, to be tried again.
 * Throws prebooking/not-yet when it is left to another or nobody's day could be read, database/….
 */
export async function runOpening(services: OpeningServices, claimed: Claimed): Promise<Prebooking[]> {
  const { owner, prebookings, claimedAtMs } = claimed;
  const claims = keepClaims(services, owner, prebookings, claimedAtMs);
  const over = new AbortController();
  try {
    const opening = await openingOf(services, claimed, claims);
    const { at, opensAt } = opening;
    services.logger.info({ box: at.slug, opensAt, waiting: prebookings.length }, 'race: woken');
    await holdSessions(services, prebookings, opensAt);
    const { settled, unseen } = await prepareAndRace(services, opening, over.signal);
    if (settled.length === 0 && unseen > 0)
      throw new Failure('prebooking/not-yet', 'The gym shows nothing to book yet.', { retryAfterMs: 2_000 });
    claims.stop();
    if (unseen > 0) await release(services, owner, prebookings);
    return settled;
  } catch (error) {
    // Whoever comes next, a redelivery within a second, must find them free and not be told that we are at it.
    claims.stop();
    await release(services, owner, prebookings);
    throw error;
  } finally {
    over.abort();
    claims.stop();
  }
}

/** Best effort: a claim that is not given back runs out by itself. */
async function release(
  { store, logger }: OpeningServices,
  owner: string,
  prebookings: readonly Prebooking[],
): Promise<void> {
  const ids = prebookings.map((one) => one.id);
  await store.extendClaims(ids, owner, 0).catch((error: unknown) => {
    logger.warn({ owner, code: asFailure(error).code }, 'race: claims could not be given back');
  });
}

async function openingOf({ clock, store }: OpeningServices, claimed: Claimed, claims: Claims): Promise<Opening> {
  const [first] = claimed.prebookings;
  const box = first && (await store.readBox(first.boxId));
  if (!first || !box) throw new Failure('box/missing', 'Expected the box of a claimed prebooking.');
  const anchorMs = wallAnchorMs(clock);
  const wokenAtMs = anchorMs + clock.monotonicMs();
  return { ...claimed, claims, aims: createOwnAims(), box, at: box.at, opensAt: first.opensAt, wokenAtMs, anchorMs };
}

const holdSessions = ({ store }: OpeningServices, prebookings: readonly Prebooking[], opensAt: Date): Promise<number> =>
  store.holdSessions([...new Set(prebookings.map((one) => one.userId))], new Date(opensAt.getTime() + HOLD_AFTER_MS));

/** Everybody gets ready while the gym's clock is looked at; the race begins with whoever is ready when it must. */
async function prepareAndRace(services: OpeningServices, opening: Opening, signal: AbortSignal): Promise<Raced> {
  const { at, opensAt, wokenAtMs, anchorMs, until } = opening;
  const endsAtMs = (until?.getTime() ?? Number.POSITIVE_INFINITY) - MIN_LEFT_MS;
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  let atMs = opensAt.getTime();
  const preparing = prepareEntrants(services, at, opening.prebookings, {
    nowMs,
    atMs: () => atMs,
    untilMs: () => Math.min(Math.max(atMs, wokenAtMs) + LATE_LOOKS_MS, endsAtMs),
    signal,
  });
  const looking = lookAtGymClock(services, opening);
  await sleepUnlessLeaving(services.clock, MAX_LOOK_MS, opening, looking);
  const estimate = await looking;
  atMs = instantOf(services, opensAt, estimate, opening.box.clock);
  const closesAtMs = Math.max(atMs - ARM_LEAD_MS - WARMING_MS, wokenAtMs + MIN_PREPARING_MS);
  await sleepUnlessLeaving(services.clock, closesAtMs - nowMs(), opening, preparing.all);
  return race(services, { ...opening, atMs, estimate }, preparing.close());
}
