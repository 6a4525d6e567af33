// Concludes from the probes before one race how far the gym's clock is from ours, under both assumptions: `Date` is stamped before or after the gym's
// work. The functions are pure.
import { likelyIn } from './clock-likelihood.ts';
import { CLEAR_EVIDENCE, type Corner, cornerOf, rttOf, type Stamp, stampEvidence } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/**
 * The gym's clock minus ours, ms, if a request travels to the gym as long as its answer travels back. `offsetMs` is the likeliest value, and
 * `uncertaintyMs` is half of the range in which the difference of the clocks almost surely lies. `leastOffsetMs` is the smallest plausible
 * difference: a request whose instant of sending is worked out from it is hardly ever early.
 */
export interface ClockReading {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  readonly leastOffsetMs: number;
}

/**
 * What the probes before one race tell of the gym's clock, ms. `offsetMs` belongs to the likelier of two assumptions: `start` holds for a gym that
 * stamps `Date` on arrival, `end` for a gym that stamps when it answers. `end` is known only if TCP handshakes were timed. Only an offset and `wayMs`
 * together say when to send (`aim`), because a difference in travel time between the two directions then cancels out.
 */
export interface ClockEstimate {
  readonly offsetMs: number;
  /**
   * How far off `offsetMs` may be: half of the range that the probes leave possible. If the probes do not tell whether `start` or `end` holds,
   * `maxErrorMs` also contains the distance between the offsets of `start` and `end`.
   */
  readonly maxErrorMs: number;
  readonly start: ClockReading;
  readonly end: ClockReading | undefined;
  /** How far the probes show that `Date` is stamped at the `end` (1) or at the `start` (−1) of the gym's work. */
  readonly evidence: number;
  /** The least travel time to the gym and back: of the TCP handshakes if they were timed, else of the fastest probe. */
  readonly wayMs: number;
  /** How much longer the fastest probe took than `wayMs`: the gym's work for the address probed. */
  readonly thinkingMs: number | undefined;
  /** The gym's work for the probed address that two probes in three did not exceed. */
  readonly usualThinkingMs: number | undefined;
  /** The round trip of the fastest probe, the gym's work included. */
  readonly rttMs: number;
  /** The number of probes that were answered. */
  readonly probes: number;
}

/** If the gym works for less than this on a probe, it does not matter when `Date` is stamped, because a shot is delayed by all of that work. */
export const CHEAP_MS = 2;
const USUAL_SHARE = 2 / 3;
/** The share of the probability that lies outside the likely range of the clocks' difference, at each of its ends. */
const RESIDUAL_SHARE = 0.005;
/** With fewer probes than this the jitter is hardly known, so the least offset is the low end of the possible range, less half of the jitter. */
const MANY = 30;
/** A network jitter smaller than this is hidden by our own timers. */
const MIN_JITTER_MS = 0.1;
/** The fastest of six handshakes is slower than the fastest of sixty probes by this share of the jitter, with something to spare. */
const SLOWER_SHARE = 0.75;
/**
 * A probe may be delayed by this many times the jitter, or by a pause of this process of up to `MAX_PAUSE_MS`. A delay longer than `MAX_DELAY` times
 * the jitter, and also longer than `MAX_PAUSE_MS`, counts as the gym's work.
 */
const MAX_DELAY = 4;
const MAX_PAUSE_MS = 5;

/** What the probes tell of the gym's clock; undefined for fewer than two probes, or if no difference of the clocks fits them. */
export function concludeClock(probes: readonly ClockProbe[]): ClockEstimate | undefined {
  if (probes.length < 2) return undefined;
  const { jitterMs, maxDelayMs, wayMs, thinkingMs, usualThinkingMs, rttMs } = networkOf(probes);
  const evidence = stampEvidence(probes, jitterMs);
  const read = (stamp: Stamp): ClockReading | undefined => {
    const corner = cornerOf(probes, stamp, maxDelayMs);
    if (!corner) return undefined;
    const { lowMs, middleMs, highMs } = likelyIn(corner, probes, stamp, jitterMs, RESIDUAL_SHARE);
    const shiftMs = stamp === 'start' ? -wayMs / 2 : wayMs / 2;
    const leastMs = probes.length < MANY ? Math.min(lowMs, corner.lowMs - jitterMs / 2) : lowMs;
    return { offsetMs: middleMs + shiftMs, uncertaintyMs: (highMs - lowMs) / 2, leastOffsetMs: leastMs + shiftMs };
  };
  const start = read('start');
  if (!start) return undefined;
  const end = thinkingMs === undefined ? undefined : read('end');
  const [stamp, { offsetMs }] =
    evidence >= CLEAR_EVIDENCE && end ? (['end', end] as const) : (['start', start] as const);
  const betweenMs = end && Math.abs(evidence) < CLEAR_EVIDENCE ? Math.abs(end.offsetMs - start.offsetMs) : 0;
  // For `maxErrorMs` a probe's delay has no limit, because a machine that stands still for a while delays many probes at once.
  const possible = cornerOf(probes, stamp) ?? { lowMs: 0, highMs: Number.POSITIVE_INFINITY };
  const maxErrorMs = betweenMs + (possible.highMs - possible.lowMs) / 2;
  const network = { wayMs, thinkingMs, usualThinkingMs, rttMs };
  return { offsetMs, maxErrorMs, start, end, evidence, ...network, probes: probes.length };
}

/**
 * Where the next probes are to look for the instant at which the gym's second flips: a range of the difference between the gym's clock and ours at
 * sending. For a gym that may stamp `Date` at the end of its work, the range to be probed covers all of that work. Pauses of our own process are not
 * added to the range to be probed, because a wide range would be searched coarsely. The probes of one round find the flip of the gym's second and, by
 * contradicting each other, tell when `Date` is stamped.
 */
export function windowOf(probes: readonly ClockProbe[]): Corner | undefined {
  const { thinkingMs, jitterMs, rttMs, slowRttMs, maxDelayMs } = networkOf(probes, 0);
  const mayBeEnd =
    thinkingMs !== undefined && thinkingMs > CHEAP_MS && stampEvidence(probes, jitterMs) > -CLEAR_EVIDENCE;
  const end = mayBeEnd ? cornerOf(probes, 'end', maxDelayMs) : undefined;
  return end ? { lowMs: end.lowMs + rttMs, highMs: end.highMs + slowRttMs } : cornerOf(probes, 'start', maxDelayMs);
}

/**
 * What the probes tell of the network. The fastest of a few handshakes is rarely as fast as the network can be, so most of the handshakes' jitter is
 * subtracted. The jitter is that of the handshakes or of the faster probes, whichever is less. The slower probes are left out of the jitter, because
 * they also waited for this process. A shot does not wait for this process, because the sender's thread writes it.
 */
function networkOf(probes: readonly ClockProbe[], maxPauseMs = MAX_PAUSE_MS) {
  const rtts = probes.map(rttOf).sort((a, b) => a - b);
  const at = (share: number) => rtts[Math.floor(rtts.length * share)] ?? 0;
  const [rttMs, slowRttMs] = [at(0), at(0.9)];
  // The latest probe carries the times of all handshakes so far, because all probes go to one host.
  const tcp = probes.findLast((probe) => probe.tcp !== undefined)?.tcp;
  const spreadMs = at(0.25) - rttMs;
  const jitterMs = Math.max(MIN_JITTER_MS, tcp ? Math.min(spreadMs, tcp.medianMs - tcp.fastestMs) : spreadMs);
  const wayMs = tcp ? Math.min(rttMs, Math.max(0, tcp.fastestMs - SLOWER_SHARE * jitterMs)) : rttMs;
  const thinkingMs = tcp && rttMs - wayMs;
  const usualThinkingMs = tcp && at(USUAL_SHARE) - wayMs;
  // At a gym that hardly thinks, all the time that a round trip took beyond the fastest round trip may have been delay.
  const isCheap = thinkingMs === undefined || thinkingMs <= CHEAP_MS;
  const maxDelayMs = isCheap ? undefined : Math.max(MAX_DELAY * jitterMs, maxPauseMs);
  return { rttMs, slowRttMs, jitterMs, wayMs, thinkingMs, usualThinkingMs, maxDelayMs };
}
