// When a race is to be fired: the opening by the gym's own clock, which is looked at while the others get ready.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { aim, type ClockEstimate, estimateGymClock, probeTimer } from '../gym/clock-offset.ts';
import type { Gym, GymBox } from '../gym/gym.ts';

export interface InstantServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly logger: Logger;
}

/** A withdrawal wins until this long before the instant. */
export const ARM_LEAD_MS = 1_500;
/** Warming the connections takes so long; who is not ready when it must begin shoots when they are. */
export const WARMING_MS = 1_000;
/** A second for each of six rounds, and one for the waiting in between. */
const PROBING_MS = 7_000;
/** Its last answers may still travel. */
export const MAX_LOOK_MS = PROBING_MS + 2_000;
/** A gym whose clock runs ahead opens this much before our own clock says so, at most, without our being late. */
const SKEW_ROOM_MS = 2_500;
/** One round: the gym's second is then known to some tens of ms, which is worth more than our own clock's word. */
const MIN_PROBING_MS = 1_100;
/** Whole servers run so far off and no further; a wake-up comes about as long before the opening. */
export const PLAUSIBLE_MS = 30_000;

/** The gym's clock, if there is time to look for it. Probes carry the monotonic stamp; the race counts from its own anchor. */
export async function lookAtGymClock(
  { clock, gym }: InstantServices,
  { at, opensAt, anchorMs }: { at: GymBox; opensAt: Date; anchorMs: number },
): Promise<ClockEstimate | undefined> {
  const leftMs = opensAt.getTime() - clock.now().getTime() - ARM_LEAD_MS - SKEW_ROOM_MS;
  if (leftMs < MIN_PROBING_MS) return undefined;
  const shiftMs = anchorMs - performance.timeOrigin;
  const probe = async () => {
    const seen = await gym.probeClock(at);
    return { ...seen, sentAtMs: seen.sentAtMs + shiftMs, receivedAtMs: seen.receivedAtMs + shiftMs };
  };
  return estimateGymClock(probe, probeTimer(clock, anchorMs), { budgetMs: Math.min(PROBING_MS, leftMs) });
}

/**
 * When to fire, epoch ms of the race's clock. An estimate further off than that is not believed: our own clock and the gym's answers say
 * the rest.
 */
export function instantOf(
  { logger }: Pick<InstantServices, 'logger'>,
  opensAt: Date,
  estimate: ClockEstimate | undefined,
  learnedMarginMs: number,
): number {
  const isPlausible = estimate === undefined || Math.abs(estimate.offsetMs) <= PLAUSIBLE_MS;
  if (!isPlausible) logger.warn({ offsetMs: estimate.offsetMs }, 'race: the gym’s clock is not to be believed');
  return aim(opensAt, isPlausible ? estimate : undefined, learnedMarginMs);
}
