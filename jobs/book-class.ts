// A member books a class by hand. The booking is sent once, and then the gym's list is read, because only the list shows whether the booking stands.

import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import { Failure } from '../services/failures.ts';
import type { BookAnswer, DayAnswer, Gym, GymBox, GymKey, Slot } from '../services/gym/gym.ts';
import { learnFromTooEarly, opensLater } from '../services/race/learn-opening.ts';
import { placeByTrace } from '../services/race/read-back.ts';

export type BookOutcome =
  | 'booked'
  | 'waitlisted'
  | 'already-booked'
  | 'full'
  | 'too-early'
  | 'quota-reached'
  | 'same-hour'
  | 'too-late'
  | 'refused';

export interface BookRequest extends Caller {
  readonly boxId: string;
  readonly day: string;
  readonly classId: string;
  readonly familyId?: string | undefined;
  readonly waitlist?: boolean | undefined;
  /** The record that this booking was sent; absent if the request has no Idempotency-Key, and then a repeated request sends the booking again. */
  readonly sending?: Sending | undefined;
}

/** The record that keeps a repeated request with the same Idempotency-Key from sending the booking again. */
export interface Sending {
  /**
   * The instant at which an earlier request under the same Idempotency-Key sent this booking without learning the result; if present, this request
   * sends nothing.
   */
  readonly begunAt: Date | undefined;
  /** Records that the booking is about to be sent. If the record of the sending cannot be written, `begin` throws and nothing is sent. */
  begin(): Promise<void>;
  /** Withdraws the record that the booking was sent; called only when it is proven that the booking had no effect at the gym. */
  undo(): void;
}

export interface BookResult {
  readonly outcome: BookOutcome;
  readonly reservationId?: string | undefined;
  /**
   * If the gym refused the booking: why, in the gym's words if it used any. If the member has a place, and the gym has moved the class to another
   * hour: "moved to" with that hour.
   */
  readonly reason?: string | undefined;
  /**
   * With the outcome `too-early`: when the class opens, if known. At `opensAt` the member can try again; before it, the member can make a prebooking.
   */
  readonly opensAt?: Date | undefined;
}

/**
 * Throws box/missing, prebooking/class-missing, prebooking/class-cancelled, session/…, gym/unreachable (nothing sent), gym/unreadable (read the
 * gym's list before trying again), request/limited, booking/unconfirmed (an earlier request sent the booking, and the gym does not list it).
 */
export async function bookClass(
  services: ByHandServices & { readonly gym: Gym },
  request: BookRequest,
): Promise<BookResult> {
  const box = await ownBox(services, request.userId, request.boxId);
  await keepPace(services, { userId: request.userId });
  const read = (key: GymKey) => services.gym.readDay(key, box.at, request.day, request.familyId);
  const before = await withDeviceSession(services, request, read);
  const slot = before.slots.find((one) => one.id === request.classId);
  const begunAt = request.sending?.begunAt;
  // `begunAt` says that an earlier request under the same Idempotency-Key sent this booking. That the gym does not list the class's id does not
  // disprove the booking: the gym may have given the class another id since.
  if (!slot && begunAt) throw unconfirmed();
  if (!slot) throw new Failure('prebooking/class-missing', 'Expected classId to be a class of that day.');
  if (slot.mine) return { outcome: begunAt ? slot.mine : 'already-booked', reservationId: slot.reservationId };
  if (begunAt) throw unconfirmed();
  if (slot.isCancelled) throw calledOff();
  const answer = await withDeviceSession(services, request, sender(services.gym, box.at, request, read));
  if (answer.kind === 'held') return { outcome: 'already-booked', reservationId: answer.reservationId };
  const look = () => withDeviceSession(services, request, read).catch(() => undefined);
  const seen = await seenAfter(services, slot, answer, look);
  // What the gym's answer "too early" shows about the box's opening rule is stored for all members of the box.
  const opens =
    answer.kind === 'too-early'
      ? opensLater(await learnFromTooEarly(services, box, slot, answer.announced), slot, services.clock.now())?.opensAt
      : undefined;
  return conclude(answer, seen, opens);
}

const calledOff = (): Failure => new Failure('prebooking/class-cancelled', 'The gym has called this class off.');

/** What the gym's list shows of the member's place after the booking was sent; undefined if the list cannot be read. */
type Seen = { readonly mine: Slot | undefined; readonly movedTo?: string | undefined } | undefined;

/** How long to wait, after a refusal without a code, before the gym's list is read a second time: the list may lag behind what the gym did. */
const WORDS_APART_MS = 3_000;

async function seenAfter(
  { clock }: ByHandServices,
  slot: Slot,
  answer: BookAnswer,
  look: () => Promise<{ readonly slots: readonly Slot[] } | undefined>,
): Promise<Seen> {
  const trace = { slot, reservationId: 'reservationId' in answer ? answer.reservationId : undefined };
  const once = async (): Promise<Seen> => {
    const day = await look();
    return day && (placeByTrace(day.slots, trace) ?? { mine: undefined });
  };
  const first = await once();
  if (answer.kind !== 'refused-in-words' || first?.mine) return first;
  await clock.sleep(WORDS_APART_MS);
  return once();
}

/** How long the app should wait before it asks what became of this booking; after that time a gym lists every booking that it accepted. */
const LOOK_AGAIN_MS = 10_000;
const unconfirmed = (): Failure =>
  new Failure(
    'booking/unconfirmed',
    'It was sent once and the gym does not list it. Nothing is sent twice under one Idempotency-Key: look again, or use a new one.',
    { retryAfterMs: LOOK_AGAIN_MS },
  );

const NOTHING_DONE: ReadonlySet<BookAnswer['kind']> = new Set(['session-dead', 'not-sent', 'turned-away']);

/** A place that the member already has in the class. */
interface Held {
  readonly kind: 'held';
  readonly reservationId: string | undefined;
}

/**
 * Returns the function that sends the booking. If the gym does not know the session of the first call, the function is called again with the renewed
 * session. A list that was read with the unknown session may lack the member's places, so the second call reads the list again before it sends.
 */
function sender(gym: Gym, box: GymBox, request: BookRequest, read: (key: GymKey) => Promise<DayAnswer>) {
  let isRead = true;
  return async (key: GymKey): Promise<BookAnswer | Held> => {
    const day = isRead ? undefined : await read(key);
    isRead = false;
    if (day?.kind === 'session-dead') return day;
    const held = day?.slots.find(({ id, mine }) => id === request.classId && mine !== undefined);
    return held ? { kind: 'held', reservationId: held.reservationId } : send(gym, key, box, request);
  };
}

async function send(gym: Gym, key: GymKey, box: GymBox, request: BookRequest): Promise<BookAnswer> {
  const { classId: slotId, day, familyId, waitlist = false, sending } = request;
  await sending?.begin();
  const answer = await gym.book(key, box, { slotId, day, familyId, waitlist });
  if (NOTHING_DONE.has(answer.kind)) sending?.undo();
  return answer;
}

function conclude(
  answer: Exclude<BookAnswer, { kind: 'session-dead' }>,
  seen: Seen,
  opens: Date | undefined,
): BookResult {
  if (seen?.mine?.isCancelled) throw calledOff();
  if (seen?.mine?.mine) {
    const { mine: outcome, reservationId } = seen.mine;
    return { outcome, reservationId, ...(seen.movedTo !== undefined && { reason: `moved to ${seen.movedTo}` }) };
  }
  switch (answer.kind) {
    case 'too-early':
      return { outcome: 'too-early', opensAt: opens };
    case 'no-credit':
    case 'unpaid':
      return { outcome: 'refused', reason: answer.reason };
    case 'same-hour':
      return { outcome: 'same-hour' };
    case 'not-sent':
      throw new Failure('gym/unreachable', 'The gym could not be reached; nothing was sent.');
    case 'turned-away':
      throw new Failure('gym/blocked', 'The gym turned the request away; nothing was booked.');
    case 'refused-in-words':
      if (seen) return { outcome: 'refused', reason: answer.said };
      throw unclear(false);
    case 'booked':
    case 'accepted':
    case 'unknown':
      throw unclear(seen !== undefined);
    default:
      return { outcome: answer.kind, reason: answer.reason };
  }
}

const unclear = (couldLook: boolean): Failure =>
  new Failure(
    'gym/unreadable',
    couldLook
      ? 'The gym took the booking but does not list it yet: look again before trying again.'
      : 'The gym gave no clear answer and cannot be asked just now: look again before trying again.',
  );
