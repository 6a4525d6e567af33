// Works out when to send a booking request, from what probes of the gym's clock found and from what earlier races taught. The functions are pure.
import { CHEAP_MS, type ClockEstimate, type ClockReading } from './clock-estimate.ts';
import { CLEAR_EVIDENCE, type Stamp } from './clock-reading.ts';

/** What earlier races taught about a gym's clock. */
export interface KnownClock {
  /** The evidence, −2 to 2, that the gym stamps the `Date` header at the end of its work on a request (above 0) or at the start (below 0). */
  readonly evidence: number;
  /**
   * Whether the gym checks at the end of its work on a request, not at the start, that the class is open. `to-try`: the next race sends early, to
   * find out when the gym checks that the class is open. `no`: the gym checks at the start of its work, or the race that sent early did not show when
   * the gym checks.
   */
  readonly judgesLate: 'unknown' | 'to-try' | 'yes' | 'no';
  /**
   * How much later a shot is sent than the probes of the gym's clock alone would have it, 0 to 1,000 ms. The margin covers what no probe of the clock
   * shows, such as a database's own clock.
   */
  readonly marginMs: number;
  /** The margin with which a shot was last refused as too early. */
  readonly refusedMarginMs: number | undefined;
  /** When a shot was last refused as too early. */
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
 * The weight of earlier races' evidence beside the evidence of this race's probes. The probes of one earlier race may have been wrong, and alone do
 * not decide how `Date` is stamped. The probes of two earlier races that agree do decide how, and so does one shot that was refused as too early.
 */
const KNOWN_WEIGHT = 0.5;
/**
 * A request that arrives before the opening costs the time of a whole refusal. To arrive 0.25 ms after the opening costs nothing, because our own
 * timers are no more exact.
 */
const OWN_MARGIN_MS = 0.25;
/** If a gym thinks for less than this, requests are not sent sooner, whenever in its work the gym checks that the class is open. */
const MIN_LATE_MS = 100;
/** If a gym usually thinks for longer than this, no request is sent sooner to make up for the gym's thinking. */
const MAX_LEAD_MS = 500;

/**
 * The assumption about when the gym stamps `Date`, from which `aim` works out when to send. `ahead`: only the evidence of this race's probes counts.
 * With `ahead`, the request is sent sooner: the gym checks at the end of its work whether the class is open, or this race is to find out whether it
 * does.
 */
export type AimedBy = Stamp | 'ahead';

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock.
 *
 * sendAt = openingAt − offset − way/2 + margin, where way is the round trip, and offset is the smallest plausible lead of the gym's clock over ours,
 * under the assumption about `Date` that `aimedBy` gives.
 *
 * The travel time cancels out in openingAt − x, where x is the gym's clock on arrival minus our clock on sending. The smallest plausible difference x
 * between the two clocks is taken, so that even the fastest request does not arrive before the opening. If the gym thinks up to 2 ms at the probed
 * address, `aim` adds all of that thinking to sendAt, unless this race's probes show that `Date` is stamped at the end. If the gym thinks longer than
 * 2 ms, the evidence of this race's probes and of earlier races decides how `Date` is stamped. If the evidence does not decide how `Date` is stamped,
 * thinking shorter than a round trip is added to sendAt. Thinking longer than a round trip is not added: a request that is early by the time of the
 * thinking is refused about when the thinking ends, and the next request follows at once. At a gym that checks at the end of its work whether the
 * class is open, the request is sent sooner, by the time of that work (`leadMs`). Without an estimate of the gym's clock, our own clock is trusted:
 * sendAt = openingAt + margin.
 */
export const aim = (openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number =>
  againFrom(openingAt, estimate, known) - leadMs(estimate, known);

/** As `aim`, without subtracting `leadMs`: the earliest instant for a request after one that was refused as too early, epoch ms. */
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
 * How much sooner `aim` sends to a gym that checks at the end of its work whether the class is open, ms. The lead is the gym's least thinking, so
 * that a request is hardly ever early. In the race that is to find out whether the gym checks at the end of its work, the lead is the gym's usual
 * thinking. A refusal is then mostly back before the opening, and costs nothing.
 */
export function leadMs(estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (aimedBy(estimate, known) !== 'ahead') return 0;
  return (known.judgesLate === 'yes' ? estimate?.thinkingMs : estimate?.usualThinkingMs) ?? 0;
}

/** True when this race's probes show clearly how the gym stamps `Date`, and the gym's thinking lies between `MIN_LATE_MS` and `MAX_LEAD_MS`. */
export const mayJudgeLate = ({ evidence, thinkingMs = 0, usualThinkingMs = 0 }: ClockEstimate): boolean =>
  Math.abs(evidence) >= CLEAR_EVIDENCE && thinkingMs >= MIN_LATE_MS && usualThinkingMs <= MAX_LEAD_MS;

/**
 * The assumption about when the gym stamps `Date`, which `aim` uses; undefined without an estimate, or if the gym thinks so briefly that the
 * assumption hardly matters.
 */
export function aimedBy(estimate: ClockEstimate | undefined, known: KnownClock): AimedBy | undefined {
  if (estimate?.thinkingMs === undefined || estimate.thinkingMs <= CHEAP_MS) return undefined;
  if (mayJudgeLate(estimate) && (known.judgesLate === 'to-try' || known.judgesLate === 'yes')) return 'ahead';
  const evidence = estimate.evidence + KNOWN_WEIGHT * known.evidence;
  if (Math.abs(evidence) >= CLEAR_EVIDENCE) return evidence > 0 ? 'end' : 'start';
  return estimate.thinkingMs <= estimate.wayMs + CHEAP_MS ? 'end' : 'start';
}
