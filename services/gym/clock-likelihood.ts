// Computes how likely each difference between the gym's clock and ours is, given the answers to all probes. The likely range of the clocks'
// difference is narrower than the range that the probes leave possible, because a delay of many times the jitter is possible but improbable. All
// functions of this file are pure.
import { type Corner, rttOf, type Stamp, secondOf, told } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/** The range in which the difference of the gym's clock and ours may lie is divided into this many steps. A probability is computed at each step. */
const STEPS = 160;
/**
 * The least probability that is given to any probe's answer, so that a stale `Date` or a gym server with another clock does not make the clocks' true
 * difference impossible.
 */
const MIN_PROBABILITY = 1e-3;
/** The inexactness of our own timers, ms, by which the possible range of the clocks' difference is widened at both ends. */
const TIMER_MS = 0.3;
/**
 * The share of probes that are assumed to be delayed because this process stood still before they were sent. The delay of a probe that a
 * standstill of this process held up is taken as exponentially distributed with the mean `jitterMs` + `PAUSE_MS`.
 */
const PAUSED_SHARE = 0.05;
const PAUSE_MS = 5;
/**
 * From each probe, `secondOf` gives a range, one second long, for the clocks' difference. `likelyIn` leaves a probe out if both ends of its range lie
 * outside `corner` (widened by `TIMER_MS`) by more than `PAUSE_MS` plus `FAR` times `jitterMs`.
 */
const FAR = 8;

/**
 * The likely range of the difference between the gym's clock and ours. The probability that the difference lies below `lowMs` is the parameter
 * `share` of `likelyIn`; the probability that the difference lies above `highMs` is the same. The difference lies below `middleMs` with probability
 * one half.
 */
export interface Likely extends Corner {
  readonly middleMs: number;
}

/**
 * Returns the range inside `corner` (the range that the probes leave possible) in which the difference of the clocks most likely lies. If the gym
 * writes `Date` when its work on a request starts (`start`), the clocks' difference is the gym's clock when the request arrives − ours when it is
 * sent. If the gym writes `Date` when its work ends (`end`), the difference is the gym's clock when it answers − ours when the answer is heard. The
 * probes' delays are taken as exponentially distributed: with the mean `jitterMs` + `PAUSE_MS` for the share `PAUSED_SHARE` of the probes, and with
 * the mean `jitterMs` for the others. A probe's delay (the time lost on one way of its round trip) is at most the time that the round trip took
 * beyond the fastest round trip.
 */
export function likelyIn(
  corner: Corner,
  probes: readonly ClockProbe[],
  stamp: Stamp,
  jitterMs: number,
  share: number,
): Likely {
  const fastestMs = Math.min(...probes.map(rttOf));
  const { lowMs, highMs } = told({ lowMs: corner.lowMs - TIMER_MS, highMs: corner.highMs + TIMER_MS }, stamp);
  const farMs = FAR * jitterMs + PAUSE_MS;
  const near = probes
    .map((probe) => ({ ...secondOf(probe, stamp), maxMs: rttOf(probe) - fastestMs + TIMER_MS }))
    .filter((one) => [one.lowMs, one.highMs].some((edge) => edge > lowMs - farMs && edge < highMs + farMs));
  const tried = Array.from({ length: STEPS + 1 }, (_, step) => lowMs + ((highMs - lowMs) * step) / STEPS);
  const logs = tried.map((at) =>
    near.reduce((sum, one) => sum + Math.log(Math.max(MIN_PROBABILITY, chance(one, at, jitterMs))), 0),
  );
  const best = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - best));
  const below = (part: number) => tried[indexOf(weights, part)] ?? lowMs;
  const found = told({ lowMs: below(share), highMs: below(1 - share) }, stamp);
  const middle = told({ lowMs: below(0.5), highMs: below(0.5) }, stamp);
  return { ...found, middleMs: middle.lowMs };
}

/** The probability that a probe's answer shows the second that it did show, if the difference of the clocks is `at`. */
function chance(second: Corner & { maxMs: number }, at: number, jitterMs: number): number {
  const leastMs = second.lowMs - at;
  if (leastMs > second.maxMs || at >= second.highMs) return 0;
  const within = (meanMs: number) =>
    Math.exp(-Math.max(0, leastMs) / meanMs) - Math.exp(-(second.highMs - at) / meanMs);
  return (1 - PAUSED_SHARE) * within(jitterMs) + PAUSED_SHARE * within(jitterMs + PAUSE_MS);
}

function indexOf(weights: readonly number[], part: number): number {
  const sum = weights.reduce((all, one) => all + one, 0);
  let below = 0;
  return weights.findIndex((weight) => {
    below += weight;
    return below >= part * sum;
  });
}
