// Decides what AimHarder's answers to bookings and cancellations mean, in the terms of gym.ts. Tables of codes and error keys decide what an answer
// means; its wording never does. If no table holds an answer's code or key, the answer is `unknown`, or `refused-in-words` if it has words to the
// member. After `unknown` or `refused-in-words` the gym's list is read, because neither answer proves that the booking succeeded or failed.

import { classify } from '../../http-verdict.ts';
import type { BookAnswer, CancelAnswer, RawAnswer, Refusal, TurnedAway, Unknown } from '../gym.ts';
import { announcedLead, plainText, redactedSample } from './reason.ts';
import { type BookWire, bookAnswer, cancelAnswer, isLogout, parseJson, type Spoken } from './wire.ts';
import { jsonWithin, numberWithin } from './within.ts';

const FINAL_CODES: Readonly<Record<number, readonly [Refusal, string]>> = {
  [-1]: ['full', 'The class is full.'],
  [-2]: ['no-credit', 'No credit left, or the class is not in the plan.'],
  [-5]: ['unpaid', 'A payment is due at the gym.'],
  [-7]: ['too-late', 'It is too late to book this class.'],
  [-8]: ['quota-reached', 'The limit of bookings of this class and day is reached.'],
  [-9]: ['quota-reached', 'The limit of bookings is reached.'],
};

/** The known keys of `errorMssgLang` in an answer with `bookState` -12; any other key beside -12 means a final refusal. */
const KEYS: Readonly<Record<string, (wire: BookWire) => BookAnswer>> = {
  ERROR_ANTELACION_CLIENTE: (wire) => tooEarly(wire, 'days'),
  ERROR_ANTELACION_CLIENTE_HORAS: (wire) => tooEarly(wire, 'hours'),
  NOPUEDESRESERVAMISMAHORA: () => ({ kind: 'same-hour' }),
  HASSUPERADOLIMITCONTR: (wire) => refused('quota-reached', wire, 'The contract allows no more bookings.'),
};

/** The gym's own words to the member, made fit to show; undefined if the answer holds none. */
function saidIn({ errorMssg, errorMsg, error, message }: Spoken): string | undefined {
  const words = [errorMssg, errorMsg, error, message].map((text) => plainText(text ?? ''));
  return words.find((text) => text !== '');
}

function refused(kind: Refusal, wire: BookWire, otherwise: string): BookAnswer {
  const said = saidIn(wire);
  return said === undefined ? { kind, reason: otherwise } : { kind, reason: said, said };
}

function inWords(wire: BookWire): BookAnswer | undefined {
  const said = saidIn(wire);
  return said === undefined ? undefined : { kind: 'refused-in-words', said };
}

function tooEarly(wire: BookWire, unit: 'hours' | 'days'): BookAnswer {
  const announced = announcedLead(saidIn(wire), unit);
  return announced ? { kind: 'too-early', announced } : { kind: 'too-early' };
}

const keyOf = (wire: BookWire): string => plainText(wire.errorMssgLang ?? '').slice(0, MAX_KEY_LENGTH);
const MAX_KEY_LENGTH = 60;

function byKnownKey(wire: BookWire): BookAnswer | undefined {
  const key = keyOf(wire);
  return Object.hasOwn(KEYS, key) ? KEYS[key]?.(wire) : undefined;
}

/** An answer with `bookState` -12 and an error key (`errorMssgLang`) is a refusal; for an answer with -12 and no key, only its words are returned. */
function byKey(wire: BookWire): BookAnswer | undefined {
  const key = keyOf(wire);
  if (key === '') return inWords(wire);
  return byKnownKey(wire) ?? refused('refused', wire, `The gym refused (${key}).`);
}

/**
 * Understands an answer to a booking that has neither a `bookState` nor an id. In an answer without `bookState`, an error key of `KEYS` means the
 * same as beside `bookState` -12. Without a key of `KEYS`, the result is `refused-in-words`, with the words of the answer or, if it has no words,
 * with its unknown error key. Returns undefined for an answer with neither words nor an error key.
 */
function withoutState(wire: BookWire): BookAnswer | undefined {
  if (wire.id !== undefined) return undefined;
  const key = keyOf(wire);
  return byKnownKey(wire) ?? inWords(wire) ?? (key === '' ? undefined : { kind: 'refused-in-words', said: key });
}

function refusal(wire: BookWire, code: number): BookAnswer | undefined {
  const [kind, words] = FINAL_CODES[code] ?? [];
  if (!kind || !words) return undefined;
  const limit = code === -8 && wire.max !== undefined ? ` (at most ${wire.max})` : '';
  return refused(kind, wire, words.replace(/\.$/, `${limit}.`));
}

/**
 * A `bookState` of -4 means that the booking came too early, even without an error key (`errorMssgLang`). If the gym's text says how many days or
 * hours ahead a class can be booked, that number is used only if an error key in the answer says which of the two units is meant.
 */
function earlyCode(wire: BookWire): BookAnswer {
  const keyed = byKnownKey(wire);
  return keyed?.kind === 'too-early' ? keyed : { kind: 'too-early' };
}

function byState(wire: BookWire): BookAnswer | undefined {
  if (wire.bookState === 1) return { kind: 'booked', reservationId: wire.id };
  if (wire.bookState === 0) return { kind: 'accepted', reservationId: wire.id };
  if (wire.bookState === -4) return earlyCode(wire);
  if (wire.bookState === -12) return byKey(wire);
  return wire.bookState === undefined ? withoutState(wire) : refusal(wire, wire.bookState);
}

const SECONDS = /^\s*\d+(?:\.\d+)?\s*$/;
/** A date in a header has a time of day. `Date.parse` alone would read "1,2" or "-5" as a day of 2001, and so as no wait at all. */
const CLOCK_TIME = /\d{2}:\d{2}:\d{2}/;

/** The wait that a `Retry-After` header asks for in seconds or as a date, ms; undefined when the header says nothing usable. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const atMs = CLOCK_TIME.test(header) ? Date.parse(header) : Number.NaN;
  const ms = SECONDS.test(header) ? Math.round(Number(header) * 1_000) : atMs - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/**
 * Understands an answer by its status alone, if the gym refused the request unread, or if the status proves nothing about the request. Returns
 * undefined if the status shows that the gym read the request: the body then says what the answer means.
 */
export function doorAnswer(raw: RawAnswer, now: Date): TurnedAway | Unknown | undefined {
  if (raw.status === 403) return { kind: 'turned-away', why: 'blocked' };
  if (raw.status === 429) {
    const wait = retryAfterMs(raw.retryAfter, now);
    return { kind: 'turned-away', why: 'busy', ...(wait !== undefined && { retryAfterMs: wait }) };
  }
  return classify({ status: raw.status }) === 'definite' ? undefined : notUnderstood(raw, `status ${raw.status}`);
}

/** Says why an answer's body could not be understood, without quoting the body. */
export function shapeOf(body: string): string {
  if (body.trim() === '') return 'empty answer';
  if (parseJson(body) !== undefined) return 'JSON of another shape';
  return /^\s*</.test(body) ? 'HTML instead of JSON' : 'not JSON, or cut short';
}

const notUnderstood = (raw: RawAnswer, reason: string): Unknown => ({
  kind: 'unknown',
  reason,
  sample: redactedSample(raw.body),
});

/** A JSON object inside an unclear answer to a booking is used if it has one of `STATE_FIELDS`, or else if it has one of `REFUSAL_FIELDS`. */
const STATE_FIELDS = ['bookState', 'logout'] as const;
/** The fields of a refusal without `bookState`. `error` and `message` are left out, because scripts of any page hold objects with such fields. */
const REFUSAL_FIELDS = ['errorMssgLang', 'errorMssg', 'errorMsg'] as const;

/** Decides what an answer to a booking (`POST /api/book`) means. */
export function understandBook(raw: RawAnswer, now: Date): BookAnswer {
  const door = doorAnswer(raw, now);
  if (door) return door;
  const whole = raw.isCut ? undefined : bookAnswer.safeParse(parseJson(raw.body)).data;
  const within = whole ? undefined : (jsonWithin(raw.body, STATE_FIELDS) ?? jsonWithin(raw.body, REFUSAL_FIELDS));
  const wire = whole ?? bookAnswer.safeParse(within).data;
  if (!wire) return bookFields(raw.body) ?? notUnderstood(raw, shapeOf(raw.body));
  if (isLogout(wire.logout)) return { kind: 'session-dead' };
  const answer = byState(wire) ?? notUnderstood(raw, `no known bookState (${wire.bookState ?? 'none'})`);
  // A booking reported in an answer of an unexpected shape is checked in the gym's list before it is believed.
  return answer.kind === 'booked' && !whole ? { ...answer, kind: 'accepted' } : answer;
}

/**
 * Finds a booking in an answer without a whole JSON object, if the fields `bookState` and `id` can both be read in the answer. A booking that
 * `bookFields` finds is checked in the gym's list before it is believed.
 */
function bookFields(body: string): BookAnswer | undefined {
  const [state, id] = [numberWithin(body, 'bookState'), numberWithin(body, 'id')];
  if ((state !== 0 && state !== 1) || id === undefined) return undefined;
  return { kind: 'accepted', reservationId: String(id) };
}

const CANCEL_STATES: Readonly<Record<number, CancelAnswer['kind'] & ('cancelled' | 'late-needs-consent' | 'failed')>> =
  {
    1: 'cancelled',
    2: 'late-needs-consent',
    3: 'failed',
  };

/**
 * Decides what an answer to a cancellation (`POST /api/cancelBook`) means. `cancelled` is only what the answer says and proves nothing: a call with a
 * slot's id in place of the reservation's id gets the same answer.
 */
export function understandCancel(raw: RawAnswer, now: Date): CancelAnswer {
  const door = doorAnswer(raw, now);
  if (door) return door;
  const json = raw.isCut ? undefined : parseJson(raw.body);
  const wire = cancelAnswer.safeParse(json ?? jsonWithin(raw.body, ['cancelState', 'logout'])).data;
  if (!wire) return notUnderstood(raw, shapeOf(raw.body));
  if (isLogout(wire.logout)) return { kind: 'session-dead' };
  const known = wire.cancelState === undefined ? undefined : CANCEL_STATES[wire.cancelState];
  if (known === undefined) return notUnderstood(raw, `no known cancelState (${wire.cancelState ?? 'none'})`);
  const said = known === 'failed' ? saidIn(wire) : undefined;
  return said === undefined ? { kind: known } : { kind: 'failed', said };
}
