// What a member should know about a wish that was taken all the same. Facts in, words out: it looks at nothing and refuses nothing.
import type { Prebooking } from './prebooking.ts';

/**
 * - `overlaps`: another wish or place of the same person, at any box, is at that hour;
 * - `login-needed`: the service has no login at the gym to book with: sign in there again before it opens;
 * - `zone-assumed`: the box's time zone is a guess, so the opening may be an hour or more off;
 * - `no-channel`: how it ends can be seen here, and is told to no address.
 */
export const WARNINGS = ['overlaps', 'login-needed', 'zone-assumed', 'no-channel'] as const;
export type Warning = (typeof WARNINGS)[number];

/** A wish as far as its hours go. */
export type Hours = Pick<Prebooking, 'id' | 'familyId' | 'startsAt' | 'timeId' | 'status'>;

export interface WarningFacts {
  readonly wish: Hours;
  /** The member's prebookings, the wish itself may be among them. */
  readonly others: readonly Hours[];
  readonly hasLogin: boolean;
  readonly isZoneAssumed: boolean;
  readonly hasChannel: boolean;
}

/** These hold an hour: what may still be won, and what was. */
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
export function warningsOf({ wish, others, hasLogin, isZoneAssumed, hasChannel }: WarningFacts): Warning[] {
  const found: Record<Warning, boolean> = {
    overlaps: others.some((other) => isSamePerson(wish, other) && overlap(wish, other)),
    'login-needed': !hasLogin,
    'zone-assumed': isZoneAssumed,
    'no-channel': !hasChannel,
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
