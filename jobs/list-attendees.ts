// The people in a class: names from the gym, if it gives them to this member, and the member's friends in puntual that allow being seen. The
// attendees' names that the gym gives are passed on to the caller and are not stored.
import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import { Failure } from '../services/failures.ts';
import type { Attendee, ClassAttendees } from '../services/gym/attendees.ts';
import type { Gym, GymKey, Slot } from '../services/gym/gym.ts';
import { startOf } from '../services/prebooking/class-choice.ts';
import { isSameName } from '../services/prebooking/class-name.ts';

export interface ListedAttendees {
  /**
   * The attendees as the gym names them; undefined if the gym does not show them to this member, or its list for coaches does not hold exactly one
   * matching class.
   */
  readonly attendees: readonly Attendee[] | undefined;
  /**
   * Why `attendees` is undefined: the gym shows the names only to its coaches. `reason` is undefined if the names are given, and also if the list
   * that the gym shows its coaches has no class, or several, that match the class asked for.
   */
  readonly reason: 'coaches-only' | undefined;
  readonly friends: readonly Attendee[];
}

type ListServices = ByHandServices & { readonly gym: Gym };

/** Throws box/missing, prebooking/class-missing, session/missing, session/needs-login, request/limited, gym/…. */
export async function listAttendees(
  services: ListServices,
  { boxId, day, classId, ...caller }: Caller & { boxId: string; day: string; classId: string },
): Promise<ListedAttendees> {
  const { gym, store } = services;
  const box = await ownBox(services, caller.userId, boxId);
  await keepPace(services, { userId: caller.userId, boxId });
  const listed = await withDeviceSession(services, caller, (key) => gym.readDay(key, box.at, day));
  const slot = listed.slots.find(({ id }) => id === classId);
  if (!slot) throw new Failure('prebooking/class-missing', 'Expected classId to be a class of that day.');
  const { timeId, name: className } = slot;
  const friends = await store.readFriendsInClass({ userId: caller.userId, boxId, day, classId, timeId, className });
  // The gym shows the names to no member whose role is `client`, so for such a member the gym is not asked.
  if (box.role === 'client') return { attendees: undefined, reason: 'coaches-only', friends };
  const read = (key: GymKey) => gym.readAttendees(key, box.at, day);
  const answer = await withDeviceSession(services, caller, read);
  if (answer.kind === 'not-shown') return { attendees: undefined, reason: 'coaches-only', friends };
  return { attendees: thoseOf(slot, answer.classes), reason: undefined, friends };
}

/** The attendees of this class. The gym's list for coaches has no class ids, so the class is recognised by hour and name, and then by its coach. */
function thoseOf(slot: Slot, classes: readonly ClassAttendees[]): readonly Attendee[] | undefined {
  const alike = classes.filter(
    (one) => one.startsAt.padStart(5, '0') === startOf(slot.timeId) && isSameName(one.name, slot.name),
  );
  const meant = alike.length > 1 ? alike.filter(({ coach }) => coach === slot.coach) : alike;
  return meant.length === 1 ? meant[0]?.attendees : undefined;
}
