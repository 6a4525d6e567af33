// The notices of members, how their delivery went, and each member's list of notices in the app (the feed).
import { z } from 'zod';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { sealedChannelRow } from './channel-store.ts';
import { instant, maybeInstant, text } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';

const noticeCard = z.object({
  id: z.number(),
  userId: z.string(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()),
  createdAt: instant,
  prebooking: prebookingRow.nullish().transform((v) => v ?? undefined),
  box: boxRow.nullish().transform((v) => v ?? undefined),
});
/** A notice with the prebooking and the box that it is about. */
export type Notice = z.infer<typeof noticeCard>;

const quietShape = z.object({ from: z.string(), to: z.string() });
/** `from` and `to` are HH:MM in the member's time zone; quiet hours with `from` later than `to` go past midnight. */
export type QuietHours = Readonly<z.infer<typeof quietShape>>;

const leasedRow = noticeCard.extend({
  attempts: z.number(),
  wrapped: text,
  /** The member's channels to which the notice may be delivered: neither unconfirmed nor gone. */
  channels: z.array(sealedChannelRow),
  language: text,
  quietHours: quietShape.nullish().transform((v) => v ?? undefined),
  /** By category of notices: false if the member has switched the category off. */
  tell: z.record(z.string(), z.boolean()),
  /** The time zone of the box that the notice is about, or else of the member's first box. */
  zone: text,
  /** The next opening for which the member has a prebooking. */
  nextOpeningAt: maybeInstant,
});
/** A notice that this process has leased for delivery. */
export type LeasedNotice = z.infer<typeof leasedRow>;

const fedRow = noticeCard.extend({
  readAt: maybeInstant,
  /**
   * `told`: a channel accepted the notice. `waiting`: the delivery is still tried, or held back by quiet hours. `untold`: no channel accepted the
   * notice, and its delivery is given up. `muted`: the member has switched off the notice's category.
   */
  state: z.enum(['told', 'waiting', 'untold', 'muted']),
});
/** One notice in a member's feed, the list of notices in the app. */
export type FedNotice = z.infer<typeof fedRow>;

const unreachableRow = z.object({ notices: z.number(), members: z.number() });
/** How many notices could not be delivered, and to how many members. */
export type Unreachable = Readonly<z.infer<typeof unreachableRow>>;

/** How the delivery of a notice went. A notice that is not sent and has no `nextAttemptAt` is given up. */
export interface NoticeLine {
  readonly id: number;
  readonly sent: boolean;
  readonly error?: string | undefined;
  readonly nextAttemptAt?: Date | undefined;
  /** True: the delivery was not tried, because it is the member's quiet hours. */
  readonly isHeld?: boolean | undefined;
}

/** The calls to the database about notices. */
export const noticeStore = (call: Call) => ({
  leaseNotices: (a: { limit: number; leaseMs: number; now: Date }) =>
    call('lease_notices', { limit: a.limit, lease_ms: a.leaseMs, now: a.now }, z.array(leasedRow)),
  /**
   * Counts the notices given up within the last thirty days, and their members; a notice of a kind that the member had switched off does not count.
   */
  countUnreachable: (now: Date) => call('count_unreachable', { now }, unreachableRow),
  settleNotices: (lines: readonly NoticeLine[], now: Date) => call('settle_notices', { lines, now }, z.number()),
  /** A member's notices after the id `after`, the oldest first; without `after` the newest notices. */
  readNotices: (userId: string, after: number | undefined, limit: number) =>
    call('read_notices', { user_id: userId, after, limit }, z.array(fedRow)),
  markNoticesRead: (userId: string, upTo: number, now: Date) =>
    call('mark_notices_read', { user_id: userId, up_to: upTo, now }, z.number()),
  /** How many notices the member has not read in the app yet, and how many of these no channel delivered. */
  countUnread: (userId: string) =>
    call('count_unread', { user_id: userId }, z.object({ unread: z.number(), untold: z.number() })),
  /**
   * Posts a warning for each prebooking that cannot succeed as things stand and whose class opens within `withinMs`, unless the prebooking has had
   * one. Returns how many warnings it posted.
   */
  postRescues: (withinMs: number, now: Date) => call('post_rescues', { within_ms: withinMs, now }, z.number()),
  /**
   * Posts reminders of booked places, at 18:00 on the day before or, if that is earlier, two hours before free cancelling ends; returns how many
   * reminders it posted.
   */
  postReminders: (now: Date) => call('post_reminders', { now }, z.number()),
});
