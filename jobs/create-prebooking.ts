// A member wants a class that is not open yet: finds the class, computes when it opens, stores the prebooking and schedules its wake-up.
import { randomUUID } from 'node:crypto';
import { keepPace } from '../services/booking/rate-limit.ts';
import { type ByHandServices, ownBox, withDeviceSession } from '../services/booking/with-device-session.ts';
import { type WishRow, writeWish } from '../services/booking/write-wish.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import type { Gym, GymKey, Slot } from '../services/gym/gym.ts';
import { findClass, type ListedAs } from '../services/prebooking/find-class.ts';
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
  /** The opening that the member stated; used in place of the opening that follows from the box's opening rule. */
  readonly opensAt?: Date | undefined;
}

export interface CreateServices extends ByHandServices {
  readonly gym: Gym;
  readonly dispatch: Dispatch;
}

/**
 * Throws box/missing, prebooking/class-missing, prebooking/class-cancelled, prebooking/opening-unknown, prebooking/class-started,
 * prebooking/duplicate, prebooking/too-many, subscription/no-tokens, request/invalid, request/limited. If the gym's list of the day cannot be read,
 * throws session/… or gym/….
 */
export async function createPrebooking(services: CreateServices, request: WishRequest): Promise<Prebooking> {
  return (await takeWish(services, request)).prebooking;
}

export interface WishRequest {
  /** The prebooking's id, if the caller chooses it. A second request with the same id is answered with the same prebooking. */
  readonly id?: string;
  readonly userId: string;
  readonly deviceFingerprint: string | undefined;
  readonly wish: PrebookingWish;
}

/** Creates a prebooking as `createPrebooking` does, and also returns what the gym's list said of the class. */
export async function takeWish(
  services: CreateServices,
  request: WishRequest,
): Promise<{ readonly prebooking: Prebooking; readonly listed: ListedAs | undefined }> {
  const { userId, wish } = request;
  const box = await ownBox(services, userId, wish.boxId);
  await keepPace(services, { userId, boxId: box.id });
  const found = findClass(await readSlots(services, request, box), wish);
  const id = request.id ?? randomUUID();
  const write = (row: WishRow) => services.store.createPrebooking({ id, ...row });
  return { prebooking: await writeWish(services, { userId, box, found, wish, write }), listed: found.listed };
}

/** The gym's list of the day's classes; without a device session it is empty, and the prebooking stores the class as the member described it. */
async function readSlots(services: CreateServices, request: WishRequest, { at }: Box): Promise<readonly Slot[]> {
  const { userId, deviceFingerprint, wish } = request;
  if (deviceFingerprint === undefined) return [];
  const read = (key: GymKey) => services.gym.readDay(key, at, wish.day, wish.familyId);
  return (await withDeviceSession(services, { userId, deviceFingerprint }, read)).slots;
}
