// How a prebooking can end, and who decided it. The states it passes on the way are in prebooking.ts.

/** How a prebooking ended, or stands: `checking` while the gym is still being asked. */
export type Outcome =
  | 'booked'
  | 'waitlisted'
  | 'already-booked'
  | 'full'
  | 'too-early'
  | 'too-late'
  | 'quota-reached'
  | 'no-credit'
  | 'unpaid'
  | 'same-hour'
  | 'wished-twice'
  | 'class-gone'
  | 'class-cancelled'
  | 'class-closed'
  | 'class-changed'
  | 'refused'
  | 'session-dead'
  | 'not-sent'
  | 'turned-away'
  | 'unconfirmed'
  | 'checking'
  | 'missed'
  | 'withdrawn';

/**
 * Why no class of the day answers a wish:
 * - `class-cancelled`: the gym has called it off;
 * - `class-closed`: it stands, but for the staff alone, or switched off;
 * - `class-changed`: another class stands there now, or this one at another hour: the member is asked;
 * - `class-gone`: nothing stands there.
 */
export type Missing = Extract<Outcome, `class-${string}`>;

/**
 * Who decided the race:
 * - `us`: our request was there in time and got the place (booked, or the waitlist the member allowed);
 * - `crowd`: our request was there in time, and others were faster;
 * - `late`: the place was lost because our request left late or not at all;
 * - `too-early`: the gym held on to "not open yet" through all our tries: our idea of the opening is wrong;
 * - `session`: the gym no longer knew the member's login;
 * - `gym`: the gym refused for a reason of its own, turned us away, or gave no answer that can be relied on;
 * - `member`: withdrawn, or a place of the member's own stood there already.
 */
export type DecidedBy = 'us' | 'session' | 'late' | 'too-early' | 'crowd' | 'gym' | 'member';

/** Beyond this a lost place is our lateness, not the crowd: good classes take at least a second to fill. */
const LATE_MS = 1_000;

/** `latenessMs` as in receipt.ts; undefined when nothing was sent. */
export function decide(outcome: Outcome, latenessMs: number | undefined): DecidedBy {
  switch (outcome) {
    case 'booked':
    case 'waitlisted':
      return 'us';
    case 'full':
      return latenessMs === undefined || latenessMs > LATE_MS ? 'late' : 'crowd';
    case 'not-sent':
    case 'missed':
      return 'late';
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
