// What a member should know about a wish that was accepted. Facts in, codes out: it reads nothing and refuses nothing.
import type { Prebooking } from './prebooking.ts';

/**
 * - `overlaps`: another wish or place of the same person, at any box, is at that hour;
 * - `login-needed`: the service has no login at the gym to book with: sign in there again before it opens;
 * - `zone-assumed`: the box's time zone is a guess, so the opening may be an hour or more off;
 * - `opening-unsure`: when it opens comes from a rule that little speaks for;
 * - `not-in-plan`: the gym says that the member's plan does not hold this class;
 * - `quota`: more is waiting in this period than there are tokens left for places won;
 * - `class-cancelled`: the gym has called the class off; one of the other choices stands;
 * - `no-channel`: how it ends can be seen here, and is told to no address.
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

/** The fields of a wish that say when it takes place. */
export type Hours = Pick<Prebooking, 'id' | 'familyId' | 'startsAt' | 'timeId' | 'status'>;

export interface WarningFacts {
  readonly wish: Hours;
  /** The member's prebookings, the wish itself may be among them. */
  readonly others: readonly Hours[];
  readonly hasLogin: boolean;
  readonly isZoneAssumed: boolean;
  readonly hasChannel: boolean;
  readonly isOpeningUnsure: boolean;
  /** As the gym's list said of the class when the wish was made. */
  readonly isInPlan: boolean | undefined;
  readonly isCancelled: boolean;
  /** Waiting wishes that may cost a token of this period, and the tokens; undefined where none are counted. */
  readonly quota: { readonly waiting: number; readonly tokens: number } | undefined;
}

/** States that occupy an hour: what may still be won, and what was. */
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

/** In the order of `WARNINGS`; empty when there is nothing to say. */
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

/** A time id ends with its minutes: `1800_60`. */
function endOf({ startsAt, timeId }: Hours): Date {
  const minutes = Number(/_(\d{1,3})$/.exec(timeId)?.[1] ?? USUAL_MINUTES);
  return new Date(startsAt.getTime() + minutes * 60_000);
}
