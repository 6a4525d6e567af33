// The calls that create, schedule, show, withdraw and sweep prebookings and store their readiness. The database calls of a race are in
// claim-store.ts.
import { z } from 'zod';
import { alternativeShape, type Prebooking, type PrebookingStatus, STATUSES } from '../prebooking/prebooking.ts';
import { type Readiness, readinessShape } from '../prebooking/readiness.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

/** One prebooking with all its columns. */
export const prebookingRow = z.object({
  id: z.string(),
  userId: z.string(),
  boxId: z.string(),
  day: z.string(),
  classId: text,
  timeId: z.string(),
  className: text,
  familyId: text,
  waitlist: z.boolean(),
  alternatives: z.array(alternativeShape),
  status: z.enum(STATUSES),
  opensAt: instant,
  startsAt: instant,
  scheduleVersion: z.number(),
  messageId: text,
  claimEpoch: z.number(),
  wokenAt: maybeInstant,
  armedAt: maybeInstant,
  sendDeadline: maybeInstant,
  negativeReads: z.number(),
  outcome: text,
  reason: text,
  reservationId: text,
  receipt: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((v) => v ?? undefined),
  readiness: readinessShape.nullish().transform((v) => v ?? undefined),
  settledAt: maybeInstant,
  createdAt: instant,
  ruleId: z.string().optional(),
}) satisfies z.ZodType<Prebooking>;

/** A prebooking due for a readiness check, and the state of its member's background session (absent: there is none). */
const readinessDueRow = prebookingRow.extend({ backgroundStatus: text });
export type ReadinessDue = z.infer<typeof readinessDueRow>;

const withdrawRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['withdrawn', 'too-late']), prebooking: prebookingRow }),
]);
const sweepRow = z.object({
  missed: z.array(z.string()),
  lost: z.array(z.string()),
  toArm: z.array(prebookingRow),
  toExecute: z.array(prebookingRow),
  toReconcile: z.array(prebookingRow),
});

type Wished =
  | 'id'
  | 'userId'
  | 'boxId'
  | 'day'
  | 'classId'
  | 'timeId'
  | 'className'
  | 'familyId'
  | 'waitlist'
  | 'alternatives';
/** A prebooking before it is stored. */
export interface NewPrebooking extends Pick<Prebooking, Wished | 'opensAt' | 'startsAt'> {
  readonly now: Date;
}
/** The parameters of the SQL functions that store a new prebooking. */
export const newColumns = (a: NewPrebooking) => ({
  id: a.id,
  user_id: a.userId,
  box_id: a.boxId,
  day: a.day,
  class_id: a.classId,
  time_id: a.timeId,
  class_name: a.className,
  family_id: a.familyId,
  waitlist: a.waitlist,
  alternatives: a.alternatives,
  opens_at: a.opensAt,
  starts_at: a.startsAt,
  now: a.now,
});

/** The database calls for prebookings outside of a race. */
/** A place that the gym's list of `day` lacks. */
interface GivenBack {
  readonly userId: string;
  readonly boxId: string;
  readonly day: string;
  readonly familyId: string | undefined;
  readonly reservationId: string;
  readonly now: Date;
}

export const prebookingStore = (call: Call) => ({
  /** Stores a prebooking. Throws box/missing, prebooking/duplicate, prebooking/too-many; request/limited for a member's 241st wish within an hour. */
  createPrebooking: (a: NewPrebooking) => call('create_prebooking', newColumns(a), prebookingRow),
  /** Marks a prebooking as scheduled; returns 0 when the prebooking is not in `scheduling` any more, else 1. */
  markScheduled: (a: {
    id: string;
    version: number;
    messageId: string;
    spareMessageId: string | undefined;
    now: Date;
  }) =>
    call(
      'mark_scheduled',
      { id: a.id, version: a.version, message_id: a.messageId, spare_message_id: a.spareMessageId, now: a.now },
      z.number(),
    ),
  readPrebooking: (id: string) => call('read_prebooking', { id }, prebookingRow.nullable()),
  readMemberPrebookings: (userId: string, status: PrebookingStatus | undefined, limit: number) =>
    call('read_member_prebookings', { user_id: userId, status, limit }, z.array(prebookingRow)),
  /** The member's prebookings of classes between two days (YYYYMMDD), both included. */
  readPrebookingsBetween: (userId: string, from: string, to: string) =>
    call('read_prebookings_between', { user_id: userId, from, to }, z.array(prebookingRow)),
  /** Records that the gym's list lacks a place of the member, or of the family member `familyId`; returns how many prebookings had won that place. */
  noteGivenBack: ({ userId, boxId, familyId, reservationId, ...a }: GivenBack) =>
    call(
      'note_given_back',
      { ...a, user_id: userId, box_id: boxId, family_id: familyId, reservation_id: reservationId },
      z.number(),
    ),
  withdrawPrebooking: (id: string, userId: string, now: Date) =>
    call('withdraw_prebooking', { id, user_id: userId, now }, withdrawRow),
  sweepPrebookings: (a: { armBefore: Date; overdueMs: number; lateMs: number; now: Date }) =>
    call(
      'sweep_prebookings',
      { arm_before: a.armBefore, overdue_ms: a.overdueMs, late_ms: a.lateMs, now: a.now },
      sweepRow,
    ),
  readinessDue: (marksMs: readonly number[], now: Date) =>
    call('readiness_due', { marks_ms: marksMs, now }, z.array(readinessDueRow)),
  /**
   * Stores the readiness, and posts a notice to the member if the level is `red` or the class has changed. Returns 0 when the prebooking is not in
   * `scheduling` or `scheduled` any more.
   */
  noteReadiness: (id: string, readiness: Readiness, now: Date) =>
    call('note_readiness', { id, readiness, now }, z.number()),
});
