// The types of a box's day: a box, a class at one time, a reservation in it. timetable.ts makes slots, and reservations.ts takes bookings.
import type { Rivals } from './rivals.ts';
import type { BoxPlan } from './scenario.ts';

/** A box while the gym runs: its settings in the scenario (`plan`), and the slots of the days that a call has looked at. */
export interface Box {
  plan: BoxPlan;
  days: Map<string, Slot[]>;
}

/** One class at one time. The field `id` of a slot may change, its `key` never does. */
export interface Slot {
  key: string;
  box: Box;
  id: number;
  day: string;
  time: string;
  timeid: string;
  classId: number;
  className: string;
  coachName: string | null;
  limit: number;
  waitlist: boolean | number;
  enabled: 0 | 1;
  resadmin: 0 | 1;
  included: 0 | 1;
  hidden: 0 | 1;
  calledOff: boolean;
  startsAtMs: number;
  opensAtMs: number;
  removed: boolean;
  rivals: Rivals;
  reservations: Reservation[];
}

/**
 * How a reservation was made: `api` means by an HTTP request to the pretend gym. `hand` means by the control verb `bookByHand`, as if the member had
 * used the official app.
 */
export type Origin = 'api' | 'hand';

/** A member's place in a class or on its waiting list; a reservation that was cancelled is kept too. */
export interface Reservation {
  id: number;
  slot: Slot;
  memberId: number;
  familyId: number | null;
  by: Origin;
  queued: boolean;
  createdAtMs: number;
  promotedAtMs?: number;
  cancelledAtMs?: number;
}
