// Runs the race of one opening of one box, for all members that wait for it, from the claim until all results are stored. The steps of a race are
// prepare, aim, arm, fire, retry, read back and settle. The armed mark is written during the wait for the opening, so it costs no time at the
// opening.
import { wallAnchorMs } from '../clock.ts';
import { Failure } from '../failures.ts';
import { newOwner } from '../owner.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Claim } from '../store/claim-store.ts';
import {
  CLAIM_LEAD_MS,
  CLAIM_MS,
  type Claims,
  keepClaims,
  LATE_MS,
  releaseClaims,
  sleepUnlessLeaving,
} from './claim.ts';
import { collectEnds, lessonOf } from './conclude.ts';
import { createOwnAims, takeFirstAims } from './entrant.ts';
import { fireAll } from './fire-all.ts';
import { ARM_LEAD_MS, instantsOf, lookAtGymClock, MAX_LOOK_MS, WARMING_MS } from './fire-time.ts';
import { learnFromRace } from './learn-opening.ts';
import { prepareEntrants } from './prepare.ts';
import type { Claimed, Race, RaceServices } from './race-context.ts';

/** This long after the opening the race is surely over; until then other processes do not renew the members' sessions. */
const HOLD_AFTER_MS = 60_000;
/** A race gives its entrants at least this long after its wake-up to become ready, however late the wake-up came. */
const MIN_PREPARING_MS = 2_000;
/**
 * After how long, ms, the queue repeats a wake-up if this process lacks the keys of the race's members. `FOR_ANOTHER_MS` spreads the deliveries of
 * the wake-up and of the spare wake-up over the time until the opening.
 */
const FOR_ANOTHER_MS = 3_000;

export interface RaceCall extends Pick<Claimed, 'until' | 'stopping'> {
  /** One prebooking, which stands for all prebookings of its box and opening. */
  readonly prebookingId: string;
}

/** Why there was nothing to claim; or the prebookings that were raced for, in their settled state. */
export type CalledRace =
  | Exclude<Claim, { state: 'claimed' }>
  | { readonly state: 'raced'; readonly prebookings: readonly Prebooking[] };

/**
 * Claims the prebookings that wait for one opening of one box, and races for them. If the gym's list of a prebooking's day could not be read in time,
 * this process gives up its claim on the prebooking. Throws database/…. Throws prebooking/not-yet in two cases: the race is left to another process,
 * or the gym's list could be read for none of the race's prebookings.
 */
export async function claimAndRace(services: RaceServices, call: RaceCall): Promise<CalledRace> {
  const { prebookingId, until, stopping } = call;
  const owner = newOwner(services.life);
  const claimedAtMs = services.clock.monotonicMs();
  const claim = await services.store.claimPrebookings({
    id: prebookingId,
    owner,
    leadMs: CLAIM_LEAD_MS,
    claimMs: CLAIM_MS,
    lateMs: LATE_MS,
    now: services.clock.now(),
  });
  if (claim.state !== 'claimed') return claim;
  const databaseAnchorMs = claim.databaseNow.getTime() - services.clock.monotonicMs();
  const { prebookings, ahead } = claim;
  const claimed = { owner, prebookings, ahead, claimedAtMs, databaseAnchorMs, until, stopping };
  const claims = keepClaims(services, claimed);
  const over = new AbortController();
  try {
    const race = await beginRace(services, claimed, claims);
    return { state: 'raced', prebookings: await runRace(race, over.signal) };
  } catch (error) {
    claims.stop();
    await releaseClaims(services, claimed);
    throw error;
  } finally {
    over.abort();
    claims.stop();
  }
}

async function beginRace(services: RaceServices, claimed: Claimed, claims: Claims): Promise<Race> {
  const { clock, store, logger } = services;
  const [first] = claimed.prebookings;
  const box = first && (await store.readBox(first.boxId));
  if (!first || !box) throw new Failure('box/missing', 'Expected the box of a claimed prebooking.');
  const { opensAt } = first;
  const anchorMs = wallAnchorMs(clock);
  const nowMs = () => anchorMs + clock.monotonicMs();
  logger.info({ box: box.at.slug, opensAt, waiting: claimed.prebookings.length }, 'race: woken');
  const known = { box, opensAt, claims, aims: createOwnAims(), anchorMs, nowMs, wokenAtMs: nowMs() };
  const instants = { atMs: opensAt.getTime(), againFromMs: opensAt.getTime() };
  return { ...services, ...claimed, ...known, ...instants, estimate: undefined, readyAtMs: undefined };
}

/**
 * Runs the steps of a claimed race, and returns the settled prebookings. @param over aborted after the race; the abort ends the reads of the gym's
 * list that still go on for late entrants.
 */
async function runRace(race: Race, over: AbortSignal): Promise<Prebooking[]> {
  await holdSessions(race);
  // Prepare: the gym's list of the day is read with each member's own session. Reads that are not done at `closesAtMs` go on, for late entrants.
  const preparing = prepareEntrants(race, over);
  // Aim: `aim` reads the gym's clock while `preparing` goes on.
  await aim(race);
  const closesAtMs = Math.max(race.atMs - ARM_LEAD_MS - WARMING_MS, race.wokenAtMs + MIN_PREPARING_MS);
  await sleepUnlessLeaving(race, closesAtMs - race.nowMs(), preparing.all);
  const prepared = preparing.close();
  if (prepared.isForAnother)
    throw new Failure('prebooking/not-yet', 'This process lacks the keys for this race: deliver to another one.', {
      retryAfterMs: FOR_ANOTHER_MS,
    });
  const { entrants, doubled } = takeFirstAims(race.aims, prepared.entrants);
  // As soon as an entrant's shots are over, its place is read back and its prebooking settled, while other entrants still shoot.
  const ends = collectEnds(race);
  for (const one of [...prepared.decided, ...doubled]) ends.decided(one);
  // Arm, fire and retry: shot-rules.ts and try-later.ts say how long to retry.
  const raced = await fireAll(race, entrants, prepared.late, ends);
  const taught = await lessonOf(race, raced);
  const settled = await ends.all(taught);
  if (!(await isTake(race))) await learnFromRace(race, taught, race, raced);
  const late = await Promise.all(prepared.late.map(({ ready }) => ready));
  const unseen = late.filter((one) => one === undefined).length;
  await giveBack(race, unseen, settled);
  return settled;
}

/**
 * True when a watch created one of the race's prebookings to take a freed place; true also when the database cannot be asked. A race for a freed
 * place teaches nothing about openings or about how to aim.
 */
const isTake = ({ store, prebookings }: Race): Promise<boolean> =>
  store.takesAmong(prebookings.map(({ id }) => id)).then(
    (takes) => takes.length > 0,
    () => true,
  );

/** Keeps other processes from renewing the members' sessions until this race is surely over. */
const holdSessions = ({ store, prebookings, opensAt }: Race): Promise<number> =>
  store.holdSessions([...new Set(prebookings.map((one) => one.userId))], new Date(opensAt.getTime() + HOLD_AFTER_MS));

/** Reads the gym's clock, and sets when the race fires and from when a shot may follow one that was refused as too early. */
async function aim(race: Race): Promise<void> {
  const { box, opensAt, anchorMs } = race;
  const looking = lookAtGymClock(race, { box, opensAt, anchorMs });
  await sleepUnlessLeaving(race, MAX_LOOK_MS, looking);
  race.estimate = await looking;
  Object.assign(race, instantsOf(race, opensAt, race.estimate, box.clock));
}

/**
 * Gives up the claims on prebookings that are left to the sweep or for which the gym's list of the day could not be read in time, so that another
 * process can claim them.
 */
async function giveBack(race: Race, unseen: number, settled: readonly Prebooking[]): Promise<void> {
  const isLeft = settled.some(({ status }) => status === 'claimed');
  if (unseen === 0 && !isLeft) return;
  if (settled.length === 0)
    throw new Failure('prebooking/not-yet', 'The gym shows nothing to book yet.', { retryAfterMs: 2_000 });
  race.claims.stop();
  await releaseClaims(race, race);
}
