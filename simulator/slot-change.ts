// Changes a class that is on the timetable already. A change of a class leaves its bookings as they are.
import { startOf, timeIdOf } from './opening.ts';
import type { Slot } from './slot.ts';
import type { SlotChange } from './slot-change-shape.ts';
import { slotIdOf } from './timetable.ts';

/**
 * Applies the change to the slot and returns the slot. A class that moves to other hours still opens at the same instant unless `opensAt` is given.
 */
export function changeSlot(slot: Slot, change: SlotChange): Slot {
  const { newId, opensAt, time, ...plain } = change;
  if (time !== undefined)
    Object.assign(slot, { time, timeid: timeIdOf(time), startsAtMs: startOf(slot.day, time, slot.box.plan.zone) });
  Object.assign(slot, plain);
  if (newId !== undefined) slot.id = newId === true ? slotIdOf(slot.key, slot.id) : newId;
  if (opensAt !== undefined) slot.opensAtMs = opensAt;
  return slot;
}
