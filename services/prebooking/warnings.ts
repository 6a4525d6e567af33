// What a member should know about a wish that was accepted. The functions are pure: data about the wish come in, warning codes go out, and no wish is
// refused.
import type { Prebooking } from './prebooking.ts';

/**
 * - `overlaps`: the same person has another wish or place, at any box, for a class that overlaps this one;
 * - `login-needed`: there is no background session that could be renewed; the member should sign in at the gym before the opening;
 * - `zone-assumed`: the box's time zone is a guess, so the opening may be an hour or more off;
 * - `opening-unsure`: the opening was computed from an opening rule of low confidence;
 * - `not-in-plan`: the gym says that the member's plan at the gym does not include this class;
 * - `quota`: in the present period of the plan at puntual, more of the member's wishes wait than plan tokens are left;
 * - `class-cancelled`: the gym has cancelled the class; another choice of the member's is bookable;
 * - `no-channel`: the member has no channel for notices, so the result is shown only in the app.
 */
export const WARNINGS = [
  'overlaps',
  'login-needed',
  'zone-assumed',
  'opening-unsure',
  'not-in-plan',
  'quota',
  'class-cancelled',
  'no-channel',
] as const;
export type Warning = (typeof WARNINGS)[number];

/** The fields by which two wishes are compared for the warning `overlaps`. */
export type Hours = Pick<Prebooking, 'id' | 'familyId' | 'startsAt' | 'timeId' | 'status'>;

export interface WarningFacts {
  readonly wish: Hours;
  /** The member's prebookings; the prebooking that is warned about (`wish`) may be among them. */
  readonly others: readonly Hours[];
  readonly hasLogin: boolean;
  readonly isZoneAssumed: boolean;
  readonly hasChannel: boolean;
  readonly isOpeningUnsure: boolean;
  /** Whether the member's plan at the gym includes the class, by the gym's list when the wish was made; undefined if the list does not say. */
  readonly isInPlan: boolean | undefined;
  readonly isCancelled: boolean;
  /**
   * How many of the member's wishes wait for an opening before the present period of the plan at puntual ends, and how many plan tokens are left in
   * that period; undefined if the plan does not limit the wish `wish`.
   */
  readonly quota: { readonly waiting: number; readonly tokens: number } | undefined;
}

/** The states in which a prebooking occupies its hour: the place may still be won, or was won. */
const HOLDS: readonly Prebooking['status'][] = [
  'scheduling',
  'scheduled',
  'claimed',
  'armed',
  'unknown',
  'booked',
  'waitlisted',
];
const USUAL_MINUTES = 60;

/** The warnings for a wish that was accepted, in the order of `WARNINGS`; empty when none applies. */
export function warningsOf(facts: WarningFacts): Warning[] {
  const { wish, others, quota } = facts;
  const found: Record<Warning, boolean> = {
    overlaps: others.some((other) => isSamePerson(wish, other) && overlap(wish, other)),
    'login-needed': !facts.hasLogin,
    'zone-assumed': facts.isZoneAssumed,
    'opening-unsure': facts.isOpeningUnsure,
    'not-in-plan': facts.isInPlan === false,
    quota: quota !== undefined && quota.waiting > quota.tokens,
    'class-cancelled': facts.isCancelled,
    'no-channel': !facts.hasChannel,
  };
  return WARNINGS.filter((warning) => found[warning]);
}

const isSamePerson = (wish: Hours, other: Hours): boolean =>
  other.id !== wish.id && other.familyId === wish.familyId && HOLDS.includes(other.status);

const overlap = (a: Hours, b: Hours): boolean => a.startsAt < endOf(b) && b.startsAt < endOf(a);

/** The end of a wish's class: the number after `_` in a time id such as `1800_60` is the class's length in minutes. */
function endOf({ startsAt, timeId }: Hours): Date {
  const minutes = Number(/_(\d{1,3})$/.exec(timeId)?.[1] ?? USUAL_MINUTES);
  return new Date(startsAt.getTime() + minutes * 60_000);
}
