// Finds the full class in which a member wants a place, and the booking to give back for that place (if any), and stores a watch. The next pass over
// watches reads the gym's list of the day: if the watched class already has a free place, that pass books the place or tells the member.
import { checkTokens } from '../services/booking/check-tokens.ts';
import { keepPace } from '../services/booking/rate-limit.ts';
import { type ByHandServices, ownBox, withDeviceSession } from '../services/booking/with-device-session.ts';
import { Failure } from '../services/failures.ts';
import { cleanName } from '../services/gym/foreign-text.ts';
import type { Gym, GymKey, Slot } from '../services/gym/gym.ts';
import { checkClassInReach } from '../services/prebooking/bookable-range.ts';
import { missingIn, resolveSlot } from '../services/prebooking/class-choice.ts';
import { classStartsAt } from '../services/prebooking/opening-rule.ts';
import { isAssumed, startOfClass } from '../services/prebooking/possible-openings.ts';
import { DEFAULT_NOT_AFTER, type Instead, type Watch } from '../services/prebooking/watch.ts';
import { openingByRule } from '../services/race/learn-opening.ts';
import type { OwnBox } from '../services/store/box-store.ts';

export interface WatchWish {
  readonly boxId: string;
  readonly day: string;
  readonly classId?: string | undefined;
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  /** With `book`, the watch books a place that comes free; with `tell`, it only tells the member of the place. */
  readonly then: 'book' | 'tell';
  /**
   * How many minutes before the watched class the watch ends; with `instead`, before the watched class or the class given back, whichever is earlier.
   */
  readonly notAfter?: number | undefined;
  /** The id of the member's reservation in another class; that reservation is given back once the watch has booked its place. */
  readonly instead?: string | undefined;
}

export interface WatchRequest {
  /** The watch's id, chosen by the caller. A second request with the same id is answered with the same watch. */
  readonly id: string;
  readonly userId: string;
  readonly deviceFingerprint: string | undefined;
  readonly wish: WatchWish;
}

export type WatchServices = ByHandServices & { readonly gym: Gym };

const MINUTE_MS = 60_000;
/** At most this many of a member's booked prebookings are searched for the place to give back. */
const MAX_PLACES = 200;

/**
 * Throws box/missing, prebooking/class-missing, prebooking/class-cancelled, prebooking/class-started, watch/…, subscription/no-tokens,
 * request/invalid, request/limited, and session/…, gym/… where the gym's list of the day cannot be read.
 */
export async function createWatch(services: WatchServices, request: WatchRequest): Promise<Watch> {
  const { clock, store } = services;
  const { id, userId, wish } = request;
  const box = await ownBox(services, userId, wish.boxId);
  await keepPace(services, { userId, boxId: box.id });
  const slots = await readDay(services, request, box);
  const found = findClass(slots, wish);
  const now = clock.now();
  const startsAt = startOfClass(box, { day: wish.day, timeId: found.timeId }, now);
  checkClassInReach(startsAt, now);
  checkOpen(box, { day: wish.day, timeId: found.timeId }, now);
  const instead = wish.instead === undefined ? undefined : await findInstead(services, request, box, slots);
  if (
    instead &&
    instead.place.day === wish.day &&
    instead.place.timeId === found.timeId &&
    instead.place.boxId === box.id
  )
    throw new Failure('request/invalid', 'Expected instead to be a place in another class.');
  const notAfter = wish.notAfter ?? DEFAULT_NOT_AFTER;
  const firstMs = Math.min(startsAt.getTime(), instead?.startsAt.getTime() ?? Number.POSITIVE_INFINITY);
  const endsAt = new Date(firstMs - notAfter * MINUTE_MS);
  if (endsAt <= now)
    throw new Failure('watch/over', `Expected a class that begins later than ${notAfter} minutes from now (notAfter).`);
  if (wish.then === 'book') await checkTokens(services, userId, now);
  const { then: kind, boxId, day } = wish;
  return store.createWatch({
    id,
    userId,
    boxId,
    day,
    ...found,
    kind,
    notAfter,
    startsAt,
    endsAt,
    instead: instead?.place,
    now,
  });
}

/** The gym's list of the day's classes; the list is empty without a device session, and the class is then taken as the member described it. */
async function readDay(
  services: WatchServices,
  { userId, deviceFingerprint, wish }: WatchRequest,
  { at }: OwnBox,
): Promise<readonly Slot[]> {
  if (deviceFingerprint === undefined) return [];
  const read = (key: GymKey) => services.gym.readDay(key, at, wish.day);
  return (await withDeviceSession(services, { userId, deviceFingerprint }, read)).slots;
}

type Found = Pick<Watch, 'classId' | 'timeId' | 'className'>;

function findClass(slots: readonly Slot[], wish: WatchWish): Found {
  const byId = slots.find((slot) => slot.id === wish.classId);
  const className = wish.className === undefined ? undefined : cleanName(wish.className) || undefined;
  const timeId = wish.timeId ?? byId?.timeId;
  if (timeId === undefined)
    throw new Failure('prebooking/class-missing', 'Expected classId or timeId of a class on that day.');
  if (slots.length === 0) return { classId: wish.classId, timeId, className };
  const asked = { timeId, className: className ?? byId?.name, classId: wish.classId };
  const slot = resolveSlot(slots, asked);
  if (slot?.mine === 'booked') throw new Failure('watch/has-place', 'You have a place in this class already.');
  if (slot) return { classId: slot.id, timeId: slot.timeId, className: slot.name };
  if (missingIn(slots, asked) === 'class-cancelled')
    throw new Failure('prebooking/class-cancelled', 'The gym has called this class off.');
  throw new Failure(
    'prebooking/class-missing',
    'Expected exactly one class of that day to answer to timeId and className.',
  );
}

/**
 * Throws watch/not-open if the class is not open yet by the box's opening rule: before a class opens, all its places are free. Allows every watch
 * where the box's time zone is a guess.
 */
function checkOpen(box: OwnBox, slot: { day: string; timeId: string }, now: Date): void {
  const opens = isAssumed(box) ? undefined : openingByRule(box, slot);
  if (opens && opens > now)
    throw new Failure('watch/not-open', `This class opens at ${opens.toISOString()}: ask for a prebooking.`);
}

/** The booking to give back: one that the gym lists on the day of the wanted class, or one that a prebooking won. */
async function findInstead(
  { store }: WatchServices,
  { userId, wish }: WatchRequest,
  box: OwnBox,
  slots: readonly Slot[],
): Promise<{ readonly place: Instead; readonly startsAt: Date }> {
  if (wish.then !== 'book') throw new Failure('request/invalid', 'Expected then to be book where instead is given.');
  const { boxId, day, instead: reservationId = '' } = wish;
  const slot = slots.find((one) => one.mine === 'booked' && one.reservationId === reservationId);
  if (slot) {
    const { timeId, name: className } = slot;
    return {
      place: { boxId, day, reservationId, timeId, className },
      startsAt: classStartsAt(day, timeId, box.timeZone),
    };
  }
  const won = await store.readMemberPrebookings(userId, 'booked', MAX_PLACES);
  const one = won.find((each) => each.reservationId === reservationId && each.familyId === undefined);
  if (!one)
    throw new Failure('watch/instead-missing', 'Expected instead to be a booking of yours: of that day, or won here.');
  const place = { boxId: one.boxId, day: one.day, reservationId, timeId: one.timeId, className: one.className };
  return { place, startsAt: one.startsAt };
}
