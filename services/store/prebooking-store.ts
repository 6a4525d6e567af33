// Every road a prebooking can take, one verb each.
import { z } from 'zod';
import type { Alternative, PrebookingStatus } from '../prebooking/prebooking.ts';
import type { Readiness } from '../prebooking/readiness.ts';
import type { Call } from './call.ts';
import { absenceRow, claimRow, deliveryRow, prebookingRow, readinessDueRow, sweepRow, withdrawRow } from './rows.ts';

/** One line of settling. `epoch` is the claim's: a line of an older claim takes no effect. */
export interface SettleLine {
  readonly id: string;
  readonly epoch: number;
  readonly status: PrebookingStatus;
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly receipt?: object | undefined;
  /** Nothing was written after it; of an unknown one the quiet period begins here. */
  readonly lastSentAt?: Date | undefined;
}

export const prebookingStore = (call: Call) => ({
  createPrebooking: (a: {
    id: string;
    userId: string;
    boxId: string;
    day: string;
    classId: string | undefined;
    timeId: string;
    className: string | undefined;
    familyId: string | undefined;
    waitlist: boolean;
    alternatives: readonly Alternative[];
    opensAt: Date;
    startsAt: Date;
    now: Date;
  }) =>
    call(
      'create_prebooking',
      {
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
      },
      prebookingRow,
    ),
  /** Answers the number of rows: 0 when it left `scheduling` meanwhile. */
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
  /** Takes every prebooking of this one's box and opening instant, or says why there is nothing to take. */
  claimPrebookings: (a: {
    id: string;
    owner: string;
    leadMs: number;
    claimMs: number;
    /** Open for longer than this: missed. */
    lateMs: number;
    now: Date;
  }) =>
    call(
      'claim_prebookings',
      { id: a.id, owner: a.owner, lead_ms: a.leadMs, claim_ms: a.claimMs, late_ms: a.lateMs, now: a.now },
      claimRow,
    ),
  /** How long the claim of another still lasts, ms; undefined when nobody holds one. */
  readClaimLeft: async (id: string): Promise<number | undefined> =>
    (await call('read_claim_left', { id }, z.number().nullable())) ?? undefined,
  /** Answers how many are still held; one that ran out is not brought back. */
  extendClaims: (ids: readonly string[], owner: string, claimMs: number) =>
    call('extend_claims', { ids, owner, claim_ms: claimMs }, z.number()),
  /** Answers the ids that may be sent. */
  armPrebookings: (a: {
    claims: readonly { id: string; epoch: number }[];
    owner: string;
    sendDeadline: Date;
    /** From here on the claim lasts so long. */
    claimMs: number;
    now: Date;
  }) =>
    call(
      'arm_prebookings',
      { claims: a.claims, owner: a.owner, send_deadline: a.sendDeadline, claim_ms: a.claimMs, now: a.now },
      z.array(z.string()),
    ),
  /** Armed already: until when something may now be written. Answers false when the claim is no longer the owner's. */
  armAgain: (a: { id: string; epoch: number; owner: string; sendDeadline: Date; claimMs: number; now: Date }) =>
    call(
      'arm_again',
      {
        id: a.id,
        epoch: a.epoch,
        owner: a.owner,
        send_deadline: a.sendDeadline,
        claim_ms: a.claimMs,
        now: a.now,
      },
      z.boolean(),
    ),
  /** An armed one waits for a later opening. Answers null when the claim is no longer the owner's. */
  postponePrebooking: (a: { id: string; epoch: number; opensAt: Date; startsAt: Date; now: Date }) =>
    call(
      'postpone_prebooking',
      { id: a.id, epoch: a.epoch, opens_at: a.opensAt, starts_at: a.startsAt, now: a.now },
      prebookingRow.nullable(),
    ),
  /** Answers a card for each line that took effect (now, or the very same before). */
  settlePrebookings: (lines: readonly SettleLine[], now: Date) =>
    call('settle_prebookings', { lines, now }, z.array(prebookingRow)),
  withdrawPrebooking: (id: string, userId: string, now: Date) =>
    call('withdraw_prebooking', { id, user_id: userId, now }, withdrawRow),
  /** Counts a look only after the quiet period and `apartMs` from the last one that counted. */
  noteAbsence: (a: { id: string; quietMs: number; apartMs: number; now: Date }) =>
    call('note_absence', { id: a.id, quiet_ms: a.quietMs, apart_ms: a.apartMs, now: a.now }, absenceRow),
  sweepPrebookings: (a: { armBefore: Date; overdueMs: number; lateMs: number; now: Date }) =>
    call(
      'sweep_prebookings',
      { arm_before: a.armBefore, overdue_ms: a.overdueMs, late_ms: a.lateMs, now: a.now },
      sweepRow,
    ),
  /** The 99th percentile of getting ready, ms; undefined until there are some races. */
  readPreparation: async (now: Date): Promise<number | undefined> =>
    (await call('read_preparation', { now }, z.number().nullable())) ?? undefined,
  readinessDue: (marksMs: readonly number[], now: Date) =>
    call('readiness_due', { marks_ms: marksMs, now }, z.array(readinessDueRow)),
  /** Red is told to the member. Answers 0 when the prebooking has moved on. */
  noteReadiness: (id: string, readiness: Readiness, now: Date) =>
    call('note_readiness', { id, readiness, now }, z.number()),
  /** A delivery by its signature's id: the first, or a replay, and how the first one ended. */
  noteDelivery: (jti: string, messageId: string | undefined, now: Date) =>
    call('note_delivery', { jti, message_id: messageId, now }, deliveryRow),
  /** A delivery refused for a wrong clock alone; each signature counts once. */
  noteClockSkew: (jti: string, now: Date) => call('note_clock_skew', { jti, now }, z.number()),
  endDelivery: (jti: string, result: string) => call('end_delivery', { jti, result }, z.number()),
});
