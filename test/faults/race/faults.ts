// Everything that may go wrong for one member in a race: the gym's answers, and what other processes and the member do. This file holds data only and
// injects no fault. `ends` lists the states in which a prebooking with the member's fault may end, unless the fault of its opening has a list of its
// own. The campaign's invariants must hold with every fault.
import type { KnobInput, Loss } from '../../../simulator/knob-shapes.ts';

type Unscoped<T> = T extends unknown ? Omit<T, 'member' | 'box'> : never;
export type Knob = Unscoped<KnobInput>;

/**
 * What the member does by hand, or the gym does, during the race. `atMs` counts from the opening; if the fault of the opening has `agoMs`, `atMs`
 * counts from the instant `agoMs` ms after the opening.
 */
export type Caller =
  | { readonly do: 'book'; readonly atMs: number; readonly what: 'wished' | 'other' }
  | { readonly do: 'withdraw'; readonly atMs: number }
  | { readonly do: 'kill-session'; readonly atMs: number };

export interface MemberFault {
  readonly name: string;
  readonly knobs?: readonly Knob[];
  readonly hand?: Caller;
  readonly wish?: { readonly waitlist?: true; readonly other?: true };
  /** The state of the member's background session; when absent, the session is fresh. */
  readonly session?: 'stale' | 'uncertain';
  /**
   * Makes the gym refuse the member a second booking for the same hour; when absent, the gym accepts the second booking, so that a double booking
   * shows.
   */
  readonly guarded?: true;
  /** Lets the member cancel at the gym after the prebooking is settled; then the queue delivers its message for that prebooking once more. */
  readonly cancelsAfterwards?: true;
  readonly ends: readonly string[];
  /**
   * A state, beside those of `ends`, in which the prebooking may end if the gym's list cannot be read. Only the list could confirm that the gym
   * refused the booking.
   */
  readonly endsUnseen?: string;
}

const book = <T extends object>(knob: T): T & { op: 'book'; times: 1 } => ({ ...knob, op: 'book', times: 1 });
const one = (name: string, knob: Knob, ...ends: string[]): MemberFault => ({ name, knobs: [knob], ends });

const QUICK: readonly Loss[] = ['reset', 'fin', 'truncated', 'empty', 'html', 'bad-gateway', 'garbage'];
/** Faults that keep a race waiting for twenty seconds, the time limit for an answer: only the longer campaigns play these faults. */
const SLOW: readonly Loss[] = ['trickle', 'hang'];

const lost = (how: Loss, when: 'before' | 'after'): MemberFault =>
  one(
    `answer lost ${when} the effect: ${how}`,
    book({ kind: 'lose', when, how }),
    ...(when === 'after' ? ['booked'] : ['unconfirmed']),
  );

export const NOTHING: MemberFault = { name: 'nothing', ends: ['booked'] };

export const LOST: readonly MemberFault[] = QUICK.flatMap((how) => [lost(how, 'after'), lost(how, 'before')]);
export const LOST_SLOWLY: readonly MemberFault[] = SLOW.flatMap((how) => [lost(how, 'after'), lost(how, 'before')]);

export const LATE: readonly MemberFault[] = [
  one('effect later than the answer', book({ kind: 'late-effect', afterMs: 2_000, how: 'reset' }), 'booked'),
  one('effect much later than the answer', book({ kind: 'late-effect', afterMs: 7_000, how: 'html' }), 'booked'),
  one('list lags', { kind: 'list-lag', lagMs: 3_000 }, 'booked'),
  {
    name: 'answer lost and list lags',
    knobs: [book({ kind: 'lose', when: 'after', how: 'reset' }), { kind: 'list-lag', lagMs: 3_000 }],
    ends: ['booked'],
  },
  {
    name: 'answer lost and list down',
    knobs: [
      book({ kind: 'lose', when: 'after', how: 'fin' }),
      { kind: 'status', op: 'bookings', code: 500, skip: 1, times: 13 },
    ],
    ends: ['booked'],
  },
  {
    name: 'list down, answer clear',
    knobs: [{ kind: 'status', op: 'bookings', code: 503, skip: 1, times: 4 }],
    ends: ['booked'],
  },
  one('slow before the effect', book({ kind: 'slow', beforeMs: 400, jitterMs: 400 }), 'booked'),
  one('slow after the effect', book({ kind: 'slow', afterMs: 400, jitterMs: 400 }), 'booked'),
];

export const REFUSED: readonly MemberFault[] = [
  ...(['no-credit', 'unpaid', 'too-late', 'daily-limit', 'booking-limit', 'quota'] as const).map((reason) =>
    one(`refused: ${reason}`, { kind: 'refuse', op: 'book', reason }, 'refused'),
  ),
  one('full, no waitlist wished', { kind: 'refuse', op: 'book', reason: 'full' }, 'refused'),
  {
    name: 'full, waitlist allowed',
    knobs: [{ kind: 'refuse', op: 'book', reason: 'full' }],
    wish: { waitlist: true },
    ends: ['waitlisted'],
  },
  {
    name: 'full, another hour allowed',
    knobs: [book({ kind: 'refuse', reason: 'full' })],
    wish: { other: true },
    ends: ['booked'],
  },
  {
    ...one('same hour, and nothing there', book({ kind: 'refuse', reason: 'same-hour' }), 'refused'),
    endsUnseen: 'unconfirmed',
  },
  one('too early once, -12', book({ kind: 'refuse', reason: 'too-early' }), 'booked'),
  {
    name: 'too early twice, -4',
    knobs: [
      { kind: 'refuse', op: 'book', reason: 'too-early', times: 2 },
      { kind: 'early-code', code: -4, language: 'en' },
    ],
    ends: ['booked'],
  },
  one('too early for ever', { kind: 'opening-skew', skewMs: 3_600_000 }, 'refused'),
  one('too early for 400 ms', { kind: 'opening-skew', skewMs: 400 }, 'booked'),
];

export const CODES: readonly MemberFault[] = [
  one('bookState 0 with a place', book({ kind: 'book-state', value: 0, effect: true }), 'booked'),
  one('bookState 0 without a place', book({ kind: 'book-state', value: 0 }), 'unconfirmed'),
  one('bookState 1 as a word, with a place', book({ kind: 'book-state', value: '1', effect: true }), 'booked'),
  one('bookState -99, no place', book({ kind: 'book-state', value: -99 }), 'unconfirmed', 'refused'),
  one('bookState -99, and a place', book({ kind: 'book-state', value: -99, effect: true }), 'booked'),
  one('bookState 1 and no place', book({ kind: 'book-state', value: 1 }), 'unconfirmed'),
  one('answer [] after the effect', book({ kind: 'answer', body: [], effect: true }), 'booked'),
  one('answer [] and no effect', book({ kind: 'answer', body: [] }), 'unconfirmed', 'refused'),
  one('text only, after the effect', book({ kind: 'answer', body: 'reservado', effect: true }), 'booked'),
  one('status 503 at the door', book({ kind: 'status', code: 503 }), 'unconfirmed', 'booked', 'refused'),
  one('429 with Retry-After', book({ kind: 'status', code: 429, retryAfter: 1 }), 'booked', 'refused'),
  one('geo-block', book({ kind: 'geo-block' }), 'refused'),
  one('ids as words', { kind: 'id-as', as: 'string' }, 'booked'),
];

/**
 * Refusals in words and without a code, as an add-on to the gym's software may write them: some are true, others are sent although the gym has given
 * the place.
 */
export const WORDS: readonly MemberFault[] = [
  { ...one('refused in words', book({ kind: 'refuse-in-words' }), 'refused'), endsUnseen: 'unconfirmed' },
  one('refused in words that lie', book({ kind: 'refuse-in-words', effect: true }), 'booked'),
  {
    name: 'refused in words that lie, list lags, another hour allowed',
    knobs: [book({ kind: 'refuse-in-words', effect: true }), { kind: 'list-lag', lagMs: 12_000 }],
    wish: { other: true },
    ends: ['booked'],
  },
];

export const SESSIONS: readonly MemberFault[] = [
  one('logout once', book({ kind: 'logout', spelling: 1 }), 'booked'),
  one('logout once, as true', book({ kind: 'logout', spelling: true }), 'booked'),
  { name: 'session dead at the shot', hand: { do: 'kill-session', atMs: -900 }, ends: ['refused'] },
  { name: 'session dead before preparing', hand: { do: 'kill-session', atMs: -20_000 }, ends: ['refused'] },
  { name: 'session uncertain', session: 'uncertain', ends: ['booked'] },
  { name: 'session stale', session: 'stale', ends: ['booked'] },
];

/**
 * Gives a fault in which the member books by hand. The gym opens the class to this member a minute before the opening, and refuses the member a
 * second booking at the same hour.
 */
const byHand = (name: string, atMs: number, what: 'wished' | 'other', ...ends: string[]): MemberFault => ({
  ...{ name, ends, hand: { do: 'book', atMs, what }, guarded: true },
  knobs: [{ kind: 'opening-skew', skewMs: -60_000 }],
});

export const HANDS: readonly MemberFault[] = [
  byHand('booked by hand just before', -700, 'wished', 'booked'),
  byHand('booked by hand long before', -4_000, 'wished', 'booked'),
  byHand('booked by hand at the same moment', 0, 'wished', 'booked'),
  { ...byHand('another class of that hour by hand', -700, 'other', 'refused'), endsUnseen: 'unconfirmed' },
  { name: 'withdrawn before the wake-up', hand: { do: 'withdraw', atMs: -20_000 }, ends: ['withdrawn'] },
  { name: 'withdrawn while claimed', hand: { do: 'withdraw', atMs: -1_900 }, ends: ['withdrawn', 'booked'] },
  { name: 'withdrawn while armed', hand: { do: 'withdraw', atMs: -600 }, ends: ['booked', 'withdrawn'] },
  { name: 'withdrawn at the opening', hand: { do: 'withdraw', atMs: 30 }, ends: ['booked', 'withdrawn'] },
  { name: 'cancelled at the gym, then redelivered', cancelsAfterwards: true, ends: ['booked'] },
];

export const MEMBER_FAULTS: readonly MemberFault[] = [
  ...LOST,
  ...LOST_SLOWLY,
  ...LATE,
  ...REFUSED,
  ...CODES,
  ...WORDS,
  ...SESSIONS,
  ...HANDS,
  NOTHING,
];
