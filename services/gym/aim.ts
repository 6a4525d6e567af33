// Works out when to send a booking request, from the probes of the gym's clock and from what earlier races taught about that clock. All functions of
// this file are pure.
import { CHEAP_MS, type ClockEstimate, type ClockReading } from './clock-estimate.ts';
import { CLEAR_EVIDENCE, type Stamp } from './clock-reading.ts';

/** What earlier races taught about one gym's clock, and about when in its work the gym checks that a class is open. */
export interface KnownClock {
  /**
   * The evidence of earlier races, −2 to 2, of when the gym stamps `Date`: above 0, at the end of its work on a request; below 0, at the start. The
   * farther from 0, the stronger is the evidence.
   */
  readonly evidence: number;
  /**
   * Whether the gym checks at the end of its work on a request, not at the start, that the class is open. `to-try`: the next race sends its request
   * with a lead, to find out when in its work the gym checks that the class is open. `no`: the gym checks at the start of its work whether the class
   * is open, or the race that sent with a lead did not show when the gym checks.
   */
  readonly judgesLate: 'unknown' | 'to-try' | 'yes' | 'no';
  /**
   * How much later a shot is sent than the probes of the gym's clock alone would suggest, 0 to 1,000 ms. The margin covers a difference of clocks
   * that no probe of the gym's clock shows: the gym's database may have a clock of its own.
   */
  readonly marginMs: number;
  /** The margin, ms, that stood before a too-early refusal last raised it; undefined if no refusal did. */
  readonly refusedMarginMs: number | undefined;
  /** When a too-early refusal last raised the margin; undefined if no refusal did. */
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
 * The factor by which the evidence of earlier races is multiplied before it is added to the evidence of this race's probes. The probes of one earlier
 * race may have been wrong, and alone do not decide whether `aim` assumes that the gym stamps `Date` before or after its work. The probes of two
 * earlier races can decide this assumption if both races clearly showed the same. One too-early refusal can weigh as much as two such races.
 */
const KNOWN_WEIGHT = 0.5;
/**
 * Each request is aimed to arrive this many milliseconds after the opening, because one that arrives before the opening costs the time of a whole
 * refusal. An arrival 0.25 ms after the opening loses nothing, because our own timers are no more exact.
 */
const OWN_MARGIN_MS = 0.25;
/** At a gym that thinks for less than this, ms, a request gets no lead, even if the gym checks at the end of its work that the class is open. */
const MIN_LATE_MS = 100;
/** At a gym that usually thinks for more than this, ms, a request gets no lead. */
const MAX_LEAD_MS = 500;

/**
 * What `aim` assumes about when the gym stamps `Date`; the instant of sending follows from this assumption. With `ahead` (a request with a lead),
 * only the evidence of this race's probes decides whether `aim` assumes a stamp before or after the gym's work. A request gets a lead at a gym
 * that is known to check at the end of its work that the class is open, and in the race that is to find out whether the gym does. In both cases
 * `mayJudgeLate` must allow the lead.
 */
export type AimedBy = Stamp | 'ahead';

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock.
 *
 * sendAt = openingAt − offset (the gym's clock minus ours) − roundTrip/2 + margin. In the formula for sendAt, roundTrip is the time of a request to
 * the gym and back. In the formula for sendAt, offset is the smallest plausible value of the gym's clock minus ours. The value of offset depends on
 * whether the gym is assumed to stamp `Date` before or after its work.
 *
 * The sum offset + roundTrip/2 is the gym's clock when a request arrives minus our clock when the request was sent. How the round trip divides into
 * the way there and the way back does not change this sum. The smallest plausible sum is taken, so that even the fastest request does not arrive
 * before the opening. If the gym thinks for at most 2 ms at the probed address, sendAt is worked out for a stamp before the gym's work, plus the
 * thinking time. Exception: if this race's probes clearly show that such a gym stamps `Date` after its work, sendAt is worked out for that stamp,
 * without the thinking time. If the gym thinks longer than 2 ms, the evidence of this race's probes and of earlier races decides whether `aim`
 * assumes a stamp before or after the gym's work. If the evidence does not decide when the gym stamps `Date`, a thinking time of at most roundTrip +
 * 2 ms is added to sendAt, and a longer thinking time is not added. A request that arrives early by the length of the gym's thinking is refused at
 * about the opening, and the next request follows immediately. At a gym that checks at the end of its work whether the class is open, sendAt is
 * earlier by about the time of that work (`leadMs`). Without an estimate of the gym's clock, our own clock is trusted: sendAt = openingAt + margin.
 */
export const aim = (openingAt: Date, estimate: ClockEstimate | undefined, known: KnownClock): number =>
  againFrom(openingAt, estimate, known) - leadMs(estimate, known);

/** The earliest instant, epoch ms, at which another request may be sent after one was refused as too early: as `aim`, but without the lead. */
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
 * The lead, ms: how much earlier `aim` sends because the gym checks at the end of its work whether the class is open; 0 if no lead is used. At a gym
 * that is known to check the opening at the end of its work, the lead is the gym's shortest thinking, so that hardly any request is too early. In the
 * race that is to find out whether the gym checks the opening at the end of its work, the lead is the gym's usual thinking. With the gym's usual
 * thinking as the lead, a refusal mostly leaves the gym before the opening, and costs hardly any time.
 */
export function leadMs(estimate: ClockEstimate | undefined, known: KnownClock): number {
  if (aimedBy(estimate, known) !== 'ahead') return 0;
  return (known.judgesLate === 'yes' ? estimate?.thinkingMs : estimate?.usualThinkingMs) ?? 0;
}

/**
 * True when a lead may be used. This race's probes must show clearly whether the gym stamps `Date` at the start or at the end of its work. The gym's
 * shortest thinking must be at least `MIN_LATE_MS`, and its usual thinking at most `MAX_LEAD_MS`.
 */
export const mayJudgeLate = ({ evidence, thinkingMs = 0, usualThinkingMs = 0 }: ClockEstimate): boolean =>
  Math.abs(evidence) >= CLEAR_EVIDENCE && thinkingMs >= MIN_LATE_MS && usualThinkingMs <= MAX_LEAD_MS;

/**
 * What `aim` assumes about when the gym stamps `Date`; undefined if the gym's thinking was not measured, or is so short that the assumption hardly
 * matters.
 */
export function aimedBy(estimate: ClockEstimate | undefined, known: KnownClock): AimedBy | undefined {
  if (estimate?.thinkingMs === undefined || estimate.thinkingMs <= CHEAP_MS) return undefined;
  if (mayJudgeLate(estimate) && (known.judgesLate === 'to-try' || known.judgesLate === 'yes')) return 'ahead';
  const evidence = estimate.evidence + KNOWN_WEIGHT * known.evidence;
  if (Math.abs(evidence) >= CLEAR_EVIDENCE) return evidence > 0 ? 'end' : 'start';
  return estimate.thinkingMs <= estimate.wayMs + CHEAP_MS ? 'end' : 'start';
}
