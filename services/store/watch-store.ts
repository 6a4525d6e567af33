// Watches: created, shown and withdrawn; the days that are due to be read; what a read of the gym's list showed; and the steps of a swap.
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

/** A watch, and the time between two reads of its day, ms (undefined if no read is to come). */
const listedRow = watchRow.extend({ everyMs: maybeNumber });

const withdrawRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['withdrawn', 'too-late']), watch: watchRow }),
]);

const turnRow = z.object({
  box: boxRow,
  day: z.string(),
  /** The member whose background session reads the gym's list of the day. */
  reader: z.string(),
  /**
   * The watches of the day that is read, in order of creation. `hasLogin`: the watch's member has a background session that is neither dead nor
   * quarantined.
   */
  watches: z.array(watchRow.extend({ hasLogin: z.boolean() })),
});
/** One read of the gym's list that is due: of one day at one box, by one member's background session, for all watches of that box and day. */
export type WatchTurn = z.infer<typeof turnRow>;
const turnsRow = z.object({ turns: z.array(turnRow), nextInMs: maybeNumber });

const stepRow = watchRow.extend({
  instead: insteadRow,
  epoch: z.number(),
  /** Which of the swap's two places is being cancelled. */
  giving: z.enum(['old', 'new']),
  /** Since when a request to cancel may have been sent for the place that is being cancelled (`giving`); undefined: none was sent. */
  sentAt: maybeInstant,
  cancels: z.number(),
  /** How many reads of the gym's list in a row did not show the place that the swap books. */
  absences: z.number(),
  box: boxRow,
  insteadBox: boxRow,
  /** The gym's id of the place that the swap books. */
  reservationId: text,
  slotId: text,
  /** The instant at which the race for the better place (the place that the swap books) stored its result. */
  takenAt: maybeInstant,
});
/** One step of a swap that this process has to do. */
export type SwapStep = z.infer<typeof stepRow>;

/** What one read of the gym's list of a day means for the watches of that day. Every field but `takes` lists ids of watches. */
export interface SeenDay {
  readonly takes: readonly { readonly watchId: string; readonly prebookingId: string; readonly classId: string }[];
  readonly free: readonly string[];
  readonly full: readonly string[];
  readonly cancelled: readonly string[];
  /** The watches, other than move-ups, whose members have a place in the watched class already. */
  readonly own: readonly string[];
  readonly movedUp: readonly string[];
  /** The move-ups whose members have left the waitlist. */
  readonly left: readonly string[];
}

/** How a step of a swap ended: another step follows after `afterMs`, or the swap has ended with `outcome`. */
export type SwapEnd =
  | {
      readonly afterMs: number;
      readonly giving?: 'old' | 'new';
      readonly isSent: boolean;
      readonly absences: number;
      readonly notice?: string;
    }
  | { readonly outcome: string; readonly notice?: string };

/** The places of one person on one day, as a read of the gym's list showed them. */
export interface PlacesSeen {
  readonly userId: string;
  readonly boxId: string;
  readonly day: string;
  readonly familyId?: string | undefined;
  readonly mine: readonly GymPlace[];
  readonly now: Date;
}

/** The database calls for watches. */
export const watchStore = (call: Call) => ({
  /**
   * Stores a watch; throws box/missing, account/erasing, watch/duplicate, watch/too-many, or request/limited when a member makes over 120 an hour.
   */
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
  /** A member's watches, the newest first. @param days from the first to the last day, both included, YYYYMMDD; undefined: all days. */
  readMemberWatches: (userId: string, days: { from: string; to: string } | undefined, limit: number, now: Date) =>
    call('read_member_watches', { user_id: userId, from: days?.from, to: days?.to, limit, now }, z.array(listedRow)),
  withdrawWatch: (id: string, userId: string, now: Date) =>
    call('withdraw_watch', { id, user_id: userId, now }, withdrawRow),
  /**
   * Gives this call the right to read the watched days that are due. `turn` is an id made for this call; only a repetition of the call has the same
   * id, and gets the same days. `nextInMs` is the time, in ms, until the next watched day is due to be read.
   */
  takeWatchTurns: (turn: string, limit: number, now: Date) => call('take_watch_turns', { turn, limit, now }, turnsRow),
  /**
   * Stops the reads of watched days at this box until `until`, and halves the box's limit of such reads an hour. Returns the box's halved limit of
   * reads of watched days an hour.
   */
  cutWatchBudget: (boxId: string, until: Date, now: Date) =>
    call('cut_watch_budget', { box_id: boxId, until, now }, z.number()),
  /**
   * Counts `calls` calls to the gym as reads, toward the hourly limits of this box and of this member's background session. The first call of each
   * read is counted by `takeWatchTurns`.
   */
  chargeWatchReads: (boxId: string, userId: string, calls: number, now: Date) =>
    call('charge_watch_reads', { box_id: boxId, user_id: userId, calls, now }, z.number()),
  /**
   * Lets the member's background session read no watched day of any box before `until`. The day `day` of the box `boxId` is due again immediately,
   * for another member's background session.
   */
  restWatchReader: (a: { boxId: string; day: string; userId: string; until: Date; now: Date }) =>
    call(
      'rest_watch_reader',
      { box_id: a.boxId, day: a.day, user_id: a.userId, until: a.until, now: a.now },
      z.number(),
    ),
  /** Stores what a read of a watched day showed. Returns the ids of the prebookings that this call created; each of them opens at `now`. */
  noteWatchDay: (seen: SeenDay, now: Date) => call('note_watch_day', { seen, now }, z.array(z.string())),
  /**
   * Ends watches past their end time. When the prebooking that a watch made for a freed place has ended, the watch ends, goes on watching, or becomes
   * a swap. Posts notices of ended watches. A member with neither a usable background session nor a kept login is notified, once for each watch, that
   * puntual cannot book a freed place. Posts reminders of classes in which a waitlist place became a real place.
   */
  settleWatches: (now: Date) => call('settle_watches', { now }, z.object({ settled: z.number(), ended: z.number() })),
  /**
   * Stores in the member's calendar (`/api/calendar`) the places of the member, or of a family member, that the gym's list showed for the day. Nothing
   * is stored for a member without a calendar.
   * @param a.familyId the family member for whom the list was read; undefined for the member.
   */
  notePlaces: ({ userId, boxId, familyId, ...a }: PlacesSeen) =>
    call('note_places', { ...a, user_id: userId, box_id: boxId, family_id: familyId }, z.number()),
  /** Gives the ids, among the given ones, of prebookings that a watch created to take a place that came free. */
  takesAmong: (ids: readonly string[]) => call('takes_among', { ids }, z.array(z.string())),
  /**
   * Leases due steps of swaps to one call; no other call uses the name `owner`. A call that is repeated because its answer was lost keeps its `owner`
   * and gets the same steps.
   */
  takeSwapSteps: (owner: string, leaseMs: number, limit: number, now: Date) =>
    call('take_swap_steps', { owner, lease_ms: leaseMs, limit, now }, z.array(stepRow)),
  /**
   * Records that the request of a swap's step is about to be sent. Returns 0 if another process has the step; the caller must then not send the
   * step's request.
   */
  markSwapSent: (id: string, epoch: number, now: Date) => call('mark_swap_sent', { id, epoch, now }, z.number()),
  endSwapStep: (id: string, epoch: number, step: SwapEnd, now: Date) =>
    call('end_swap_step', { id, epoch, step, now }, z.number()),
});
