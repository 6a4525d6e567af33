// Combines the probes of a gym's clock under two assumptions: a server stamps `Date` either when a request arrives or when its answer is ready. This
// file only computes with the whole seconds that `Date` shows; it sends nothing and reads no clock.
import type { ClockProbe } from './gym.ts';

/** When a gym stamps `Date`: at the start of its work on a request, or at the end. */
export type Stamp = 'start' | 'end';

/**
 * A range of differences between the gym's clock and ours, ms. Each function that returns a `Corner` says which of the two clocks is subtracted, and
 * which travel time the range includes.
 */
export interface Corner {
  readonly lowMs: number;
  readonly highMs: number;
}

export const SECOND_MS = 1_000;
/**
 * If the evidence (`stampEvidence`) is at least this number, puntual assumes that the gym stamps `Date` at the end of its work. If the evidence is at
 * most minus this number, puntual assumes that the gym stamps `Date` at the start of its work. For gyms with a working time that varies by 30 %,
 * puntual's assumption about when `Date` is stamped was wrong in 2 of 6,000 simulations with this limit.
 */
export const CLEAR_EVIDENCE = 0.5;

/**
 * The most, in ms, that one probe counts against one assumption about when `Date` is stamped, because a stale `Date` must not outweigh all other
 * probes.
 */
const MAX_CONTRADICTION_MS = 100;
/**
 * The share of the probes, the fastest first, by which `stampEvidence` judges when `Date` is stamped. The slowest tenth is left out, because network
 * delays make slow probes contradict both assumptions about `Date` (stamped at the start of the gym's work, or at its end).
 */
const TRUSTED_SHARE = 0.9;
/**
 * Our own timers and the network alone can make probes contradict each other by up to `NOISE_MS` plus `NOISE_JITTERS` times the network's jitter,
 * ms. If the sum of the contradictions for `start` and for `end` (`contradictionMs`) is below that limit, the probes alone do not decide between
 * `start` and `end`.
 */
const NOISE_MS = 2;
const NOISE_JITTERS = 2;

export const rttOf = (probe: ClockProbe): number => probe.receivedAtMs - probe.sentAtMs;

/**
 * Returns the range that one probe gives. `Date` shows whole seconds, so the range is one second long. With the stamp `start` (the gym writes `Date`
 * when a probe arrives), the range contains the clock difference (gym minus ours) plus the travel time to the gym. With the stamp `end` (the gym
 * writes `Date` as it answers), the range contains the reversed clock difference (ours minus gym) plus the travel time back.
 */
export function secondOf(probe: ClockProbe, stamp: Stamp): Corner {
  if (stamp === 'start') {
    const lowMs = probe.dateMs - probe.sentAtMs;
    return { lowMs, highMs: lowMs + SECOND_MS };
  }
  const highMs = probe.receivedAtMs - probe.dateMs;
  return { lowMs: highMs - SECOND_MS, highMs };
}

/**
 * Turns a range from `secondOf` into a range of the clock difference (the gym's clock minus ours). The result is too high by the travel time to the
 * gym (stamp `start`), or too low by the travel time back (stamp `end`). For the stamp `end`, `secondOf` subtracts the gym's clock from ours, so
 * `told` reverses that range.
 */
export const told = ({ lowMs, highMs }: Corner, stamp: Stamp): Corner =>
  stamp === 'start' ? { lowMs, highMs } : { lowMs: -highMs, highMs: -lowMs };

/**
 * Returns the corner: the range in which a sum of two times lies. With the stamp `start`, the sum is the clock difference (gym minus ours) plus the
 * fastest travel time to the gym. With the stamp `end`, the sum is the clock difference (gym minus ours) minus the fastest travel time back. The
 * range of a probe that travelled slower than the fastest probe is widened by the probe's delay. A delay is taken to be the time that the probe's
 * round trip took beyond the fastest round trip, and at most `maxDelayMs`. The corner is the range on which the largest number of probes agree
 * (Marzullo's algorithm), so that a stale cached `Date` or a second backend does not decide the result.
 */
export function cornerOf(
  probes: readonly ClockProbe[],
  stamp: Stamp,
  maxDelayMs = Number.POSITIVE_INFINITY,
): Corner | undefined {
  const fastestMs = Math.min(...probes.map(rttOf));
  const edges = probes.flatMap((probe) => {
    const { lowMs, highMs } = secondOf(probe, stamp);
    return [
      { atMs: lowMs - Math.min(rttOf(probe) - fastestMs, maxDelayMs), step: 1 },
      { atMs: highMs, step: -1 },
    ];
  });
  edges.sort((a, b) => a.atMs - b.atMs || b.step - a.step);
  let agreeing = 0;
  let most = 0;
  let best: Corner | undefined;
  for (const [at, edge] of edges.entries()) {
    agreeing += edge.step;
    const next = edges[at + 1];
    if (agreeing <= most || !next) continue;
    most = agreeing;
    best = { lowMs: edge.atMs, highMs: next.atMs };
  }
  return best && told(best, stamp);
}

/**
 * How clearly the probes show that the gym stamps `Date` at the end (up to 1) or at the start (down to −1) of its work; about 0 if they cannot tell.
 * The time that a gym works on a call varies from call to call. Under the right assumption about `Date` the probes agree on one difference of the
 * clocks; under the wrong one they contradict each other by as much as the gym's working time varies.
 */
export function stampEvidence(probes: readonly ClockProbe[], jitterMs: number): number {
  const trusted = [...probes].sort((a, b) => rttOf(a) - rttOf(b)).slice(0, Math.ceil(probes.length * TRUSTED_SHARE));
  const [start, end] = [contradictionMs(trusted, 'start'), contradictionMs(trusted, 'end')];
  return (start - end) / (start + end + NOISE_MS + NOISE_JITTERS * jitterMs);
}

/**
 * How far the probes contradict each other, ms, if `Date` is stamped as `stamp` says. One difference of the clocks is assumed, and the distances of
 * all probes' ranges (`secondOf`) from that difference are added up. The result is the least sum that any assumed difference gives.
 */
function contradictionMs(probes: readonly ClockProbe[], stamp: Stamp): number {
  const seconds = probes.map((probe) => secondOf(probe, stamp));
  const missedBy = (atMs: number) =>
    seconds.reduce(
      (sum, { lowMs, highMs }) => sum + Math.min(MAX_CONTRADICTION_MS, Math.max(0, lowMs - atMs, atMs - highMs)),
      0,
    );
  // Each probe gives one range, a second long, in which the difference of the clocks may lie. `missedBy` (the sum of the probes' distances from one
  // assumed difference of the clocks) is linear or concave between the ends of the probes' ranges, so it is least at an end.
  return Math.min(...seconds.flatMap(({ lowMs, highMs }) => [missedBy(lowMs), missedBy(highMs)]));
}
