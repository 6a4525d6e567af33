// Judges whether a prebooking will succeed, as far as can be known before the opening. From what is known about a prebooking, `judgeReadiness` makes
// a colour (green, amber or red) and the findings, each with its remedy. This file reads neither the database nor the gym (check-readiness.ts does)
// and repairs nothing.
import { z } from 'zod';
import type { Missing } from './outcome.ts';

/**
 * What may keep a prebooking from success:
 * - `no-session`: there is no background session that could be renewed; the member must sign in at the gym again;
 * - `session-in-doubt`: the gym may have ended the session; puntual keeps renewing it;
 * - `class-gone`: the day is published and has no class at that hour;
 * - `class-cancelled`: the gym has cancelled the class;
 * - `class-closed`: the gym does not let members book the class at the moment;
 * - `class-changed`: another class is listed at that hour, or the class is listed at another hour; neither is booked for this wish;
 * - `no-wake-up`: the queue was not yet asked for a wake-up; the sweep asks, and close to the opening starts the race itself;
 * - `opening-unsure`: the opening was computed from an opening rule of low confidence, or in a zone that is assumed;
 * - `clock-skew`: our clock and the gym's are seconds apart; the race corrects for it, and the operator should set our clock;
 * - `gym-unreachable`: the last read at the gym failed.
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
  /** The findings, the worst first. */
  findings: z.array(z.object({ kind: z.enum(kinds), remedy: z.string() })),
  checkedAt: z.string(),
});
export type Readiness = Readonly<z.infer<typeof readinessShape>>;

/** Readiness is checked when these times are left until the opening, ms: a day, an hour, five minutes. */
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

/** The findings that make the readiness red: with any of them the race fails as things stand. With other findings alone the readiness is amber. */
const RED: readonly FindingKind[] = ['no-session', 'class-gone', 'class-cancelled', 'class-closed'];

export interface ReadinessFacts {
  /**
   * The status of the member's background session; undefined if the member has no background session. `mending`: the session is dead, and the
   * service may sign in with the kept login before the opening.
   */
  readonly backgroundStatus: string | undefined;
  /** Whether the gym knows the background session; undefined when the gym could not be asked. */
  readonly isAlive: boolean | undefined;
  /** Why the class is missing; undefined if the class is listed, or if the day could not be read or is not published yet. */
  readonly missing: Missing | undefined;
  readonly couldReadDay: boolean;
  readonly hasWakeUp: boolean;
  /** The confidence, 0 to 1, in the opening rule that the opening was computed from; undefined when the member gave the opening. */
  readonly openingConfidence: number | undefined;
  /** True if the opening was computed in a zone that is not declared and that no opening has proven. */
  readonly isZoneAssumed: boolean;
  /** By how much the gym's clock is ahead of ours, roughly. */
  readonly skewMs: number | undefined;
}

/** The gym's clock counts as skewed if it is measured to be more than this ahead of ours or behind ours. */
const MAX_SKEW_MS = 2_000;
/** If the confidence in a box's opening rule is lower than this, an opening computed from it is reported as unsure. */
export const MIN_CONFIDENCE = 0.6;
/**
 * The states in which a background session cannot be renewed. A new login at the gym ends each of these states. The state `quarantined` also ends
 * when the session's seal opens again.
 */
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

/** The findings that only a read at the gym can make; readiness that is computed from our own database rows does not contain these findings. */
const SEEN: readonly FindingKind[] = [
  ...(['class-gone', 'class-cancelled', 'class-closed', 'class-changed', 'clock-skew', 'gym-unreachable'] as const),
];

/** The readiness that the current database rows show, plus the findings of `SEEN` that the last check made. */
export function withLastLook(byRows: Readiness, lastLook: Readiness | undefined, now: Date): Readiness {
  const has = (of: Readiness | undefined, kind: FindingKind) => of?.findings.some((one) => one.kind === kind) ?? false;
  return readinessOf((kind) => has(byRows, kind) || (SEEN.includes(kind) && has(lastLook, kind)), now);
}
