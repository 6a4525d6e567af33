// The ways in which a prebooking can end, and what decided the ending. The states of a prebooking are in prebooking.ts.

/** The ways in which a prebooking can end; `checking` is not an end: the gym is still being asked. */
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

/** True if the word is one of `OUTCOMES`, for each of which the notices have sentences of their own. */
export const isOutcome = (word: string): word is Outcome => OUTCOMES.some((one) => one === word);

/**
 * Why no class of the day matches a wish:
 * - `class-cancelled`: the gym has cancelled the class;
 * - `class-closed`: the class is listed, but members cannot book it: it is switched off or for the staff only;
 * - `class-changed`: another class is listed at that hour, or the class is listed at another hour; neither is booked for this wish;
 * - `class-gone`: no class is listed at that hour.
 */
export type Missing = Extract<Outcome, `class-${string}`>;

/**
 * What decided the race:
 * - `us`: our request arrived in time and got the place (booked, or on the waitlist if the member allowed that);
 * - `crowd`: the class was full, and our request was in time or had waited for the shots of members of puntual who prebooked the class earlier;
 * - `late`: our request came too late to a full class, or no request is known to have left, and it is not known that the gym or the network
 *   prevented a request;
 * - `hour-unknown`: the class was full, and the lateness of our request is unknown: the gym's clock is not known or believed, or the
 *   class opened between two of our requests;
 * - `too-early`: the gym answered "not open yet" to all our tries, so the stored opening is wrong;
 * - `session`: the gym had ended the member's background session, or puntual had no usable one;
 * - `gym`: the gym refused for its own reason, could not be reached, turned our request away, or gave no reliable answer;
 * - `member`: the member withdrew the prebooking, or had a place already.
 */
export const DECIDED_BY = ['us', 'session', 'late', 'too-early', 'crowd', 'hour-unknown', 'gym', 'member'] as const;
export type DecidedBy = (typeof DECIDED_BY)[number];

/** Whether a booking request of the race was sent. `unknown`: the process died after the prebooking was armed, so a booking request may have left. */
export type Sent = 'yes' | 'no' | 'unknown';

/** What determines `DecidedBy`, beside the outcome. */
export interface Deciding {
  readonly sent: Sent;
  /** The upper bound of the deciding request's lateness, ms; undefined when no bound is proven. */
  readonly lateAtMostMs: number | undefined;
  /** True if an earlier request was refused as too early: the class opened between that request and the deciding request. */
  readonly wasEarly: boolean;
  /**
   * What hindered the race's requests: `gym`, the gym could not be reached; `busy`, the gym turned a request away as too busy; `own`, something in
   * this process, or nothing; `unclear`, another cause.
   */
  readonly hindrance: 'gym' | 'busy' | 'own' | 'unclear';
  /** True if the request waited, for a limited time, for the shots of members of puntual who had prebooked the same class earlier. */
  readonly isBehind: boolean;
}

/**
 * A deciding request that reached the gym at most this many ms after the opening counts as in time. Even a popular class takes at least a second to
 * fill, so a place that such a request did not get was not lost by lateness.
 */
const LATE_MS = 1_000;

const isOfGym = (hindrance: Deciding['hindrance']): boolean => hindrance === 'gym' || hindrance === 'busy';

/** Names what decided a race that ended with `outcome`, as one of `DECIDED_BY`. */
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
