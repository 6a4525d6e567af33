// A member gives back the booked place in a class. Only the id of the asking member's own reservation is ever sent to the gym. The gym's list decides
// what is reported, because the gym answers "done" and does nothing when it gets the wrong kind of id.

import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import { asFailure, Failure } from '../services/failures.ts';
import type { DayAnswer, Gym, GymKey, Slot } from '../services/gym/gym.ts';

export interface CancelRequest extends Caller {
  readonly boxId: string;
  readonly day: string;
  readonly reservationId: string;
  readonly familyId?: string | undefined;
  /** True if the member accepts that a late cancellation costs the credit that was used for the booking. */
  readonly acceptLate?: boolean | undefined;
}

export interface CancelResult {
  readonly outcome: 'cancelled' | 'late-needs-consent' | 'not-found' | 'failed';
  /** With the outcome `failed`: why the gym refused to cancel, in its own words if it used any. */
  readonly reason?: string | undefined;
}

/**
 * Throws box/missing, session/…, request/limited, gym/unreachable (nothing sent), gym/unreadable (the place is still in the gym's list, or the gym's
 * list cannot be read).
 */
export async function cancelBooking(
  services: ByHandServices & { readonly gym: Gym },
  asked: CancelRequest,
): Promise<CancelResult> {
  const { gym } = services;
  const box = await ownBox(services, asked.userId, asked.boxId);
  await keepPace(services, { userId: asked.userId });
  const request = { ...asked, familyId: asked.familyId ?? (await familyOf(services, asked)) };
  const { reservationId, familyId, acceptLate = false } = request;
  const isIn = (slots: readonly Slot[]) => slots.some((slot) => slot.mine && slot.reservationId === reservationId);
  // The gym gives the list to a session that it does not know, too, without the member's places: such a list does not prove that the place is gone.
  const read = async (key: GymKey): Promise<DayAnswer> => {
    const day = await gym.readDay(key, box.at, request.day, familyId);
    const isKnown = day.kind !== 'day' || isIn(day.slots) || (await gym.isAlive(key)) !== false;
    return isKnown ? day : { kind: 'session-dead' };
  };
  const stands = async () => isIn((await withDeviceSession(services, request, read)).slots);
  if (!(await stands())) {
    // The gym may have taken the place back after an earlier request of the member, whose result could not be read.
    await noteGivenBack(services, request);
    return { outcome: 'not-found' };
  }
  const cancel = (key: GymKey) => gym.cancel(key, box.at, { reservationId, familyId, acceptLate });
  const answer = await withDeviceSession(services, request, cancel);
  if (answer.kind === 'late-needs-consent') return { outcome: 'late-needs-consent' };
  if (answer.kind === 'not-sent')
    throw new Failure('gym/unreachable', 'The gym could not be reached; nothing was sent.');
  // After the cancellation was sent, gym/unreachable would be the wrong failure, because it says that nothing was sent.
  const still = await stands().catch((cause) => {
    throw new Failure('gym/unreadable', 'It was sent, and the gym cannot be asked just now: look again.', { cause });
  });
  if (still && answer.kind === 'failed') return { outcome: 'failed', reason: answer.said };
  if (still) throw new Failure('gym/unreadable', 'The gym still lists the place: look again before trying again.');
  await noteGivenBack(services, request);
  return { outcome: 'cancelled' };
}

/** The family member for whom puntual won the place; undefined if the place is the member's own or was not won by puntual. */
async function familyOf({ store }: ByHandServices, { userId, boxId, day, reservationId }: CancelRequest) {
  const won = await store.readPrebookingsBetween(userId, day, day);
  return won.find((one) => one.boxId === boxId && one.reservationId === reservationId)?.familyId;
}

/** Records that the place is gone, so that no notice says that the member still has it. The place is gone, whether the record is written or not. */
async function noteGivenBack({ store, clock, logger }: ByHandServices, request: CancelRequest): Promise<void> {
  const { userId, boxId, day, familyId, reservationId } = request;
  await store
    .noteGivenBack({ userId, boxId, day, familyId, reservationId, now: clock.now() })
    .catch((error: unknown) => {
      logger.warn({ userId, code: asFailure(error).code }, 'booking: a place given back could not be recorded');
    });
}
