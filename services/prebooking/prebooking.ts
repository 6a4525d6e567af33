// A prebooking and its states, as data. A trigger in the database allows the same changes of state as `TRANSITIONS`; a test compares the two. This
// file changes no state: services/store changes states, with one SQL function for each change.
import { z } from 'zod';
import type { Readiness } from './readiness.ts';

export const TRANSITIONS = {
  scheduling: ['scheduled', 'withdrawn', 'missed'],
  scheduled: ['claimed', 'withdrawn', 'missed', 'scheduling'],
  claimed: ['armed', 'booked', 'waitlisted', 'refused', 'withdrawn', 'missed'],
  armed: ['booked', 'waitlisted', 'refused', 'unknown', 'claimed', 'scheduling'],
  unknown: ['booked', 'waitlisted', 'refused', 'unconfirmed'],
  booked: [],
  waitlisted: [],
  refused: [],
  unconfirmed: [],
  withdrawn: [],
  missed: [],
} as const satisfies Record<string, readonly string[]>;

export const STATUSES = Object.keys(TRANSITIONS) as [PrebookingStatus, ...PrebookingStatus[]];
export type PrebookingStatus = keyof typeof TRANSITIONS;

/** True if no transition leaves the state, which is then called terminal. */
export const isTerminal = (status: PrebookingStatus): boolean => TRANSITIONS[status].length === 0;

/** True in the states before `armed`: the member may withdraw the prebooking, and it has a readiness. */
export const isWaiting = (status: PrebookingStatus): boolean =>
  status === 'scheduling' || status === 'scheduled' || status === 'claimed';

/**
 * Another hour or another class, tried in the member's order when the choice before it cannot be booked. A missing field is taken from the first
 * choice.
 */
export const alternativeShape = z.strictObject({ timeId: z.string().optional(), className: z.string().optional() });
export type Alternative = z.infer<typeof alternativeShape>;

export interface Prebooking {
  readonly id: string;
  readonly userId: string;
  readonly boxId: string;
  readonly day: string;
  readonly classId: string | undefined;
  readonly timeId: string;
  readonly className: string | undefined;
  readonly familyId: string | undefined;
  readonly waitlist: boolean;
  readonly alternatives: readonly Alternative[];
  readonly status: PrebookingStatus;
  readonly opensAt: Date;
  readonly startsAt: Date;
  readonly scheduleVersion: number;
  readonly messageId: string | undefined;
  readonly claimEpoch: number;
  readonly wokenAt: Date | undefined;
  readonly armedAt: Date | undefined;
  readonly sendDeadline: Date | undefined;
  readonly negativeReads: number;
  readonly outcome: string | undefined;
  readonly reason: string | undefined;
  readonly reservationId: string | undefined;
  readonly receipt: Readonly<Record<string, unknown>> | undefined;
  readonly readiness: Readiness | undefined;
  readonly settledAt: Date | undefined;
  readonly createdAt: Date;
  /** The id of the member's weekly rule that made this prebooking; the rule may have been deleted since. */
  readonly ruleId?: string | undefined;
}
