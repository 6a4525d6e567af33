// Learns about the gym's clock from the first shots of a race, for the next race at the same box. All functions of this file are pure; what they
// return is stored in the box's database row.
import { type AimedBy, aimedBy, type KnownClock, leadMs, mayJudgeLate } from './aim.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import { CLEAR_EVIDENCE } from './clock-reading.ts';

const MAX_EVIDENCE = 2;
/**
 * How strongly one too-early refusal counts as evidence that `Date` is stamped at the end of the gym's work. For comparison, all probes of one race
 * together count at most 1.
 */
const REFUSAL_EVIDENCE = 2;
/**
 * How strongly a race without a too-early refusal counts for `start` (`Date` is stamped at the start of the gym's work). After twenty races without a
 * too-early refusal, the next race may aim as if `Date` were stamped at the start of the gym's work.
 */
const FINE_EVIDENCE = 0.05;
const MAX_MARGIN_MS = 1_000;
const SOONER_MS = 1;
/**
 * After a first too-early refusal, the margin grows by at least this, ms, if it is clear whether the gym stamps `Date` before or after its work.
 * After a further too-early refusal within two months, the margin grows by at least twice its last increase.
 */
const MIN_LATER_MS = 2;
/** For how long, ms, a margin with which a shot was refused as too early is not used again. */
const REMEMBERED_MS = 60 * 86_400_000;
/** By how many ms the measured thinking of the gym on one shot may be wrong. */
const NEAR_MS = 5;

/**
 * Whether the first shots of a race were refused as too early (`early`) or not. A shot counts only if the gym's last answer to its entrant showed an
 * open class; without such an answer the race may have known a wrong opening. `provenMs` is the time from the sending of an entrant's first shot to
 * the sending of its last shot that was refused as too early. `provenMs` is 0 if only the first shot was refused as too early. `tookMs` is the time
 * to the first shot's answer: the travel to the gym and back, and the gym's thinking.
 */
export type FirstShots = ({ readonly early: false } | { readonly early: true; readonly provenMs: number }) & {
  readonly tookMs?: number | undefined;
};

/**
 * Combines what happened to all shots that were sent at the firing instant into one lesson. If fewer than half of the shots were refused as too
 * early, the lesson is that the race was not early, because single early shots are accidents of the network. If the shots were sent with a lead, one
 * shot that was not refused as too early is enough for the lesson that the race was not early. Returns undefined if there are no shots.
 */
export function together(shots: readonly FirstShots[], reading: AimedBy | undefined): FirstShots | undefined {
  if (shots.length === 0) return undefined;
  const proven = shots.flatMap((one) => (one.early ? one.provenMs : []));
  const tookMs = (early: boolean) =>
    shots.flatMap((one) => (one.early === early ? (one.tookMs ?? []) : [])).sort((a, b) => a - b);
  const isFine = reading === 'ahead' ? proven.length < shots.length : proven.length * 2 < shots.length;
  return isFine
    ? { early: false, tookMs: tookMs(false)[0] }
    : { early: true, provenMs: Math.min(...proven), tookMs: tookMs(true).at(-1) };
}

/**
 * Returns what is known of the gym's clock after a race: what was known before the race, changed by what the race taught. A too-early refusal counts
 * as evidence that the gym stamps `Date` at the end of its work, if the race assumed a stamp at the start that its probes did not clearly show. If a
 * too-early refusal does not count as such evidence, and the shots had no lead, the margin grows by `provenMs` or more, to `MAX_MARGIN_MS` at most.
 * After a race without a lead and without a too-early refusal, the margin becomes 1 ms smaller. The margin does not fall below 0, or to a margin
 * with which a shot was refused as too early within the last two months.
 */
export function learnClock(
  known: KnownClock,
  estimate: ClockEstimate | undefined,
  shots: FirstShots,
  now: Date,
): KnownClock {
  const reading = aimedBy(estimate, known);
  const shown = reading === undefined ? 0 : clearOnly(estimate?.evidence ?? 0);
  const evidence = (more: number): number =>
    Math.min(MAX_EVIDENCE, Math.max(-MAX_EVIDENCE, known.evidence + shown + more));
  const judgesLate = learnJudge(known, estimate, shots);
  if (reading === 'ahead') return { ...known, evidence: evidence(0), judgesLate };
  const { marginMs } = known;
  if (!shots.early) {
    const more = reading === undefined ? 0 : -FINE_EVIDENCE;
    return { ...known, evidence: evidence(more), judgesLate, marginMs: sooner(known, now) };
  }
  if (reading === 'start' && shown > -CLEAR_EVIDENCE)
    return { ...known, evidence: evidence(REFUSAL_EVIDENCE), judgesLate };
  const laterMs = Math.max(shots.provenMs, MIN_LATER_MS, 2 * (marginMs - (lastRefused(known, now) ?? marginMs)));
  return {
    evidence: evidence(0),
    judgesLate,
    marginMs: Math.min(MAX_MARGIN_MS, marginMs + laterMs),
    refusedMarginMs: marginMs,
    refusedAt: now,
  };
}

/**
 * Learns whether the gym judges late, that is, checks at the end of its work on a request whether the class is open. A shot that arrived before the
 * opening and was not refused as too early shows that the gym checks the opening at the end of its work. A shot that was refused as too early
 * although the gym's work on it lasted beyond the opening shows that the gym checks the opening earlier in its work. No probe can show when in its
 * work a gym checks that a class is open. If a race without a too-early refusal leaves unknown when the gym checks the opening, the next race may
 * send with a lead (`to-try`) to find that out. If a race with a lead does not show when the gym checks the opening, puntual assumes a check at the
 * start of the gym's work, because a second race with a lead could cost a place.
 */
function learnJudge(
  known: KnownClock,
  estimate: ClockEstimate | undefined,
  shots: FirstShots,
): KnownClock['judgesLate'] {
  const { judgesLate } = known;
  const reading = aimedBy(estimate, known);
  if (!estimate || !reading) return judgesLate;
  const { thinkingMs = 0, wayMs } = estimate;
  const thoughtMs = (shots.tookMs ?? 0) - wayMs;
  if (!shots.early) {
    if (reading === 'ahead') return 'yes';
    const isToTry = judgesLate === 'unknown' && mayJudgeLate(estimate) && thoughtMs >= thinkingMs - NEAR_MS;
    return isToTry ? 'to-try' : judgesLate;
  }
  const soonerMs = reading === 'start' ? thinkingMs : leadMs(estimate, known);
  if (thoughtMs >= soonerMs + NEAR_MS) return 'no';
  return judgesLate === 'to-try' ? 'no' : judgesLate;
}

/** Evidence too weak to tell when `Date` is stamped counts as 0, because it may be noise, and noise would add up over many races. */
const clearOnly = (evidence: number): number => (Math.abs(evidence) >= CLEAR_EVIDENCE ? evidence : 0);

function sooner(known: KnownClock, now: Date): number {
  const leastMs = (lastRefused(known, now) ?? -SOONER_MS) + SOONER_MS;
  return Math.max(Math.min(known.marginMs, leastMs), known.marginMs - SOONER_MS);
}

/**
 * The margin with which a shot was refused as too early within the last two months, and which must not be used again yet; undefined if there was
 * none.
 */
function lastRefused({ refusedMarginMs, refusedAt }: KnownClock, now: Date): number | undefined {
  const isRemembered = refusedAt !== undefined && now.getTime() - refusedAt.getTime() < REMEMBERED_MS;
  return isRemembered ? refusedMarginMs : undefined;
}
