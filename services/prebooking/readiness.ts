// Will this prebooking win through, as far as can be known beforehand? Facts in, a colour and its remedies out.
// It looks at nothing itself (check-readiness.ts does) and repairs nothing.
import { z } from 'zod';

/**
 * What stands in the way:
 * - `no-session`: no background session that could be renewed: only the member can help, by signing in at the gym again;
 * - `session-in-doubt`: the gym may not know the session any more; we go on trying;
 * - `class-gone`: the day is published and holds no such class;
 * - `no-wake-up`: the queue was not asked yet; the sweep asks, and in the end wakes by itself;
 * - `opening-unsure`: when it opens was worked out from a rule that little speaks for;
 * - `clock-skew`: our clock and the gym's are seconds apart; the race corrects it, the operator should;
 * - `gym-unreachable`: the gym could not be asked just now.
 */
const kinds = [
  'no-session',
  'class-gone',
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
  'session-in-doubt': 'Nothing to do yet: we keep renewing the login. Signing in again would help.',
  'no-wake-up': 'Nothing to do: the wake-up is asked for again each minute.',
  'opening-unsure': 'When booking opens is our guess: see in the gym’s own app, and give opensAt if you know better.',
  'clock-skew': 'The operator should set this machine’s clock; the race corrects for it.',
  'gym-unreachable': 'Nothing to do: we look again.',
};

/** These cost the place unless somebody acts; the others may still come right by themselves. */
const RED: readonly FindingKind[] = ['no-session', 'class-gone'];

export interface ReadinessFacts {
  /** The row's word: absent when there is none. */
  readonly backgroundStatus: string | undefined;
  /** The gym's word on the session; undefined when it could not be asked. */
  readonly isAlive: boolean | undefined;
  /** Undefined when the day could not be read or is not published yet. */
  readonly isListed: boolean | undefined;
  readonly couldReadDay: boolean;
  readonly hasWakeUp: boolean;
  /** How far the rule may be relied on that the opening comes from, 0 to 1; undefined when the member gave the instant. */
  readonly openingConfidence: number | undefined;
  /** Gym's clock minus ours, roughly. */
  readonly skewMs: number | undefined;
}

/** An HTTP Date and a round trip tell no more than this. */
const MAX_SKEW_MS = 2_000;
const MIN_CONFIDENCE = 0.6;
const UNUSABLE = ['needs-login', 'revoked', 'quarantined'];

export function judgeReadiness(facts: ReadinessFacts, now: Date): Readiness {
  const { backgroundStatus: status } = facts;
  const hasSession = status !== undefined && !UNUSABLE.includes(status);
  const isInDoubt = status === 'uncertain' || status === 'suspect' || facts.isAlive === false;
  const found: Record<FindingKind, boolean> = {
    'no-session': !hasSession,
    'class-gone': facts.isListed === false,
    'session-in-doubt': hasSession && isInDoubt,
    'no-wake-up': !facts.hasWakeUp,
    'opening-unsure': (facts.openingConfidence ?? 1) < MIN_CONFIDENCE,
    'clock-skew': facts.skewMs !== undefined && Math.abs(facts.skewMs) > MAX_SKEW_MS,
    'gym-unreachable': hasSession && !facts.couldReadDay,
  };
  const findings = kinds.filter((kind) => found[kind]).map((kind) => ({ kind, remedy: REMEDIES[kind] }));
  const level = findings.some(({ kind }) => RED.includes(kind)) ? 'red' : findings.length > 0 ? 'amber' : 'green';
  return { level, findings, checkedAt: now.toISOString() };
}
