// What a race's first shots teach about the gym's clock, for the next race at the same box. Pure; the box's row stores it.
import { aimedBy, type KnownClock } from './aim.ts';
import type { ClockEstimate } from './clock-estimate.ts';
import { CLEAR_EVIDENCE } from './clock-reading.ts';

const MAX_EVIDENCE = 2;
/** A refusal counts as much as two searches without doubt. */
const REFUSAL_EVIDENCE = 2;
/** A race that was not early supports the earlier reading a little: after twenty of them it is tried once. */
const FINE_EVIDENCE = 0.05;
const MAX_MARGIN_MS = 1_000;
const SOONER_MS = 1;
/** The first step later where the reading was sure; each further one is twice the last. */
const MIN_LATER_MS = 2;
/** How long a margin that was refused is not tried again. */
const REMEMBERED_MS = 60 * 86_400_000;

/**
 * The first shots of a race at a right opening: refused as too early, or accepted. `provenMs`: a shot this long after the first was refused as
 * well; 0 if only the first was.
 */
export type FirstShots = { readonly early: false } | { readonly early: true; readonly provenMs: number };

/**
 * A refusal teaches the whole distance at once: by the other reading if this one was doubtful, else what the refused shots proved. A race without
 * a refusal makes the next one 1 ms earlier, down to what was refused within two months.
 */
export function learnClock(
  known: KnownClock,
  estimate: ClockEstimate | undefined,
  shots: FirstShots,
  now: Date,
): KnownClock {
  const reading = aimedBy(estimate, known);
  const shown = reading === undefined ? 0 : clearOnly(estimate?.evidence ?? 0);
  const { marginMs, refusedMarginMs, refusedAt } = known;
  const withEvidence = (more: number): KnownClock => ({
    marginMs,
    refusedMarginMs,
    refusedAt,
    evidence: Math.min(MAX_EVIDENCE, Math.max(-MAX_EVIDENCE, known.evidence + shown + more)),
  });
  if (!shots.early) {
    return { ...withEvidence(reading === undefined ? 0 : -FINE_EVIDENCE), marginMs: sooner(known, now) };
  }
  if (reading === 'start' && shown > -CLEAR_EVIDENCE) return withEvidence(REFUSAL_EVIDENCE);
  const laterMs = Math.max(shots.provenMs, MIN_LATER_MS, 2 * (marginMs - (lastRefused(known, now) ?? marginMs)));
  return {
    ...withEvidence(0),
    marginMs: Math.min(MAX_MARGIN_MS, marginMs + laterMs),
    refusedMarginMs: marginMs,
    refusedAt: now,
  };
}

/** Evidence that does not decide between the readings is noise, and would add up over many races. */
const clearOnly = (evidence: number): number => (Math.abs(evidence) >= CLEAR_EVIDENCE ? evidence : 0);

function sooner(known: KnownClock, now: Date): number {
  const leastMs = (lastRefused(known, now) ?? -SOONER_MS) + SOONER_MS;
  return Math.max(Math.min(known.marginMs, leastMs), known.marginMs - SOONER_MS);
}

/** The margin that is not to be tried again yet. */
function lastRefused({ refusedMarginMs, refusedAt }: KnownClock, now: Date): number | undefined {
  const isRemembered = refusedAt !== undefined && now.getTime() - refusedAt.getTime() < REMEMBERED_MS;
  return isRemembered ? refusedMarginMs : undefined;
}
