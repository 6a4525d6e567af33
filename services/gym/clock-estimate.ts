// From the probes of one search to what is known of the gym's clock, by both readings of `Date`. Pure.
import { likelyIn } from './clock-likelihood.ts';
import { CLEAR_EVIDENCE, type Corner, cornerOf, rttOf, type Stamp, stampEvidence } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/**
 * Gym's clock minus ours, assuming equal ways there and back: the likeliest value, ± half of the range in which it almost surely lies. And the
 * least that it can be: a request aimed by it is hardly ever early.
 */
export interface ClockReading {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  readonly leastOffsetMs: number;
}

/**
 * The findings of a search, ms. `offsetMs` is the likelier reading's; `start` holds for a gym that stamps `Date` on arrival, `end` for one that
 * stamps when it answers (known only where the way was timed). Only an offset and `wayMs` together say when to send (`aim`): there an
 * unequal path cancels out.
 */
export interface ClockEstimate {
  readonly offsetMs: number;
  /**
   * How far off `offsetMs` may be: half of all that the probes leave possible and, if they do not tell the readings apart, the distance between
   * those.
   */
  readonly maxErrorMs: number;
  readonly start: ClockReading;
  readonly end: ClockReading | undefined;
  /** How far the probes support `end` (1) or `start` (−1). */
  readonly evidence: number;
  /** The fastest way there and back: TCP's where it was timed, else the fastest probe's. */
  readonly wayMs: number;
  /** The fastest probe's time beyond that: the gym's work for the page. */
  readonly thinkingMs: number | undefined;
  /** The same of two probes in three, at most. */
  readonly usualThinkingMs: number | undefined;
  /** The fastest probe, there and back, thinking included. */
  readonly rttMs: number;
  /** How many answered. */
  readonly probes: number;
}

/** Up to this much work it does not matter how `Date` is read: all of it is allowed for. */
export const CHEAP_MS = 2;
const USUAL_SHARE = 2 / 3;
/** So small a share of all differences that fit is less than the least that is reckoned with. */
const RESIDUAL_SHARE = 0.005;
/** With fewer probes the jitter is hardly known: the end of the possible range counts, and half of that jitter. */
const MANY = 30;
/** Below this our own timers hide the network's jitter. */
const MIN_JITTER_MS = 0.1;
/** The share of the jitter by which the fastest of six handshakes is slower than the fastest of sixty probes, with something to spare. */
const SLOWER_SHARE = 0.75;
/** How many times the jitter a probe may be delayed, or by a pause of this process; more than that was the gym's work. */
const MAX_DELAY = 4;
const MAX_PAUSE_MS = 5;

/** undefined for fewer than two probes. */
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
  // Delays have no limit here: a machine that stands still for a while delays many probes at once.
  const possible = cornerOf(probes, stamp) ?? { lowMs: 0, highMs: Number.POSITIVE_INFINITY };
  const maxErrorMs = betweenMs + (possible.highMs - possible.lowMs) / 2;
  const network = { wayMs, thinkingMs, usualThinkingMs, rttMs };
  return { offsetMs, maxErrorMs, start, end, evidence, ...network, probes: probes.length };
}

/**
 * Where to look next, as the gym's clock minus ours at sending. A gym that may stamp at the end is probed over the whole range its work may
 * cover. Our own pauses are left out: a wide range would be searched coarsely. The same probes find the flip and, by contradicting each other,
 * tell how to read them.
 */
export function windowOf(probes: readonly ClockProbe[]): Corner | undefined {
  const { thinkingMs, jitterMs, rttMs, slowRttMs, maxDelayMs } = networkOf(probes, 0);
  const mayBeEnd =
    thinkingMs !== undefined && thinkingMs > CHEAP_MS && stampEvidence(probes, jitterMs) > -CLEAR_EVIDENCE;
  const end = mayBeEnd ? cornerOf(probes, 'end', maxDelayMs) : undefined;
  return end ? { lowMs: end.lowMs + rttMs, highMs: end.highMs + slowRttMs } : cornerOf(probes, 'start', maxDelayMs);
}

/**
 * The fastest of a few handshakes is rarely as fast as the way can be, so most of their jitter is subtracted. The jitter is that of the
 * handshakes or of the faster probes, whichever is less. The slower ones also waited for this process; the shot does not: its own thread writes
 * it.
 */
function networkOf(probes: readonly ClockProbe[], maxPauseMs = MAX_PAUSE_MS) {
  const rtts = probes.map(rttOf).sort((a, b) => a - b);
  const at = (share: number) => rtts[Math.floor(rtts.length * share)] ?? 0;
  const [rttMs, slowRttMs] = [at(0), at(0.9)];
  // The handshakes as the latest probe knows them; all probes go to one host.
  const tcp = probes.findLast((probe) => probe.tcp !== undefined)?.tcp;
  const spreadMs = at(0.25) - rttMs;
  const jitterMs = Math.max(MIN_JITTER_MS, tcp ? Math.min(spreadMs, tcp.medianMs - tcp.fastestMs) : spreadMs);
  const wayMs = tcp ? Math.min(rttMs, Math.max(0, tcp.fastestMs - SLOWER_SHARE * jitterMs)) : rttMs;
  const thinkingMs = tcp && rttMs - wayMs;
  const usualThinkingMs = tcp && at(USUAL_SHARE) - wayMs;
  // All that a round trip took beyond the fastest one may have been delay where the gym hardly thinks.
  const isCheap = thinkingMs === undefined || thinkingMs <= CHEAP_MS;
  const maxDelayMs = isCheap ? undefined : Math.max(MAX_DELAY * jitterMs, maxPauseMs);
  return { rttMs, slowRttMs, jitterMs, wayMs, thinkingMs, usualThinkingMs, maxDelayMs };
}
