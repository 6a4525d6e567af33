// Watches: made, shown and taken back; the days that are due to be read; what a look found; and the steps of a swap.
import { z } from 'zod';
import { type Instead, WATCH_KINDS, WATCH_STATUSES, type Watch, type WatchKind } from '../prebooking/watch.ts';
import { boxRow } from './box-store.ts';
import type { GymPlace } from './calendar-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, maybeNumber, text } from './column.ts';

const insteadRow = z.object({
  boxId: z.string(),
  day: z.string(),
  reservationId: z.string(),
  timeId: z.string(),
  className: text,
}) satisfies z.ZodType<Instead>;

const watchRow = z.object({
  id: z.string(),
  userId: z.string(),
  boxId: z.string(),
  day: z.string(),
  classId: text,
  timeId: z.string(),
  className: text,
  familyId: text,
  kind: z.enum(WATCH_KINDS),
  status: z.enum(WATCH_STATUSES),
  outcome: text,
  notAfter: z.number(),
  startsAt: instant,
  endsAt: instant,
  instead: insteadRow.nullish().transform((v) => v ?? undefined),
  prebookingId: text,
  isFree: z.boolean(),
  restUntil: maybeInstant,
  createdAt: instant,
  settledAt: maybeInstant,
}) satisfies z.ZodType<Watch>;

/** A watch, and the pause between two looks as things stand; undefined where no look is to come. */
const listedRow = watchRow.extend({ everyMs: maybeNumber });

const withdrawRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['withdrawn', 'too-late']), watch: watchRow }),
]);

const turnRow = z.object({
  box: boxRow,
  day: z.string(),
  /** The member that reads, with their background login. */
  reader: z.string(),
  /** In order of creation. `hasLogin`: the service holds a login of theirs that it could book with. */
  watches: z.array(watchRow.extend({ hasLogin: z.boolean() })),
});
/** A day to read now, once, for all its watches. */
export type WatchTurn = z.infer<typeof turnRow>;
const turnsRow = z.object({ turns: z.array(turnRow), nextInMs: maybeNumber });

const stepRow = watchRow.extend({
  instead: insteadRow,
  epoch: z.number(),
  /** Which of the two places is being given back. */
  giving: z.enum(['old', 'new']),
  /** Since then a request to give it back may be out. */
  sentAt: maybeInstant,
  cancels: z.number(),
  /** Looks in a row that did not show the better place. */
  absences: z.number(),
  box: boxRow,
  insteadBox: boxRow,
  /** As the gym named the better place. */
  reservationId: text,
  slotId: text,
  /** Since when the better place is known to stand, or to be in doubt. */
  takenAt: maybeInstant,
});
/** One step of a swap that this process has to do. */
export type SwapStep = z.infer<typeof stepRow>;

/** What one look at a day showed; ids of watches. */
export interface SeenDay {
  readonly takes: readonly { readonly watchId: string; readonly prebookingId: string; readonly classId: string }[];
  readonly free: readonly string[];
  readonly full: readonly string[];
  readonly cancelled: readonly string[];
  /** The member has a place already. */
  readonly own: readonly string[];
  readonly movedUp: readonly string[];
  /** The member waits no longer. */
  readonly left: readonly string[];
}

/** How a step of a swap ended: to go on after a while, or at its end. */
export type SwapEnd =
  | {
      readonly afterMs: number;
      readonly giving?: 'old' | 'new';
      readonly isSent: boolean;
      readonly absences: number;
      readonly notice?: string;
    }
  | { readonly outcome: string; readonly notice?: string };

/** The verbs of watches. */
export const watchStore = (call: Call) => ({
  /** Throws box/missing, account/erasing, watch/duplicate, watch/too-many, request/limited beyond 120 an hour. */
  createWatch: (a: {
    id: string;
    userId: string;
    boxId: string;
    day: string;
    classId: string | undefined;
    timeId: string;
    className: string | undefined;
    kind: Exclude<WatchKind, 'move-up'>;
    notAfter: number;
    startsAt: Date;
    endsAt: Date;
    instead: Instead | undefined;
    now: Date;
  }) =>
    call(
      'create_watch',
      {
        id: a.id,
        user_id: a.userId,
        box_id: a.boxId,
        day: a.day,
        class_id: a.classId,
        time_id: a.timeId,
        class_name: a.className,
        kind: a.kind,
        not_after: a.notAfter,
        starts_at: a.startsAt,
        ends_at: a.endsAt,
        instead: a.instead,
        now: a.now,
      },
      watchRow,
    ),
  /** A member's watches, the newest first. @param days both inside, YYYYMMDD; all without it. */
  readMemberWatches: (userId: string, days: { from: string; to: string } | undefined, limit: number, now: Date) =>
    call('read_member_watches', { user_id: userId, from: days?.from, to: days?.to, limit, now }, z.array(listedRow)),
  withdrawWatch: (id: string, userId: string, now: Date) =>
    call('withdraw_watch', { id, user_id: userId, now }, withdrawRow),
  exportWatches: (userId: string) =>
    call('export_watches', { user_id: userId }, z.array(z.record(z.string(), z.unknown()))),
  /** Takes the days that are due, under a name that no other call has, and says how long until the next one is (ms). */
  takeWatchTurns: (turn: string, limit: number, now: Date) => call('take_watch_turns', { turn, limit, now }, turnsRow),
  /** No look at the box before `until`, and half as many an hour from then on; answers how many. */
  cutWatchBudget: (boxId: string, until: Date, now: Date) =>
    call('cut_watch_budget', { box_id: boxId, until, now }, z.number()),
  /** Calls that a read cost beside its first. */
  chargeWatchReads: (boxId: string, userId: string, calls: number, now: Date) =>
    call('charge_watch_reads', { box_id: boxId, user_id: userId, calls, now }, z.number()),
  /** The member's login reads nothing until then, and the day is read by another's at once. */
  restWatchReader: (a: { boxId: string; day: string; userId: string; until: Date; now: Date }) =>
    call(
      'rest_watch_reader',
      { box_id: a.boxId, day: a.day, user_id: a.userId, until: a.until, now: a.now },
      z.number(),
    ),
  /** Answers the prebookings that were begun: all of them open at `now`. */
  noteWatchDay: (seen: SeenDay, now: Date) => call('note_watch_day', { seen, now }, z.array(z.string())),
  /** Moves on what has come to an end, and posts what its members are to hear. */
  settleWatches: (now: Date) => call('settle_watches', { now }, z.object({ settled: z.number(), ended: z.number() })),
  /** What a look showed of a member's own places, for their calendar where they have one. */
  notePlaces: (a: { userId: string; boxId: string; day: string; mine: readonly GymPlace[]; now: Date }) =>
    call('note_places', { user_id: a.userId, box_id: a.boxId, day: a.day, mine: a.mine, now: a.now }, z.number()),
  /** Those of these prebookings that take a place which came free. */
  takesAmong: (ids: readonly string[]) => call('takes_among', { ids }, z.array(z.string())),
  /** Steps of swaps that are due, under an owner's name that no other call has. */
  takeSwapSteps: (owner: string, leaseMs: number, limit: number, now: Date) =>
    call('take_swap_steps', { owner, lease_ms: leaseMs, limit, now }, z.array(stepRow)),
  /** Answers 0 where another process has the step: nothing may be sent then. */
  markSwapSent: (id: string, epoch: number, now: Date) => call('mark_swap_sent', { id, epoch, now }, z.number()),
  endSwapStep: (id: string, epoch: number, step: SwapEnd, now: Date) =>
    call('end_swap_step', { id, epoch, step, now }, z.number()),
});
