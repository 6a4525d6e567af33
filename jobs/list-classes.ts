// The classes of one day, as the gym shows them to the member's own device, each with the instant it opens if the box's opening rule is known.

import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import type { DayAnswer, Gym, GymKey, Slot } from '../services/gym/gym.ts';
import { opensAt, parseOpeningRule } from '../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import type { Box } from '../services/store/box-store.ts';

export interface ListedClass extends Slot {
  readonly opensAt: Date | undefined;
}

export interface ListedDay {
  readonly classes: readonly ListedClass[];
  /** The box's own messages about the day. */
  readonly notices: readonly string[];
}

/** The states of a prebooking that has won a place, which the gym's list should show. */
const HELD: readonly Prebooking['status'][] = ['booked', 'waitlisted'];

/**
 * The gym's list of a day. If the list shows no place although a prebooking has won one, a whoami request checks whether the gym still knows the
 * device session. Throws box/missing, session/missing, session/needs-login, session/uncertain, request/limited, gym/….
 */
export async function listClasses(
  services: ByHandServices & { readonly gym: Gym },
  { boxId, day, familyId, ...caller }: Caller & { boxId: string; day: string; familyId?: string | undefined },
): Promise<ListedDay> {
  const box = await ownBox(services, caller.userId, boxId);
  await keepPace(services, { userId: caller.userId, boxId });
  const { gym, store } = services;
  const { userId } = caller;
  const isExpected = async () => {
    const held = await store.readPrebookingsBetween(userId, day, day);
    return held.some((one) => one.boxId === boxId && one.familyId === familyId && HELD.includes(one.status));
  };
  // The gym gives the list for a session that it no longer knows, too, but without the member's places.
  const read = async (key: GymKey): Promise<DayAnswer> => {
    const listed = await gym.readDay(key, box.at, day, familyId);
    const isShown = listed.kind !== 'day' || listed.slots.some(({ mine }) => mine !== undefined);
    if (isShown || !(await isExpected())) return listed;
    return (await gym.isAlive(key)) === false ? { kind: 'session-dead' } : listed;
  };
  const answer = await withDeviceSession(services, caller, read);
  const classes = answer.slots.map((slot) => ({ ...slot, opensAt: openingOf(box, slot) }));
  return { classes, notices: answer.notices };
}

const openingOf = (box: Box, slot: Slot): Date | undefined =>
  box.openingRule === undefined ? undefined : opensAt(parseOpeningRule(box.openingRule), slot, box.timeZone);
