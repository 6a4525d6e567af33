// Learns about the gym's clock from the first shots of a race, for the next race at the same box. The functions are pure; the box's row keeps the
// lesson.
import { type AimedBy, aimedBy, type KnownClock, leadMs, mayJudgeLate } from './aim.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import { CLEAR_EVIDENCE } from './clock-reading.ts';

const MAX_EVIDENCE = 2;
/** A refusal as too early counts as much as two searches without doubt. */
const REFUSAL_EVIDENCE = 2;
/** A race without a refusal supports the assumption that sends earlier (`start`) a little: after twenty such races that assumption is tried once. */
const FINE_EVIDENCE = 0.05;
const MAX_MARGIN_MS = 1_000;
const SOONER_MS = 1;
/** The first increase of the margin after a refusal, if the assumption about `Date` was sure; each further increase is twice the last. */
const MIN_LATER_MS = 2;
/** How long a margin that was refused is not tried again, ms. */
const REMEMBERED_MS = 60 * 86_400_000;
/** The time for which a gym thought can be measured no more exactly than this. */
const NEAR_MS = 5;

/**
 * The first shots of a race whose opening was right: refused as too early, or let in. `provenMs` tells how long after the first shot another one was
 * refused as well; 0 if only the first was. `tookMs` is the time to the first answer: the way there and back and the gym's thinking.
 */
export type FirstShots = ({ readonly early: false } | { readonly early: true; readonly provenMs: number }) & {
  readonly tookMs?: number | undefined;
};

/**
 * Makes one lesson of many shots written at the firing instant. One early shot of many is a chance of the network and no lesson; half of them early
 * is a lesson. If the shots were sent ahead, one shot that was let in tells more than all that were refused. Undefined without shots.
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
 * What is known of the gym's clock after a race. A refusal teaches the whole distance at once: by the other assumption about `Date` if the one used
 * was doubtful, else by what the refused shots proved. A race without a refusal makes the next race 1 ms earlier, down to what was refused within two
 * months.
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
 * Learns whether the gym judges late: judges the opening at the end of its work. A shot that arrived before the opening and was let in shows that the
 * gym judges late. A shot that was refused although the work lasted beyond the opening shows that the gym does not. No probe tells, so the race after
 * one that was let in tries it, once. If that try does not tell, the box is taken not to judge late, because each further try could cost a place.
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

/** Evidence that leaves the assumption open counts as 0, because such noise would add up over many races. */
const clearOnly = (evidence: number): number => (Math.abs(evidence) >= CLEAR_EVIDENCE ? evidence : 0);

function sooner(known: KnownClock, now: Date): number {
  const leastMs = (lastRefused(known, now) ?? -SOONER_MS) + SOONER_MS;
  return Math.max(Math.min(known.marginMs, leastMs), known.marginMs - SOONER_MS);
}

/** The margin that must not be tried again yet; undefined when there is none. */
function lastRefused({ refusedMarginMs, refusedAt }: KnownClock, now: Date): number | undefined {
  const isRemembered = refusedAt !== undefined && now.getTime() - refusedAt.getTime() < REMEMBERED_MS;
  return isRemembered ? refusedMarginMs : undefined;
}
