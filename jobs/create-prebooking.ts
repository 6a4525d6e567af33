// A member wants a class that is not open yet: find it, work out when it opens, write it down, arm the wake-up.
// The row comes first: a queue that does not answer leaves a prebooking that the sweep will arm, never an orphan message.
import { randomUUID } from 'node:crypto';
import { checkTokens } from '../services/booking/check-tokens.ts';
import { keepPace } from '../services/booking/rate-limit.ts';
import { type ByHandServices, ownBox, withDeviceSession } from '../services/booking/with-device-session.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { isWithinReach, scheduleWakeUps } from '../services/dispatch/wake-up.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { cleanName } from '../services/gym/foreign-text.ts';
import type { Gym, GymBox, GymKey, Slot } from '../services/gym/gym.ts';
import { checkClassInReach, checkOpening } from '../services/prebooking/bookable-range.ts';
import { missingIn, resolveSlot } from '../services/prebooking/class-choice.ts';
import { opensAt, parseOpeningRule } from '../services/prebooking/opening-rule.ts';
import { startOfClass } from '../services/prebooking/possible-openings.ts';
import type { Alternative, Prebooking } from '../services/prebooking/prebooking.ts';
import type { Box } from '../services/store/box-store.ts';

export interface PrebookingWish {
  readonly boxId: string;
  readonly day: string;
  readonly classId?: string | undefined;
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  readonly familyId?: string | undefined;
  readonly waitlist?: boolean | undefined;
  readonly alternatives?: readonly Alternative[] | undefined;
  /** Overrides what the box's rule says. */
  readonly opensAt?: Date | undefined;
}

export interface CreateServices extends ByHandServices {
  readonly gym: Gym;
  readonly dispatch: Dispatch;
}

/** What the gym's list said of the class; undefined for a day that is not published yet, or that could not be looked at. */
export type ListedAs = Pick<Slot, 'isInPlan' | 'isCancelled'>;

/**
 * Throws box/missing, prebooking/class-missing, prebooking/class-cancelled, prebooking/opening-unknown, prebooking/class-started, prebooking/duplicate,
 * prebooking/too-many, subscription/no-tokens, request/invalid, request/limited, and session/…, gym/… where the day cannot be read.
 */
export async function createPrebooking(services: CreateServices, request: WishRequest): Promise<Prebooking> {
  return (await takeWish(services, request)).prebooking;
}

export interface WishRequest {
  /** Asked again under the same id, the same prebooking is answered. */
  readonly id?: string;
  readonly userId: string;
  readonly deviceFingerprint: string | undefined;
  readonly wish: PrebookingWish;
}

/** The same, with what the gym's list said of the class. */
export async function takeWish(
  services: CreateServices,
  request: WishRequest,
): Promise<{ readonly prebooking: Prebooking; readonly listed: ListedAs | undefined }> {
  const { clock, store } = services;
  const { userId, wish } = request;
  const box = await ownBox(services, userId, wish.boxId);
  await keepPace(services, { userId, boxId: box.id });
  const found = await findClass(services, request, box);
  const now = clock.now();
  const startsAt = startOfClass(box, { day: wish.day, timeId: found.timeId }, now);
  checkClassInReach(startsAt, now);
  const opens = wish.opensAt ?? openingOf(box, wish.day, found.timeId, now);
  checkOpening(opens, startsAt);
  await checkTokens(services, userId, opens);
  const prebooking = await store.createPrebooking({
    id: request.id ?? randomUUID(),
    userId,
    boxId: box.id,
    day: wish.day,
    classId: found.classId,
    timeId: found.timeId,
    className: found.className,
    familyId: wish.familyId,
    waitlist: wish.waitlist ?? false,
    alternatives: wish.alternatives ?? [],
    opensAt: opens,
    startsAt,
    now,
  });
  return { prebooking: await arm(services, prebooking), listed: found.listed };
}

interface Found {
  readonly classId: string | undefined;
  readonly timeId: string;
  readonly className: string | undefined;
  readonly listed: ListedAs | undefined;
}

/**
 * The class as the gym lists it. A day that it lists as empty is not published yet: there the member's own words stand, and nowhere
 * else, but for a member who has no device to look with.
 */
async function findClass(
  services: CreateServices,
  { userId, deviceFingerprint, wish }: { userId: string; deviceFingerprint: string | undefined; wish: PrebookingWish },
  { at }: { at: GymBox },
): Promise<Found> {
  const read = (key: GymKey) => services.gym.readDay(key, at, wish.day, wish.familyId);
  const caller = { userId, deviceFingerprint };
  const slots = deviceFingerprint === undefined ? [] : (await withDeviceSession(services, caller, read)).slots;
  const byId = slots.find((slot) => slot.id === wish.classId);
  const className = wish.className === undefined ? undefined : cleanName(wish.className) || undefined;
  const timeId = wish.timeId ?? byId?.timeId;
  if (slots.length === 0) {
    if (timeId === undefined) throw classMissing('That day is not listed yet: give timeId and className.');
    return { classId: wish.classId, timeId, className, listed: undefined };
  }
  if (timeId === undefined) throw classMissing('Expected classId or timeId of a class on that day.');
  const asked = { timeId, className: className ?? byId?.name, classId: wish.classId };
  const slot = resolveSlot(slots, asked) ?? resolveSlot(slots.map(opened), asked);
  if (slot) return { classId: slot.id, timeId: slot.timeId, className: slot.name, listed: slot };
  if (missingIn(slots, asked) !== 'class-cancelled')
    throw classMissing('Expected exactly one class of that day to answer to timeId and className.');
  // It may be called on again; meanwhile another choice of the member's stands.
  const others = wish.alternatives ?? [];
  const stands = others.some((one) => resolveSlot(slots, { ...asked, classId: undefined, ...given(one) }));
  if (stands) return { ...asked, listed: { isCancelled: true, isInPlan: undefined } };
  throw new Failure('prebooking/class-cancelled', 'The gym has called this class off.');
}

const given = ({ timeId, className }: Alternative) => ({
  ...(timeId !== undefined && { timeId }),
  ...(className !== undefined && { className }),
});

/** One that the gym has switched off may be wished for: it may be switched on before it opens, and readiness says how it stands. */
const opened = (slot: Slot): Slot => ({ ...slot, isBookable: !slot.isCancelled });

const classMissing = (message: string): Failure => new Failure('prebooking/class-missing', message);

/** By the box's rule; a class that should be open already is tried at once, since a refusal tells when it may open. */
function openingOf(box: Box, day: string, timeId: string, now: Date): Date {
  if (box.openingRule === undefined) {
    throw new Failure(
      'prebooking/opening-unknown',
      'It is not known yet when this box opens booking: say when (opensAt).',
    );
  }
  const opens = opensAt(parseOpeningRule(box.openingRule), { day, timeId }, box.timeZone);
  return opens > now ? opens : now;
}

/** The member has their prebooking whatever the queue says. */
async function arm({ clock, store, dispatch, logger }: CreateServices, prebooking: Prebooking): Promise<Prebooking> {
  const now = clock.now();
  if (!isWithinReach(dispatch, prebooking.opensAt, now)) return prebooking;
  try {
    await scheduleWakeUps({ clock, store, dispatch }, prebooking);
  } catch (error) {
    logger.warn(
      { prebookingId: prebooking.id, code: asFailure(error).code },
      'prebooking: not armed yet, the sweep will',
    );
  }
  return (await store.readPrebooking(prebooking.id)) ?? prebooking;
}
