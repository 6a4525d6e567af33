// The notices of members, how delivery went, and the member's own feed of them.
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
/** A notice with what it is about. */
export type Notice = z.infer<typeof noticeCard>;

const quietShape = z.object({ from: z.string(), to: z.string() });
/** HH:MM in the member's day; `from` later than `to` goes over midnight. */
export type QuietHours = Readonly<z.infer<typeof quietShape>>;

const leasedRow = noticeCard.extend({
  attempts: z.number(),
  wrapped: text,
  /** Where it may be delivered: neither unconfirmed nor gone. */
  channels: z.array(sealedChannelRow),
  language: text,
  quietHours: quietShape.nullish().transform((v) => v ?? undefined),
  /** A kind that the member has switched off is false. */
  tell: z.record(z.string(), z.boolean()),
  /** The zone of the box it is about, or of the member's first. */
  zone: text,
  /** The member's next opening that a prebooking waits for. */
  nextOpeningAt: maybeInstant,
});
/** A notice for a member, leased to us. */
export type LeasedNotice = z.infer<typeof leasedRow>;

const fedRow = noticeCard.extend({
  readAt: maybeInstant,
  /**
   * `told`: a channel accepted it. `waiting`: it is still tried, or held. `untold`: no channel accepted it. `muted`: the member has switched it
   * off.
   */
  state: z.enum(['told', 'waiting', 'untold', 'muted']),
});
/** One line of a member's feed. */
export type FedNotice = z.infer<typeof fedRow>;

const unreachableRow = z.object({ notices: z.number(), members: z.number() });
/** How many notices could not be delivered, and to how many members. */
export type Unreachable = Readonly<z.infer<typeof unreachableRow>>;

/** How delivery went. Not sent and no next attempt: given up. */
export interface NoticeLine {
  readonly id: number;
  readonly sent: boolean;
  readonly error?: string | undefined;
  readonly nextAttemptAt?: Date | undefined;
  /** Not tried at all: quiet hours. */
  readonly isHeld?: boolean | undefined;
}

/** The verbs of notices. */
export const noticeStore = (call: Call) => ({
  leaseNotices: (a: { limit: number; leaseMs: number; now: Date }) =>
    call('lease_notices', { limit: a.limit, lease_ms: a.leaseMs, now: a.now }, z.array(leasedRow)),
  /** Notices given up within thirty days, and how many members they were for. */
  countUnreachable: (now: Date) => call('count_unreachable', { now }, unreachableRow),
  settleNotices: (lines: readonly NoticeLine[], now: Date) => call('settle_notices', { lines, now }, z.number()),
  /** After a given one the next, the oldest first; without one the newest. */
  readNotices: (userId: string, after: number | undefined, limit: number) =>
    call('read_notices', { user_id: userId, after, limit }, z.array(fedRow)),
  markNoticesRead: (userId: string, upTo: number, now: Date) =>
    call('mark_notices_read', { user_id: userId, up_to: upTo, now }, z.number()),
  /** Notices not read in the feed yet, and how many of them no channel delivered. */
  countUnread: (userId: string) =>
    call('count_unread', { user_id: userId }, z.object({ unread: z.number(), untold: z.number() })),
  /** Warns of races that cannot run and open within `withinMs`; returns how many are new. */
  postRescues: (withinMs: number, now: Date) => call('post_rescues', { within_ms: withinMs, now }, z.number()),
  /** Reminders of tomorrow's places; returns how many are new. */
  postReminders: (now: Date) => call('post_reminders', { now }, z.number()),
});
