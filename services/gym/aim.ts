// When to send, given what a search found and what earlier races showed about the gym's clock. Pure.
import { CHEAP_MS, type ClockEstimate, type ClockReading } from './clock-estimate.ts';
import { CLEAR_EVIDENCE, type Stamp } from './clock-reading.ts';

/** The lessons of earlier races about a gym's clock. */
export interface KnownClock {
  /** That `Date` is stamped at the end (above 0) or at the start of the gym's work (below), −2 to 2. */
  readonly evidence: number;
  /**
   * How much later than the search says to shoot, ms, 0 to 1,000: for delays that reading a page does not show, such as a database with a clock
   * of its own.
   */
  readonly marginMs: number;
  /** The margin with which a shot was last too early, and when. */
  readonly refusedMarginMs: number | undefined;
  readonly refusedAt: Date | undefined;
}

export const NOTHING_KNOWN: KnownClock = {
  evidence: 0,
  marginMs: 0,
  refusedMarginMs: undefined,
  refusedAt: undefined,
};

/** One earlier search alone may have been wrong and decides nothing. Two that agree decide, and so does a refusal. */
const KNOWN_WEIGHT = 0.5;
/** A request that is early costs a whole answer; one this much later costs nothing, since our own timers are no more exact. */
const OWN_MARGIN_MS = 0.25;

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock:
 *
 *   sendAt = openingAt − least offset − way/2 + margin, by the reading that holds for the gym
 *
 * What remains is openingAt − x, with the least x that is at all likely: even the fastest way arrives no earlier. If the address looked at takes
 * little work (≤ 2 ms), all of it is allowed for, however `Date` is stamped. Else the evidence decides, this search's and earlier races'. If
 * neither tells, work shorter than the round trip that a refusal would cost is waited for. Longer work is not: a request that comes early by it
 * is refused about when it ends, and the next one follows at once.
 * Without an estimate our own clock is trusted: sendAt = openingAt + margin.
 */
export function aim(openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (!estimate) return openingAt.getTime() + known.marginMs;
  const at = ({ leastOffsetMs }: ClockReading) =>
    openingAt.getTime() - leastOffsetMs - estimate.wayMs / 2 + OWN_MARGIN_MS + known.marginMs;
  const { start, end, thinkingMs } = estimate;
  if (thinkingMs === undefined || !end) return at(start);
  if (thinkingMs <= CHEAP_MS) return estimate.evidence >= CLEAR_EVIDENCE ? at(end) : at(start) + thinkingMs;
  return aimedBy(estimate, known) === 'end' ? at(end) : at(start);
}

/** The reading that `aim` uses where it matters; undefined without an estimate, or without work of the gym's to account for. */
export function aimedBy(estimate: ClockEstimate | undefined, known: KnownClock): Stamp | undefined {
  if (estimate?.thinkingMs === undefined || estimate.thinkingMs <= CHEAP_MS) return undefined;
  const evidence = estimate.evidence + KNOWN_WEIGHT * known.evidence;
  if (Math.abs(evidence) >= CLEAR_EVIDENCE) return evidence > 0 ? 'end' : 'start';
  return estimate.thinkingMs <= estimate.wayMs + CHEAP_MS ? 'end' : 'start';
}
