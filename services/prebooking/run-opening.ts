// One box's opening instant, for all members who wait for it, from the claim to the settled rows.
// Prepare, arm, wait, shoot, read back, settle. `armed` is written while waiting, so it costs nothing at the opening.
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { type Clock, wallAnchorMs } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, GymBox } from '../gym/gym.ts';
import { aim, type ClockEstimate, estimateGymClock, probeTimer } from '../gym/gym-clock.ts';
import { openStarter, type StarterOptions } from '../gym/starter.ts';
import type { Freshener } from '../session/freshen.ts';
import type { Box } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { type Claims, keepClaims } from './claim.ts';
import { conclude, isTooEarly, lessonOf } from './conclude.ts';
import { type Contender, prepareContenders } from './contender.ts';
import { sleepUnlessLeaving } from './hand-over.ts';
import { learnFromRace } from './lesson.ts';
import { createOwnAims, type OwnAims, takeFirstAims } from './own-aims.ts';
import type { Prebooking } from './prebooking.ts';
import { createSettler, lineOfDecided, settleLines } from './settle.ts';
import type { Series } from './shoot.ts';
import { turnsOf } from './turn.ts';
import { firstRequest, shootAll } from './volley.ts';

export interface OpeningServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
  /** For a gym whose certificate only a test trusts. */
  readonly starterOptions?: Pick<StarterOptions, 'tls'> | undefined;
}

/** Prebookings of one box and instant that we hold. */
export interface Claimed {
  readonly owner: string;
  readonly prebookings: readonly Prebooking[];
  /** When the claiming call began, on the clock's monotonic scale. */
  readonly claimedAtMs: number;
  /** The platform ends us here: what could not be finished by then is not begun. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end: a race that would come after its end is left to another. */
  readonly stopping?: AbortSignal | undefined;
}

/** A withdrawal wins until this long before the opening. */
const ARM_LEAD_MS = 1_500;
/** Others leave the members' sessions alone until the race is surely over. */
const HOLD_AFTER_MS = 60_000;
const PROBING_MS = 4_000;
/** A gym whose clock runs ahead opens this much before our own clock says so, at most, without our being late. */
const SKEW_ROOM_MS = 2_500;
const LEAST_PROBING_MS = 2_200;
const READS_ABREAST = 16;

interface Opening extends Claimed {
  readonly box: Box;
  readonly at: GymBox;
  readonly claims: Claims;
  readonly aims: OwnAims;
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly anchorMs: number;
}

/** Runs the race of claimed prebookings and answers them as settled. Throws prebooking/not-yet when it is left to another, database/…. */
export async function runOpening(services: OpeningServices, claimed: Claimed): Promise<Prebooking[]> {
  const { owner, prebookings, claimedAtMs } = claimed;
  const claims = keepClaims(services, owner, prebookings, claimedAtMs);
  try {
    const opening = await openingOf(services, claimed, claims);
    const { at, opensAt, wokenAtMs } = opening;
    services.logger.info({ box: at.slug, opensAt, waiting: prebookings.length }, 'race: woken');
    await holdSessions(services, prebookings, opensAt);
    const [prepared, estimate] = await Promise.all([
      prepareContenders(services, at, prebookings),
      lookAtGymClock(services, opening),
    ]);
    const { contenders, doubled } = takeFirstAims(opening.aims, prepared.contenders);
    const early = await settleLines(
      services,
      [...prepared.decided, ...doubled].map((one) => lineOfDecided(one, { opensAt, wokenAtMs })),
    );
    const raced = contenders.length > 0 ? await race(services, opening, contenders, estimate) : [];
    return [...early, ...raced];
  } catch (error) {
    // Whoever comes next, a redelivery within a second, must find them free and not be told that we are at it.
    claims.stop();
    await release(services, owner, prebookings);
    throw error;
  } finally {
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
  const at = { slug: box.subdomain, platformBoxId: box.aimharderBoxId };
  const wokenAtMs = anchorMs + clock.monotonicMs();
  return { ...claimed, claims, aims: createOwnAims(), box, at, opensAt: first.opensAt, wokenAtMs, anchorMs };
}

const holdSessions = ({ store }: OpeningServices, prebookings: readonly Prebooking[], opensAt: Date): Promise<number> =>
  store.holdSessions([...new Set(prebookings.map((one) => one.userId))], new Date(opensAt.getTime() + HOLD_AFTER_MS));

/** The gym's clock, if there is time to look for it. Probes carry the monotonic stamp; the race counts from its own anchor. */
async function lookAtGymClock(
  { clock, gym }: OpeningServices,
  { at, opensAt, anchorMs }: Opening,
): Promise<ClockEstimate | undefined> {
  const leftMs = opensAt.getTime() - clock.now().getTime() - ARM_LEAD_MS - SKEW_ROOM_MS;
  if (leftMs < LEAST_PROBING_MS) return undefined;
  const shiftMs = anchorMs - performance.timeOrigin;
  const probe = async () => {
    const seen = await gym.probeClock(at);
    return { ...seen, sentAtMs: seen.sentAtMs + shiftMs, receivedAtMs: seen.receivedAtMs + shiftMs };
  };
  return estimateGymClock(probe, probeTimer(clock, anchorMs), { budgetMs: Math.min(PROBING_MS, leftMs) });
}

async function race(
  services: OpeningServices,
  opening: Opening,
  contenders: readonly Contender[],
  estimate: ClockEstimate | undefined,
): Promise<Prebooking[]> {
  const { clock, logger } = services;
  const { opensAt, wokenAtMs, box } = opening;
  const nowMs = () => opening.anchorMs + clock.monotonicMs();
  const starter = await openStarter({ ...services.starterOptions, anchorMs: opening.anchorMs });
  try {
    const turns = turnsOf(contenders);
    const warmth = await starter.load(turns.first.map((one) => firstRequest(services, one)));
    const readyAtMs = nowMs();
    const { offsetMs, rttMs } = estimate ?? {};
    const marginMs = box.learnedMarginMs;
    logger.info(
      { box: opening.at.slug, racing: contenders.length, ...warmth, clockOffsetMs: offsetMs, rttMs, marginMs },
      'race: ready',
    );
    const atMs = aim(opensAt, estimate, marginMs);
    await sleepUnlessLeaving(clock, Math.min(opensAt.getTime(), atMs) - ARM_LEAD_MS - nowMs(), opening);
    const times = { opensAt, wokenAtMs, readyAtMs, clockOffsetMs: offsetMs, rttMs };
    const limit = pLimit(READS_ABREAST);
    const settle = createSettler(services);
    const lesson = Promise.withResolvers<Box>();
    const ends: Promise<Prebooking | undefined>[] = [];
    const end = async (series: Series) => {
      // Who was refused as too early is told the right instant, which all the refusals together teach; nobody else waits for them.
      const known = isTooEarly(series) ? await lesson.promise : box;
      return settle(await limit(() => conclude(services, { ...opening, box: known }, series, times, nowMs)));
    };
    const raced = await shootAll(services, opening, starter, turns, atMs, (series) => {
      const ending = end(series);
      // Awaited below with all the others; until then a failure must not look unheard.
      ending.catch(() => undefined);
      ends.push(ending);
    });
    const taught = await lessonOf(services, box, raced);
    lesson.resolve(taught);
    const settled = await Promise.all(ends);
    await learnFromRace(services, taught, opensAt, raced);
    return settled.filter((one) => one !== undefined);
  } finally {
    await starter.close();
  }
}
