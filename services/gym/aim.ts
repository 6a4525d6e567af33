// When to send, given what a search found and what earlier races showed about the gym's clock. Pure.
import { CHEAP_MS, type ClockEstimate, type ClockReading } from './clock-estimate.ts';
import { CLEAR_EVIDENCE, type Stamp } from './clock-reading.ts';

/** The lessons of earlier races about a gym's clock. */
export interface KnownClock {
  /** That `Date` is stamped at the end (above 0) or at the start of the gym's work (below), −2 to 2. */
  readonly evidence: number;
  /** Does it judge the opening at the end of its work? `to-try`: the next race is to find out. `no`: it does not, or that race did not tell. */
  readonly judgesLate: 'unknown' | 'to-try' | 'yes' | 'no';
  /** How much later than the search says to shoot: what no look at a page shows, say a database's own clock. 0 to 1,000. */
  readonly marginMs: number;
  /** The margin with which a shot was last too early, and when. */
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

/** One earlier search alone may have been wrong and decides nothing. Two that agree decide, and so does a refusal. */
const KNOWN_WEIGHT = 0.5;
/** A request that is early costs a whole answer; one this much later costs nothing, since our own timers are no more exact. */
const OWN_MARGIN_MS = 0.25;
/** Where a gym thinks for less, all that shoot at its opening are thought about alike, whenever it judges. Where for more, a lead is too long. */
const MIN_LATE_MS = 100;
const MAX_LEAD_MS = 500;

/** How `aim` reads the clock; `ahead` is by today's evidence, and sooner: the opening is judged at the end of the work, or that is tried. */
export type AimedBy = Stamp | 'ahead';

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock:
 *
 *   sendAt = openingAt − least offset − way/2 + margin, by the reading that holds for the gym
 *
 * What is left of the path is openingAt − x, with the least x that is at all likely: even the fastest way arrives no earlier. Little
 * thinking at the address looked at (≤ 2 ms) is allowed for in full, however `Date` is stamped. Else the evidence decides, this search's and
 * earlier races'. If neither tells, thinking shorter than the round trip that a refusal would cost is waited for. Longer thinking is
 * not: a request that comes early by it is refused about when it ends, and the next one follows at once.
 * A gym that judges the opening when its work ends is shot at sooner, by that work (`leadMs`).
 * Our own clock is trusted if there is no estimate: sendAt = openingAt + margin.
 */
export const aim = (openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number =>
  againFrom(openingAt, estimate, known) - leadMs(estimate, known);

/** The same without that lead: the next request after one that was refused as too early waits for this. */
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
 * How much sooner `aim` sends where the opening is judged at the end: by the least thinking, so that it is hardly ever early. Where that is yet
 * to be tried, by the usual thinking: a refusal is mostly back before the opening, and costs nothing.
 */
export function leadMs(estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (aimedBy(estimate, known) !== 'ahead') return 0;
  return (known.judgesLate === 'yes' ? estimate?.thinkingMs : estimate?.usualThinkingMs) ?? 0;
}

/** Is it sure when this gym stamps `Date`, and its work so long that it matters when it judges the opening? */
export const mayJudgeLate = ({ evidence, thinkingMs = 0, usualThinkingMs = 0 }: ClockEstimate): boolean =>
  Math.abs(evidence) >= CLEAR_EVIDENCE && thinkingMs >= MIN_LATE_MS && usualThinkingMs <= MAX_LEAD_MS;

/** The reading by which `aim` aims where it matters; without an estimate, or without thinking, there is none. */
export function aimedBy(estimate: ClockEstimate | undefined, known: KnownClock): AimedBy | undefined {
  if (estimate?.thinkingMs === undefined || estimate.thinkingMs <= CHEAP_MS) return undefined;
  if (mayJudgeLate(estimate) && (known.judgesLate === 'to-try' || known.judgesLate === 'yes')) return 'ahead';
  const evidence = estimate.evidence + KNOWN_WEIGHT * known.evidence;
  if (Math.abs(evidence) >= CLEAR_EVIDENCE) return evidence > 0 ? 'end' : 'start';
  return estimate.thinkingMs <= estimate.wayMs + CHEAP_MS ? 'end' : 'start';
}
