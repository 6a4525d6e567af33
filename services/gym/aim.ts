// Works out when to send a booking request, from what a search of the gym's clock found and from what earlier races taught. The functions are pure.
import { CHEAP_MS, type ClockEstimate, type ClockReading } from './clock-estimate.ts';
import { CLEAR_EVIDENCE, type Stamp } from './clock-reading.ts';

/** What earlier races taught about a gym's clock. */
export interface KnownClock {
  /** Whether the gym stamps `Date` at the end of its work (above 0) or at the start (below 0), −2 to 2. */
  readonly evidence: number;
  /**
   * Whether the gym judges a request against the opening at the end of its work. `to-try`: the next race is to find out. `no`: the gym does not judge
   * late, or the race that tried did not tell.
   */
  readonly judgesLate: 'unknown' | 'to-try' | 'yes' | 'no';
  /**
   * How much later than the search says to shoot, 0 to 1,000 ms. The margin covers what no probe of the clock shows, such as a database's own clock.
   */
  readonly marginMs: number;
  /** The margin with which a shot was last refused as too early, and when. */
  readonly refusedMarginMs: number | undefined;
  readonly refusedAt: Date | undefined;
}

export const NOTHING_KNOWN: KnownClock = {
  evidence: 0,
  judgesLate: 'unknown',
  marginMs: 0,
  refusedMarginMs: undefined,
  refusedAt: undefined,
};

/**
 * The weight of earlier races' evidence. One earlier search alone may have been wrong and decides nothing. Two searches that agree decide, and so
 * does one refusal.
 */
const KNOWN_WEIGHT = 0.5;
/** A request that arrives early costs a whole answer. A request that is this much later costs nothing, because our own timers are no more exact. */
const OWN_MARGIN_MS = 0.25;
/**
 * If a gym thinks for less than `MIN_LATE_MS`, all requests sent at the opening wait alike, and it does not matter when the gym judges them. If a gym
 * thinks for longer than `MAX_LEAD_MS`, no request is sent so far ahead.
 */
const MIN_LATE_MS = 100;
const MAX_LEAD_MS = 500;

/**
 * The assumption about `Date` by which `aim` sends. With `ahead`, this search's evidence counts and the request is sent sooner: the gym judges the
 * opening at the end of its work, or the race tries whether it does.
 */
export type AimedBy = Stamp | 'ahead';

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock.
 *
 * sendAt = openingAt − least offset − way/2 + margin, by the assumption that holds for the gym.
 *
 * The path cancels out in openingAt − x, where x is the gym's clock on arrival minus our clock on sending. The smallest plausible x is taken, so that
 * even the fastest request arrives no earlier.
 * Up to 2 ms of thinking at the address probed is allowed for in full, however `Date` is stamped. With more thinking, the evidence of this search and
 * of earlier races decides. If the evidence tells nothing, thinking shorter than the round trip of a refusal is waited for. Longer thinking is not
 * waited for: a request that is early by it is refused about when it ends, and the next request follows at once.
 * At a gym that judges the opening when its work ends, the request is sent sooner, by that work (`leadMs`).
 * Without an estimate our own clock is trusted: sendAt = openingAt + margin.
 */
export const aim = (openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number =>
  againFrom(openingAt, estimate, known) - leadMs(estimate, known);

/** As `aim`, without the lead: the earliest instant for a request after one that was refused as too early, epoch ms. */
export function againFrom(openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (!estimate) return openingAt.getTime() + known.marginMs;
  const at = ({ leastOffsetMs }: ClockReading) =>
    openingAt.getTime() - leastOffsetMs - estimate.wayMs / 2 + OWN_MARGIN_MS + known.marginMs;
  const { start, end, thinkingMs } = estimate;
  if (thinkingMs === undefined || !end) return at(start);
  if (thinkingMs <= CHEAP_MS) return estimate.evidence >= CLEAR_EVIDENCE ? at(end) : at(start) + thinkingMs;
  const reading = aimedBy(estimate, known);
  const isStart = reading === 'ahead' ? estimate.evidence < 0 : reading === 'start';
  return isStart ? at(start) : at(end);
}

/**
 * How much sooner `aim` sends to a gym that judges the opening at the end of its work, ms. The lead is the gym's least thinking, so that a request is
 * hardly ever early. If late judging is yet to be tried, the lead is the usual thinking: a refusal is mostly back before the opening, and costs
 * nothing.
 */
export function leadMs(estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (aimedBy(estimate, known) !== 'ahead') return 0;
  return (known.judgesLate === 'yes' ? estimate?.thinkingMs : estimate?.usualThinkingMs) ?? 0;
}

/** True when it is sure how this gym stamps `Date`, and its work is so long that it matters when it judges the opening. */
export const mayJudgeLate = ({ evidence, thinkingMs = 0, usualThinkingMs = 0 }: ClockEstimate): boolean =>
  Math.abs(evidence) >= CLEAR_EVIDENCE && thinkingMs >= MIN_LATE_MS && usualThinkingMs <= MAX_LEAD_MS;

/** The assumption about `Date` by which `aim` sends; undefined without an estimate or without thinking, when the assumption does not matter. */
export function aimedBy(estimate: ClockEstimate | undefined, known: KnownClock): AimedBy | undefined {
  if (estimate?.thinkingMs === undefined || estimate.thinkingMs <= CHEAP_MS) return undefined;
  if (mayJudgeLate(estimate) && (known.judgesLate === 'to-try' || known.judgesLate === 'yes')) return 'ahead';
  const evidence = estimate.evidence + KNOWN_WEIGHT * known.evidence;
  if (Math.abs(evidence) >= CLEAR_EVIDENCE) return evidence > 0 ? 'end' : 'start';
  return estimate.thinkingMs <= estimate.wayMs + CHEAP_MS ? 'end' : 'start';
}
