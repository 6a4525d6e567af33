// One box's opening instant, for all members who wait for it, from the claim to the settled rows.
// Prepare, arm, wait, shoot, read back, settle. `armed` is written while waiting, so it costs nothing at the opening.
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { type Clock, wallAnchorMs } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, GymBox } from '../gym/gym.ts';
import { aim, type ClockEstimate, estimateGymClock, probeTimer } from '../gym/gym-clock.ts';
import { openStarter, type Shot, type StarterOptions } from '../gym/starter.ts';
import type { Freshener } from '../session/freshen.ts';
import type { SettleLine } from '../store/prebooking-store.ts';
import type { Store } from '../store/store.ts';
import { bookWishOf, type Contender, type Decided, prepareContenders } from './contender.ts';
import type { Prebooking } from './prebooking.ts';
import { buildReceipt, type RaceFacts } from './receipt.ts';
import { firstState, followShots, type Series } from './shoot.ts';
import { judge, placed, readBack, type Verdict } from './verdict.ts';

export interface OpeningServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
  /** For a gym whose certificate only a test trusts. */
  readonly starterOptions?: Pick<StarterOptions, 'tls'> | undefined;
}

/** A claim lasts this long past its last heartbeat: short, so that a spare wake-up can take over from a dead one. */
export const CLAIM_MS = 12_000;
const HEARTBEAT_MS = 4_000;
/** A withdrawal wins until this long before the opening. */
const ARM_LEAD_MS = 1_500;
/** Nothing is written later than this after the opening (or after arming, for a late start). */
const SEND_WINDOW_MS = 10_000;
/** Others leave the members' sessions alone until the race is surely over. */
const HOLD_AFTER_MS = 60_000;
const PROBING_MS = 4_000;
const LEAST_PROBING_MS = 2_200;
const READS_ABREAST = 16;

interface Opening {
  readonly owner: string;
  readonly box: GymBox;
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly anchorMs: number;
}

/** Runs the race of claimed prebookings (all of one box and instant) and answers them as settled. Throws database/…. */
export async function runOpening(
  services: OpeningServices,
  owner: string,
  prebookings: readonly Prebooking[],
): Promise<Prebooking[]> {
  const beating = keepClaims(services, owner, prebookings);
  try {
    const opening = await openingOf(services, owner, prebookings);
    services.logger.info(
      { box: opening.box.slug, opensAt: opening.opensAt, waiting: prebookings.length },
      'race: woken',
    );
    await holdSessions(services, prebookings, opening.opensAt);
    const [{ contenders, decided }, estimate] = await Promise.all([
      prepareContenders(services, opening.box, prebookings),
      lookAtGymClock(services, opening),
    ]);
    const early = await settle(
      services,
      decided.map((one) => lineOfDecided(one, opening)),
    );
    const raced = contenders.length > 0 ? await race(services, opening, contenders, estimate) : [];
    return [...early, ...raced];
  } finally {
    beating.stop();
  }
}

async function openingOf(
  { clock, store }: OpeningServices,
  owner: string,
  prebookings: readonly Prebooking[],
): Promise<Opening> {
  const [first] = prebookings;
  const box = first && (await store.readBox(first.boxId));
  if (!first || !box) throw new Failure('box/missing', 'Expected the box of a claimed prebooking.');
  const anchorMs = wallAnchorMs(clock);
  return {
    owner,
    box: { slug: box.subdomain, platformBoxId: box.aimharderBoxId },
    opensAt: first.opensAt,
    wokenAtMs: anchorMs + clock.monotonicMs(),
    anchorMs,
  };
}

const holdSessions = ({ store }: OpeningServices, prebookings: readonly Prebooking[], opensAt: Date): Promise<number> =>
  store.holdSessions([...new Set(prebookings.map((one) => one.userId))], new Date(opensAt.getTime() + HOLD_AFTER_MS));

/** The gym's clock, if there is time to look for it. Probes carry the monotonic stamp; the race counts from its own anchor. */
async function lookAtGymClock(
  { clock, gym }: OpeningServices,
  { box, opensAt, anchorMs }: Opening,
): Promise<ClockEstimate | undefined> {
  const leftMs = opensAt.getTime() - clock.now().getTime() - ARM_LEAD_MS;
  if (leftMs < LEAST_PROBING_MS) return undefined;
  const shiftMs = anchorMs - performance.timeOrigin;
  const probe = async () => {
    const seen = await gym.probeClock(box);
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
  const { clock, gym } = services;
  const nowMs = () => opening.anchorMs + clock.monotonicMs();
  const starter = await openStarter({ ...services.starterOptions, anchorMs: opening.anchorMs });
  try {
    const request = (contender: Contender) =>
      gym.prepareBook(contender.session.key, contender.box, bookWishOf(contender, firstState(contender).aim));
    const warmth = await starter.load(contenders.map(request));
    const readyAtMs = nowMs();
    services.logger.info(
      {
        box: opening.box.slug,
        racing: contenders.length,
        ...warmth,
        clockOffsetMs: estimate?.offsetMs,
        rttMs: estimate?.rttMs,
      },
      'race: ready',
    );
    await clock.sleep(opening.opensAt.getTime() - ARM_LEAD_MS - nowMs());
    const armed = await arm(services, opening, contenders);
    for (const [index, contender] of contenders.entries()) {
      if (!armed.has(contender.prebooking.id)) starter.withdraw(index);
    }
    const following: Promise<Series>[] = [];
    const onShot = (shot: Shot) => {
      const contender = contenders[shot.index];
      if (contender && armed.has(contender.prebooking.id)) {
        following.push(followShots(services, starter, contender, shot, nowMs));
      }
    };
    await starter.fireAt(aim(opening.opensAt, estimate), onShot);
    const limit = pLimit(READS_ABREAST);
    const lines = (await Promise.all(following)).map((series) =>
      limit(() => conclude(services, opening, series, { readyAtMs, estimate, nowMs })),
    );
    return await settle(services, await Promise.all(lines));
  } finally {
    await starter.close();
  }
}

async function arm(
  { clock, store, logger }: OpeningServices,
  opening: Opening,
  contenders: readonly Contender[],
): Promise<Set<string>> {
  const now = clock.now();
  const from = Math.max(now.getTime(), opening.opensAt.getTime());
  const ids = await store.armPrebookings({
    claims: contenders.map(({ prebooking }) => ({ id: prebooking.id, epoch: prebooking.claimEpoch })),
    owner: opening.owner,
    sendDeadline: new Date(from + SEND_WINDOW_MS),
    now,
  });
  if (ids.length < contenders.length)
    logger.info({ wanted: contenders.length, armed: ids.length }, 'race: some were withdrawn or taken over');
  return new Set(ids);
}

async function conclude(
  services: OpeningServices,
  opening: Opening,
  series: Series,
  at: { readyAtMs: number; estimate: ClockEstimate | undefined; nowMs: () => number },
): Promise<SettleLine> {
  const { prebooking, session, box } = series.contender;
  const sight = await readBack(services, session, box, prebooking, series.end);
  const verdict = judge(series.end, sight);
  return lineOf(prebooking, verdict, {
    opensAt: opening.opensAt,
    wokenAtMs: opening.wokenAtMs,
    readyAtMs: at.readyAtMs,
    sentAtMs: series.sentAtMs,
    firstByteAtMs: series.firstByteAtMs,
    answeredAtMs: series.answeredAtMs,
    readBackAtMs: sight && at.nowMs(),
    clockOffsetMs: at.estimate?.offsetMs,
    rttMs: at.estimate?.rttMs,
    shots: series.shots,
    outcome: verdict.outcome,
  });
}

function lineOf(prebooking: Prebooking, verdict: Verdict, facts: RaceFacts): SettleLine {
  return { id: prebooking.id, epoch: prebooking.claimEpoch, ...verdict, receipt: buildReceipt(facts) };
}

function lineOfDecided({ prebooking, outcome, mine }: Decided, opening: Opening): SettleLine {
  const facts = { opensAt: opening.opensAt, wokenAtMs: opening.wokenAtMs, shots: 0, outcome };
  const refused = { status: 'refused', outcome, reservationId: undefined } as const;
  const verdict = mine ? placed(mine, 'already-booked') : refused;
  return lineOf(prebooking, { ...verdict, reason: undefined }, facts);
}

/** A line without effect is a row somebody else moved meanwhile: it is said aloud, and the rows stand as they are. */
async function settle({ clock, store, logger }: OpeningServices, lines: readonly SettleLine[]): Promise<Prebooking[]> {
  if (lines.length === 0) return [];
  const settled = await store.settlePrebookings(lines, clock.now());
  for (const one of settled) {
    const { latenessMs, decidedBy, shots } = one.receipt ?? {};
    logger.info(
      { prebookingId: one.id, status: one.status, outcome: one.outcome, latenessMs, decidedBy, shots },
      'race: settled',
    );
  }
  if (settled.length < lines.length) {
    const ids = new Set(settled.map((one) => one.id));
    const lost = lines.filter((line) => !ids.has(line.id)).map((line) => line.id);
    logger.error({ code: 'prebooking/write-lost', prebookingIds: lost }, 'race: a verdict found its prebooking moved');
  }
  return settled;
}

/** Keeps the claim while we work. One that is lost is noticed at arming, which asks for owner and epoch. */
function keepClaims({ clock, store, logger }: OpeningServices, owner: string, prebookings: readonly Prebooking[]) {
  const ended = new AbortController();
  const ids = prebookings.map((one) => one.id);
  const beat = async () => {
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, ended.signal);
      await store
        .extendClaims(ids, owner, CLAIM_MS)
        .catch((err) => logger.warn({ err, owner }, 'race: a heartbeat was lost'));
    }
  };
  beat().catch((error) => {
    if (!ended.signal.aborted) logger.error({ code: asFailure(error).code }, 'race: the heartbeat stopped');
  });
  return { stop: () => ended.abort() };
}
