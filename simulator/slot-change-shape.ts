// What may change about a class while it is on the timetable: the shape that the control API's `changeSlot` and the knob `change-after-book` share.
// slot-change.ts makes the change.
import { z } from 'zod';
import { instantShape } from './instant.ts';

const flag = z.union([z.literal(0), z.literal(1)]);

/** The hours of a class: "18:00 - 19:00". */
export const classTime = z.string().regex(/^\d{2}:\d{2} - \d{2}:\d{2}$/, 'Expected "18:00 - 19:00"');

/** Fields of a class's row that tell members whether they may book it; all but `hidden` make the gym refuse bookings. */
export const slotFlags = {
  enabled: flag,
  /** 1 means that only the staff may book the class. */
  resadmin: flag,
  /** 0 means that no member's plan includes the class. */
  included: flag,
  hidden: flag,
  /** With `true` the gym has called the class off: its row stays, with `cancelledId`. */
  calledOff: z.boolean(),
};

/** A field that is absent leaves the class's value of that field as it is; an unknown field is refused. */
export const slotChangeShape = z.strictObject({
  limit: z.int().nonnegative().optional(),
  waitlist: z.union([z.boolean(), z.int().nonnegative()]).optional(),
  /** The class's new id: one that the gym makes (true), or the given number. */
  newId: z.union([z.literal(true), z.int()]).optional(),
  /** With `true` the class leaves the timetable, and its row leaves the day's list. */
  removed: z.boolean().optional(),
  className: z.string().optional(),
  classId: z.int().optional(),
  coachName: z.string().nullable().optional(),
  /** New hours of the class; `timeid` follows the new hours unless a new `timeid` is given too. */
  time: classTime.optional(),
  timeid: z.string().optional(),
  opensAt: instantShape.optional(),
  enabled: slotFlags.enabled.optional(),
  resadmin: slotFlags.resadmin.optional(),
  included: slotFlags.included.optional(),
  hidden: slotFlags.hidden.optional(),
  calledOff: slotFlags.calledOff.optional(),
});
export type SlotChange = z.infer<typeof slotChangeShape>;
export type SlotChangeInput = z.input<typeof slotChangeShape>;
