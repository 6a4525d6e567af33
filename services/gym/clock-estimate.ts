// Concludes from the probes before one race how far the gym's clock is from ours, under each of two assumptions: `Date` is stamped before or after
// the gym's work. All functions of this file are pure.
import { likelyIn } from './clock-likelihood.ts';
import { CLEAR_EVIDENCE, type Corner, cornerOf, rttOf, type Stamp, stampEvidence } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/**
 * The gym's clock minus ours, ms, on the assumption that a request takes as long to the gym as its answer takes back. `offsetMs` is the likeliest
 * value of the clocks' difference, and `uncertaintyMs` is half the width of the range in which the difference almost surely lies. `leastOffsetMs` is
 * the smallest plausible value of the clocks' difference: a request that is timed by `leastOffsetMs` hardly ever arrives too early.
 */
export interface ClockReading {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  readonly leastOffsetMs: number;
}

/**
 * What the probes before one race tell of the gym's clock; all times are in ms. `offsetMs` belongs to the likelier of two assumptions: `start` holds
 * for a gym that stamps `Date` on arrival, `end` for a gym that stamps when it answers. A reading under the assumption that the gym stamps `Date`
 * when it answers (`end`) exists only if TCP handshakes were timed. `aim` uses an offset only together with the travel time `wayMs`: the error that
 * unequal travel times to the gym and back cause then cancels out.
 */
export interface ClockEstimate {
  readonly offsetMs: number;
  /**
   * How far off the estimated difference of the clocks (`offsetMs`) may be: half the width of the range of differences that the probes leave
   * possible. If the probes do not tell whether the gym stamps `Date` before or after its work, `maxErrorMs` also contains the distance between the
   * offsets of both cases.
   */
  readonly maxErrorMs: number;
  readonly start: ClockReading;
  readonly end: ClockReading | undefined;
  /** From −1 to 1: how clearly the probes show that `Date` is stamped at the end of the gym's work (above 0) or at its start (below 0). */
  readonly evidence: number;
  /** The least travel time to the gym and back: of the TCP handshakes if they were timed, else of the fastest probe. */
  readonly wayMs: number;
  /**
   * How much longer the fastest probe took than the least travel time (`wayMs`): the gym's work for the address probed; undefined if no handshakes
   * were timed.
   */
  readonly thinkingMs: number | undefined;
  /** The usual duration of the gym's work for the address probed: two probes in three took no longer; undefined if no handshakes were timed. */
  readonly usualThinkingMs: number | undefined;
  /** The round trip of the fastest probe, the gym's work included. */
  readonly rttMs: number;
  /** The number of probes that were answered. */
  readonly probes: number;
}

/**
 * If the gym works on a probe for at most this many ms, `aim` need not know when in that work `Date` is stamped. For work that short, `aim` assumes
 * a stamp at the start and sends later by the length of the work, unless the probes clearly show a stamp at the end.
 */
export const CHEAP_MS = 2;
const USUAL_SHARE = 2 / 3;
/** How much of the probability lies below the likely range of the clocks' difference; as much lies above that range. */
const RESIDUAL_SHARE = 0.005;
/**
 * With fewer probes than this, the jitter is hardly known. With so few probes, `leastOffsetMs` lies at least half the jitter below the lowest clock
 * difference that the probes allow.
 */
const MANY = 30;
/** The least network jitter, ms, that is assumed, because our own timers hide any smaller one. */
const MIN_JITTER_MS = 0.1;
/** The fastest of six handshakes is assumed to be slower than the fastest of sixty probes by at most this share of the jitter. */
const SLOWER_SHARE = 0.75;
/**
 * A probe is taken to be delayed by at most this many times the jitter, or by a standstill of this process of at most `MAX_PAUSE_MS`. A delay of a
 * probe's answer that is longer than `MAX_DELAY` times the jitter, and also longer than `MAX_PAUSE_MS`, counts as the gym's work.
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
  // `maxErrorMs` (how wrong the estimated difference of the clocks can be) allows for a delay of any length in any probe, because a standstill
  // of this process delays many probes at once.
  const possible = cornerOf(probes, stamp) ?? { lowMs: 0, highMs: Number.POSITIVE_INFINITY };
  const maxErrorMs = betweenMs + (possible.highMs - possible.lowMs) / 2;
  const network = { wayMs, thinkingMs, usualThinkingMs, rttMs };
  return { offsetMs, maxErrorMs, start, end, evidence, ...network, probes: probes.length };
}

/**
 * Returns a range of differences: the gym's clock when the gym stamps a probe's `Date`, minus our clock when that probe is sent. The next probes are
 * spread over the instants at which they may meet the flip of the gym's second: a whole second minus each difference in the range. For a gym that may
 * stamp `Date` at the end of its work, the range allows for all round trips but the slowest tenth. Standstills of our own process do not widen the
 * range, because the next probes are few and would search a wide range coarsely. The probes also show whether `Date` is stamped at the start or at
 * the end of the gym's work: under the wrong one of these two assumptions the probes contradict each other.
 */
export function windowOf(probes: readonly ClockProbe[]): Corner | undefined {
  const { thinkingMs, jitterMs, rttMs, slowRttMs, maxDelayMs } = networkOf(probes, 0);
  const mayBeEnd =
    thinkingMs !== undefined && thinkingMs > CHEAP_MS && stampEvidence(probes, jitterMs) > -CLEAR_EVIDENCE;
  const end = mayBeEnd ? cornerOf(probes, 'end', maxDelayMs) : undefined;
  return end ? { lowMs: end.lowMs + rttMs, highMs: end.highMs + slowRttMs } : cornerOf(probes, 'start', maxDelayMs);
}

/**
 * What the probes tell of the network between puntual and the gym (travel time, jitter, longest delay), and of the gym's thinking. The fastest of a
 * few handshakes is rarely as fast as the network can be, so most of the handshakes' jitter is subtracted from its time to estimate the travel time
 * `wayMs`. The jitter is that of the handshakes or that of the fastest quarter of the probes, whichever is smaller. The slower three quarters of the
 * probes are not used to measure the jitter, because some of them also waited for this process's main thread. A shot does not wait for the main
 * thread, because the sender's thread writes it.
 */
function networkOf(probes: readonly ClockProbe[], maxPauseMs = MAX_PAUSE_MS) {
  const rtts = probes.map(rttOf).sort((a, b) => a - b);
  const at = (share: number) => rtts[Math.floor(rtts.length * share)] ?? 0;
  const [rttMs, slowRttMs] = [at(0), at(0.9)];
  // A probe's `tcp` covers all recent handshakes with the host, those of earlier probes included, so the last `tcp` is enough.
  const tcp = probes.findLast((probe) => probe.tcp !== undefined)?.tcp;
  const spreadMs = at(0.25) - rttMs;
  const jitterMs = Math.max(MIN_JITTER_MS, tcp ? Math.min(spreadMs, tcp.medianMs - tcp.fastestMs) : spreadMs);
  const wayMs = tcp ? Math.min(rttMs, Math.max(0, tcp.fastestMs - SLOWER_SHARE * jitterMs)) : rttMs;
  const thinkingMs = tcp && rttMs - wayMs;
  const usualThinkingMs = tcp && at(USUAL_SHARE) - wayMs;
  // At a gym that hardly thinks, any time that a round trip took beyond the fastest round trip may have been delay outside the gym.
  const isCheap = thinkingMs === undefined || thinkingMs <= CHEAP_MS;
  const maxDelayMs = isCheap ? undefined : Math.max(MAX_DELAY * jitterMs, maxPauseMs);
  return { rttMs, slowRttMs, jitterMs, wayMs, thinkingMs, usualThinkingMs, maxDelayMs };
}
