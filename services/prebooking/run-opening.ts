// One box's opening instant, for all members who wait for it, from the claim to the settled rows.
// Prepare, arm, wait, shoot, read back, settle. `armed` is written while waiting, so it costs nothing at the opening.
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { type Clock, wallAnchorMs } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Gym, GymBox } from '../gym/gym.ts';
import { aim, type ClockEstimate, estimateGymClock, probeTimer } from '../gym/gym-clock.ts';
import { openStarter, type Shot, type Starter, type StarterOptions } from '../gym/starter.ts';
import type { Freshener } from '../session/freshen.ts';
import type { SettleLine } from '../store/prebooking-store.ts';
import type { Box } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { CLAIM_MS, type Claims, keepClaims } from './claim.ts';
import { bookWishOf, type Contender, prepareContenders } from './contender.ts';
import { learnFromRace, learnFromTooEarly, opensLater } from './lesson.ts';
import type { Prebooking } from './prebooking.ts';
import { lineOfDecided, lineOfRaced, settleLines } from './settle.ts';
import { firstState, followShots, type Series } from './shoot.ts';
import { classOf, type Turns, turnsOf } from './turn.ts';
import { judge, readBack } from './verdict.ts';

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
}

/** A withdrawal wins until this long before the opening. */
const ARM_LEAD_MS = 1_500;
/** Nothing is written later than this after the opening (or after arming, for a late start). */
const SEND_WINDOW_MS = 10_000;
/** Left after arming, at least: a race that the platform would cut off is one that nobody knows the end of. */
const LEAST_LEFT_MS = 3_000;
/** Others leave the members' sessions alone until the race is surely over. */
const HOLD_AFTER_MS = 60_000;
const PROBING_MS = 4_000;
const LEAST_PROBING_MS = 2_200;
const READS_ABREAST = 16;
/** Who waits for a companion's answer waits no longer than this after the instant. */
const LONGEST_TURN_MS = 1_200;

interface Opening extends Claimed {
  readonly box: Box;
  readonly at: GymBox;
  readonly claims: Claims;
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly anchorMs: number;
}

/** Runs the race of claimed prebookings and answers them as settled. Throws prebooking/not-yet when no time is left, database/…. */
export async function runOpening(services: OpeningServices, claimed: Claimed): Promise<Prebooking[]> {
  const { owner, prebookings, claimedAtMs } = claimed;
  const claims = keepClaims(services, owner, prebookings, claimedAtMs);
  try {
    const opening = await openingOf(services, claimed, claims);
    const { at, opensAt, wokenAtMs } = opening;
    services.logger.info({ box: at.slug, opensAt, waiting: prebookings.length }, 'race: woken');
    await holdSessions(services, prebookings, opensAt);
    const [{ contenders, decided }, estimate] = await Promise.all([
      prepareContenders(services, at, prebookings),
      lookAtGymClock(services, opening),
    ]);
    const early = await settleLines(
      services,
      decided.map((one) => lineOfDecided(one, { opensAt, wokenAtMs })),
    );
    const raced = contenders.length > 0 ? await race(services, opening, contenders, estimate) : [];
    return [...early, ...raced];
  } finally {
    claims.stop();
  }
}

async function openingOf({ clock, store }: OpeningServices, claimed: Claimed, claims: Claims): Promise<Opening> {
  const [first] = claimed.prebookings;
  const box = first && (await store.readBox(first.boxId));
  if (!first || !box) throw new Failure('box/missing', 'Expected the box of a claimed prebooking.');
  const anchorMs = wallAnchorMs(clock);
  const at = { slug: box.subdomain, platformBoxId: box.aimharderBoxId };
  return { ...claimed, claims, box, at, opensAt: first.opensAt, wokenAtMs: anchorMs + clock.monotonicMs(), anchorMs };
}

const holdSessions = ({ store }: OpeningServices, prebookings: readonly Prebooking[], opensAt: Date): Promise<number> =>
  store.holdSessions([...new Set(prebookings.map((one) => one.userId))], new Date(opensAt.getTime() + HOLD_AFTER_MS));

/** The gym's clock, if there is time to look for it. Probes carry the monotonic stamp; the race counts from its own anchor. */
async function lookAtGymClock(
  { clock, gym }: OpeningServices,
  { at, opensAt, anchorMs }: Opening,
): Promise<ClockEstimate | undefined> {
  const leftMs = opensAt.getTime() - clock.now().getTime() - ARM_LEAD_MS;
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
    await clock.sleep(opensAt.getTime() - ARM_LEAD_MS - nowMs());
    const raced = await shootAll(services, opening, starter, turns, aim(opensAt, estimate, marginMs));
    const times = { opensAt, wokenAtMs, readyAtMs, clockOffsetMs: offsetMs, rttMs };
    const taught = await lessonOf(services, box, raced);
    const limit = pLimit(READS_ABREAST);
    const lines = await Promise.all(
      raced.map((series) => limit(() => conclude(services, { ...opening, box: taught }, series, times, nowMs))),
    );
    const settled = await settleLines(services, lines);
    await learnFromRace(services, taught, opensAt, raced);
    return settled;
  } finally {
    await starter.close();
  }
}

const firstRequest = ({ gym }: OpeningServices, contender: Contender) =>
  gym.prepareBook(contender.session.key, contender.box, bookWishOf(contender, firstState(contender).aim));

/** Arms, fires, and follows each shot to its end; those whose turn is later shoot when the class's earlier ones have their answers. */
async function shootAll(
  services: OpeningServices,
  opening: Opening,
  starter: Starter,
  { first, behind }: Turns,
  atMs: number,
): Promise<Series[]> {
  const { anchorMs, claims } = opening;
  const { armed, deadlineMs } = await arm(services, opening, [...first, ...behind]);
  const isArmed = ({ prebooking }: Contender) => armed.has(prebooking.id);
  for (const [index, contender] of first.entries()) if (!isArmed(contender)) starter.withdraw(index);
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  // Past the deadline the reconciler believes that nothing more is written; past the trust others may have judged.
  const notAfterMs = () => Math.min(deadlineMs, anchorMs + claims.trustedUntilMs());
  const follow = (contender: Contender, shot: Shot) =>
    followShots(services, starter, contender, shot, { nowMs, notAfterMs });
  const following: { readonly of: string; readonly series: Promise<Series> }[] = [];
  const onShot = (shot: Shot) => {
    const contender = first[shot.index];
    if (contender && isArmed(contender)) following.push({ of: classOf(contender), series: follow(contender, shot) });
  };
  const firing = starter.fireAt(atMs, onShot, notAfterMs());
  const later = behind.filter(isArmed).map(async (contender) => {
    // All of the volley have an answer, or the patience of those behind is over: a place may still be there.
    await Promise.race([firing, services.clock.sleep(atMs + LONGEST_TURN_MS - nowMs())]);
    const before = following.filter(({ of }) => of === classOf(contender)).map(({ series }) => series);
    await Promise.race([Promise.all(before), services.clock.sleep(atMs + LONGEST_TURN_MS - nowMs())]);
    return follow(contender, await starter.shootNow(firstRequest(services, contender), notAfterMs()));
  });
  await firing;
  return Promise.all([...following.map(({ series }) => series), ...later]);
}

async function arm(
  { clock, store, logger }: OpeningServices,
  opening: Opening,
  contenders: readonly Contender[],
): Promise<{ armed: Set<string>; deadlineMs: number }> {
  const now = clock.now();
  const deadlineMs = Math.max(now.getTime(), opening.opensAt.getTime()) + SEND_WINDOW_MS;
  if (opening.until && opening.until.getTime() - Math.max(now.getTime(), opening.opensAt.getTime()) < LEAST_LEFT_MS) {
    throw new Failure('prebooking/not-yet', 'Too little time is left here to race: deliver again.', {
      retryAfterMs: 1_000,
    });
  }
  const beganAtMs = clock.monotonicMs();
  const ids = await store.armPrebookings({
    claims: contenders.map(({ prebooking }) => ({ id: prebooking.id, epoch: prebooking.claimEpoch })),
    owner: opening.owner,
    sendDeadline: new Date(deadlineMs),
    claimMs: CLAIM_MS,
    now,
  });
  if (ids.length > 0) opening.claims.renewed(beganAtMs);
  if (ids.length < contenders.length)
    logger.info({ wanted: contenders.length, armed: ids.length }, 'race: some were withdrawn or taken over');
  return { armed: new Set(ids), deadlineMs };
}

async function conclude(
  services: OpeningServices,
  { box, at }: Opening,
  series: Series,
  times: {
    opensAt: Date;
    wokenAtMs: number;
    readyAtMs: number;
    clockOffsetMs?: number | undefined;
    rttMs?: number | undefined;
  },
  nowMs: () => number,
): Promise<SettleLine> {
  const { prebooking, session } = series.contender;
  const sight = await readBack(services, session, at, prebooking, series.end);
  const verdict = judge(series.end, sight);
  const facts = { ...times, readBackAtMs: sight && nowMs() };
  if (verdict.outcome !== 'too-early') return lineOfRaced(series, verdict, facts, undefined);
  // Refused is final for this wish; what can be done for the member is to say when it really opens.
  const opens = opensLater(box, prebooking, services.clock.now());
  return lineOfRaced(series, { ...verdict, reason: opens?.toISOString() }, facts, opens && inZone(opens, box.timeZone));
}

/** What a refusal as too early taught about the box, once for all who were refused. */
async function lessonOf(services: OpeningServices, box: Box, raced: readonly Series[]): Promise<Box> {
  const refused = raced.flatMap(({ contender, end }) =>
    end.do === 'stop' && end.verdict === 'too-early' ? { slot: contender.prebooking, announced: end.announced } : [],
  );
  const witness = refused.find(({ announced }) => announced !== undefined) ?? refused[0];
  return witness ? learnFromTooEarly(services, box, witness.slot, witness.announced) : box;
}

/** Wall time in the box's zone, plain enough for every language: `2026-11-24 18:00`. */
const inZone = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
