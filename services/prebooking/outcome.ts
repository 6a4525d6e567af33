// How a prebooking can end, and what decided it. The states it passes on the way are in prebooking.ts.

/** The words for how a prebooking ended, or stands: `checking` while the gym is still being asked. */
export const OUTCOMES = [
  'booked',
  'waitlisted',
  'already-booked',
  'full',
  'too-early',
  'too-late',
  'quota-reached',
  'no-credit',
  'unpaid',
  'same-hour',
  'wished-twice',
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'refused',
  'session-dead',
  'not-sent',
  'turned-away',
  'unconfirmed',
  'checking',
  'missed',
  'withdrawn',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Is this word an ending that there are sentences for? */
export const isOutcome = (word: string): word is Outcome => OUTCOMES.some((one) => one === word);

/**
 * Why no class of the day answers a wish:
 * - `class-cancelled`: the gym has called it off;
 * - `class-closed`: it stands, but for the staff alone, or switched off;
 * - `class-changed`: another class stands there now, or this one at another hour: the member is asked;
 * - `class-gone`: nothing stands there.
 */
export type Missing = Extract<Outcome, `class-${string}`>;

/**
 * What decided the race:
 * - `us`: our request was there in time and got the place (booked, or the waitlist the member allowed);
 * - `crowd`: our request was there in time, or right after those of our own members that asked before, and the class was full;
 * - `late`: the place was lost because our request left late or not at all;
 * - `hour-unknown`: the class was full, and how late our request was cannot be said: the gym's clock was not known or not believed, or it
 *   opened at some instant between two of our requests;
 * - `too-early`: the gym held on to "not open yet" through all our tries: our idea of the opening is wrong;
 * - `session`: the member's login was known no longer, at the gym or here;
 * - `gym`: the gym refused for a reason of its own, could not be reached, turned us away, or gave no answer that can be relied on;
 * - `member`: withdrawn, or a place of the member's own stood there already.
 */
export const DECIDED_BY = ['us', 'session', 'late', 'too-early', 'crowd', 'hour-unknown', 'gym', 'member'] as const;
export type DecidedBy = (typeof DECIDED_BY)[number];

/** What is known of the sending. `unknown`: the process died after it had armed, so that something may have left. */
export type Sent = 'yes' | 'no' | 'unknown';

/** What decides, beside the outcome. */
export interface Deciding {
  readonly sent: Sent;
  /** How late the request that decided was at most; undefined when nothing proves a bound. */
  readonly lateAtMostMs: number | undefined;
  /** A request before it was refused as too early: the gym opened at some instant between the two. */
  readonly wasEarly: boolean;
  /** Why a request did not leave or was turned away: the gym or the way to it refused, it was busy, this process was too late, or it cannot be told. */
  readonly hindrance: 'gym' | 'busy' | 'own' | 'unclear';
  /** Our own members that asked before went first. */
  readonly isBehind: boolean;
}

/** A place lost beyond this is our lateness, not the crowd: good classes take at least a second to fill. */
const LATE_MS = 1_000;

const isOfGym = (hindrance: Deciding['hindrance']): boolean => hindrance === 'gym' || hindrance === 'busy';

/** Names what decided a race that ended so. */
export function decide(outcome: Outcome, { sent, lateAtMostMs, wasEarly, hindrance, isBehind }: Deciding): DecidedBy {
  switch (outcome) {
    case 'booked':
      return 'us';
    case 'waitlisted':
      return sent === 'no' ? 'member' : 'us';
    case 'full':
      if (isOfGym(hindrance)) return 'gym';
      if (isBehind) return 'crowd';
      if (lateAtMostMs === undefined) return 'hour-unknown';
      if (lateAtMostMs <= LATE_MS) return 'crowd';
      return wasEarly ? 'hour-unknown' : 'late';
    case 'not-sent':
      return isOfGym(hindrance) ? 'gym' : 'late';
    case 'missed':
      return 'late';
    case 'unconfirmed':
      return sent === 'unknown' ? 'late' : 'gym';
    case 'too-early':
      return 'too-early';
    case 'session-dead':
      return 'session';
    case 'already-booked':
    case 'same-hour':
    case 'wished-twice':
    case 'withdrawn':
      return 'member';
    default:
      return 'gym';
  }
}
