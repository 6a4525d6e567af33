// The classes of a box by day, made from its weekly timetable and its single slots when a call first looks at the day. reservations.ts takes
// bookings.
import { dateOf, opensAt, startOf, timeIdOf } from './opening.ts';
import { seedOf } from './random.ts';
import { makeRivals } from './rivals.ts';
import type { BoxPlan, SlotPlan } from './scenario.ts';
import type { Box, Slot } from './slot.ts';

/** The box's slots on the day `day`, removed slots included. A day that is not in the calendar, such as 30 February, has no slots. */
export function slotsOn(box: Box, day: string, seed: number): Slot[] {
  const known = box.days.get(day);
  if (known) return known;
  const made = plansOn(box.plan, day).map((plan, index) => makeSlot(box, plan, index, seed));
  box.days.set(day, made);
  return made;
}

/** Adds one slot to a day of a box, even if the slots of that day have been made already. */
export function addSlot(box: Box, plan: SlotPlan, seed: number): Slot {
  const others = slotsOn(box, plan.day, seed);
  const slot = makeSlot(box, plan, others.length, seed);
  others.push(slot);
  return slot;
}

export function findSlot(box: Box, day: string, id: number, seed: number): Slot | undefined {
  return slotsOn(box, day, seed).find((slot) => slot.id === id && !slot.removed);
}

/** Whether any slot of the box has the id `id`, among the slots made so far; the slots of a day are made when the day is first needed. */
export function isSlotId(box: Box, id: number): boolean {
  return [...box.days.values()].some((slots) => slots.some((slot) => slot.id === id));
}

function plansOn(plan: BoxPlan, day: string): SlotPlan[] {
  const weekday = weekdayOf(day);
  if (weekday === undefined) return [];
  const weekly = plan.timetable
    .filter((one) => one.weekday === weekday)
    .map(({ weekday: _, ...one }) => ({ ...one, day }));
  return [...weekly, ...plan.slots.filter((one) => one.day === day)].sort((a, b) => a.time.localeCompare(b.time));
}

function weekdayOf(day: string): number | undefined {
  try {
    return dateOf(day).dayOfWeek;
  } catch {
    return undefined;
  }
}

function makeSlot(box: Box, plan: SlotPlan, index: number, seed: number): Slot {
  const { zone, opening, slug } = box.plan;
  const timeid = plan.timeid ?? timeIdOf(plan.time);
  const key = `${slug}/${plan.day}/${timeid}/${plan.classId}/${index}`;
  const { classId, className, coachName, limit, waitlist, enabled, resadmin, included, hidden, calledOff } = plan;
  const opens = plan.opensAt ?? opensAt(opening, plan.day, plan.time, zone);
  return {
    key,
    box,
    id: plan.id ?? slotIdOf(key, 0),
    day: plan.day,
    time: plan.time,
    timeid,
    ...{ classId, className, coachName, limit, waitlist, enabled, resadmin, included, hidden, calledOff },
    startsAtMs: startOf(plan.day, plan.time, zone),
    opensAtMs: opens,
    removed: false,
    rivals: makeRivals(plan.rivals, opens, seed, key),
    reservations: [],
  };
}

/**
 * An id of eight digits for the slot with the key `key`; the id is smaller than every reservation's id. `generation` is any number: with another
 * number, the same slot gets another id.
 */
export const slotIdOf = (key: string, generation: number): number =>
  10_000_000 + (seedOf(generation, key) % 50_000_000);
