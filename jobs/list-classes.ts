// The classes of one day, as the gym shows them to the member's own device, each with the instant it opens if the box's opening rule is known.

import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import type { Gym, Slot } from '../services/gym/gym.ts';
import { opensAt, parseOpeningRule } from '../services/prebooking/opening-rule.ts';
import type { Box } from '../services/store/box-store.ts';

export interface ListedClass extends Slot {
  readonly opensAt: Date | undefined;
}

export interface ListedDay {
  readonly classes: readonly ListedClass[];
  /** The box's own messages about the day. */
  readonly notices: readonly string[];
}

/** Throws box/missing, session/missing, session/needs-login, request/limited, gym/…. */
export async function listClasses(
  services: ByHandServices & { readonly gym: Gym },
  { boxId, day, familyId, ...caller }: Caller & { boxId: string; day: string; familyId?: string | undefined },
): Promise<ListedDay> {
  const box = await ownBox(services, caller.userId, boxId);
  await keepPace(services, { userId: caller.userId, boxId });
  const answer = await withDeviceSession(services, caller, (key) => services.gym.readDay(key, box.at, day, familyId));
  const classes = answer.slots.map((slot) => ({ ...slot, opensAt: openingOf(box, slot) }));
  return { classes, notices: answer.notices };
}

const openingOf = (box: Box, slot: Slot): Date | undefined =>
  box.openingRule === undefined ? undefined : opensAt(parseOpeningRule(box.openingRule), slot, box.timeZone);
