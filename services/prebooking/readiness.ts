// Will this prebooking succeed, as far as can be known beforehand? Facts in, a colour and its remedies out. It reads nothing itself
// (check-readiness.ts does) and repairs nothing.
import { z } from 'zod';
import type { Missing } from './outcome.ts';

/**
 * What stands in the way:
 * - `no-session`: no background session that could be renewed: only the member can help, by signing in at the gym again;
 * - `session-in-doubt`: the gym may not know the session any more; we go on trying;
 * - `class-gone`: the day is published and nothing stands at that hour;
 * - `class-cancelled`: the gym has called the class off;
 * - `class-closed`: the gym does not let members book it, as things stand;
 * - `class-changed`: another kind of class stands there, or the class at another hour: the member is asked;
 * - `no-wake-up`: the queue was not asked yet; the sweep asks, and in the end wakes by itself;
 * - `opening-unsure`: when it opens was worked out from a rule that little speaks for, or in a zone that is assumed;
 * - `clock-skew`: our clock and the gym's are seconds apart; the race corrects it, the operator should;
 * - `gym-unreachable`: the gym could not be asked just now.
 */
const kinds = [
  'no-session',
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'session-in-doubt',
  'no-wake-up',
  'opening-unsure',
  'clock-skew',
  'gym-unreachable',
] as const;
export type FindingKind = (typeof kinds)[number];

export const readinessShape = z.object({
  level: z.enum(['green', 'amber', 'red']),
  /** The worst first. */
  findings: z.array(z.object({ kind: z.enum(kinds), remedy: z.string() })),
  checkedAt: z.string(),
});
export type Readiness = Readonly<z.infer<typeof readinessShape>>;

/** When to look, before the opening: a day, an hour, five minutes. */
export const MARKS_MS = [24 * 60 * 60_000, 60 * 60_000, 5 * 60_000] as const;

const REMEDIES: Record<FindingKind, string> = {
  'no-session': 'Sign in at the gym again.',
  'class-gone': 'The class is not on the timetable: withdraw this wish or make another.',
  'class-cancelled': 'The gym called the class off: withdraw this wish or make another.',
  'class-closed': 'The gym keeps this class for its staff or has switched it off: ask there, or make another wish.',
  'class-changed': 'The gym changed the class: see what stands there now, and make another wish if you want it.',
  'session-in-doubt': 'Nothing to do yet: we keep renewing the login. Signing in again would help.',
  'no-wake-up': 'Nothing to do: the wake-up is asked for again each minute.',
  'opening-unsure':
    'When booking opens is our guess, or the box’s time zone is: see in the gym’s own app, and give opensAt if you know better.',
  'clock-skew': 'The operator should set this machine’s clock; the race corrects for it.',
  'gym-unreachable': 'Nothing to do: we look again.',
};

/** These cost the place unless a person acts; the others may still resolve by themselves. */
const RED: readonly FindingKind[] = ['no-session', 'class-gone', 'class-cancelled', 'class-closed'];

export interface ReadinessFacts {
  /** The status in the row, or `mending` for a dead session that a kept login restores in time; absent when there is none. */
  readonly backgroundStatus: string | undefined;
  /** Whether the gym knows the session; undefined when it could not be asked. */
  readonly isAlive: boolean | undefined;
  /** What has become of the class; undefined if it is there, or if the day could not be read or is not published yet. */
  readonly missing: Missing | undefined;
  readonly couldReadDay: boolean;
  readonly hasWakeUp: boolean;
  /** How reliable the rule is that the opening comes from, 0 to 1; undefined when the member gave the instant. */
  readonly openingConfidence: number | undefined;
  /** The opening was computed in a zone that is not declared and that no opening has shown. */
  readonly isZoneAssumed: boolean;
  /** Gym's clock minus ours, roughly. */
  readonly skewMs: number | undefined;
}

/** An HTTP Date and a round trip show no more than this. */
const MAX_SKEW_MS = 2_000;
/** Below this an opening by the box's rule is called unsure. */
export const MIN_CONFIDENCE = 0.6;
/** The states of a background session that only a new login at the gym can fix. */
export const UNUSABLE: readonly string[] = ['needs-login', 'revoked', 'quarantined'];

export function judgeReadiness(facts: ReadinessFacts, now: Date): Readiness {
  const { backgroundStatus: status } = facts;
  const hasSession = status !== undefined && !UNUSABLE.includes(status);
  const isInDoubt = ['uncertain', 'suspect', 'mending'].includes(status ?? '') || facts.isAlive === false;
  const found: Record<FindingKind, boolean> = {
    'no-session': !hasSession,
    'class-gone': facts.missing === 'class-gone',
    'class-cancelled': facts.missing === 'class-cancelled',
    'class-closed': facts.missing === 'class-closed',
    'class-changed': facts.missing === 'class-changed',
    'session-in-doubt': hasSession && isInDoubt,
    'no-wake-up': !facts.hasWakeUp,
    'opening-unsure': facts.isZoneAssumed || (facts.openingConfidence ?? 1) < MIN_CONFIDENCE,
    'clock-skew': facts.skewMs !== undefined && Math.abs(facts.skewMs) > MAX_SKEW_MS,
    'gym-unreachable': hasSession && !facts.couldReadDay,
  };
  return readinessOf((kind) => found[kind], now);
}

function readinessOf(isFound: (kind: FindingKind) => boolean, now: Date): Readiness {
  const findings = kinds.filter(isFound).map((kind) => ({ kind, remedy: REMEDIES[kind] }));
  const level = findings.some(({ kind }) => RED.includes(kind)) ? 'red' : findings.length > 0 ? 'amber' : 'green';
  return { level, findings, checkedAt: now.toISOString() };
}

/** Findings that only a read at the gym can make; a judgement by our own rows does not contain these. */
const SEEN: readonly FindingKind[] = [
  ...(['class-gone', 'class-cancelled', 'class-closed', 'class-changed', 'clock-skew', 'gym-unreachable'] as const),
];

/** The judgement by our rows as they are, with the findings of the last read at the gym. */
export function withLastLook(byRows: Readiness, lastLook: Readiness | undefined, now: Date): Readiness {
  const has = (of: Readiness | undefined, kind: FindingKind) => of?.findings.some((one) => one.kind === kind) ?? false;
  return readinessOf((kind) => has(byRows, kind) || (SEEN.includes(kind) && has(lastLook, kind)), now);
}
