// What may change about a class while it is on the timetable: the shape that control and knobs share.
// It changes nothing: slot-change.ts does.
import { z } from 'zod';
import { instantShape } from './instant.ts';

const flag = z.union([z.literal(0), z.literal(1)]);

/** "18:00 - 19:00". */
export const classTime = z.string().regex(/^\d{2}:\d{2} - \d{2}:\d{2}$/, 'Expected "18:00 - 19:00"');

/** Fields of a row that close the class to members; the gym obeys them. */
export const slotFlags = {
  enabled: flag,
  /** 1: the staff alone books it. */
  resadmin: flag,
  /** 0: not in the plan of any member. */
  included: flag,
  hidden: flag,
  /** The gym has called it off: its row stays, with `cancelledId`. */
  calledOff: z.boolean(),
};

/** Absent fields stay as they are; unknown ones are refused. */
export const slotChangeShape = z.strictObject({
  limit: z.int().nonnegative().optional(),
  waitlist: z.union([z.boolean(), z.int().nonnegative()]).optional(),
  /** true: the next id; a number: this id. */
  newId: z.union([z.literal(true), z.int()]).optional(),
  /** Gone from the timetable, row and all. */
  removed: z.boolean().optional(),
  className: z.string().optional(),
  classId: z.int().optional(),
  coachName: z.string().nullable().optional(),
  /** Moves it, makes it longer or shorter; `timeid` follows unless it is named. */
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
