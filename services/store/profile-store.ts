// A member's own account: what a page shows of it and what the member sets. The rows behind it belong to other files.
import { z } from 'zod';
import { LANGUAGES, type Language } from '../prebooking/words/words.ts';
import type { Call } from './call.ts';
import { sealedChannelRow } from './channel-store.ts';
import { instant, text } from './column.ts';

/** From when to when a member wants quiet, HH:MM in their day; may pass midnight. */
const quietHours = z.object({ from: z.string(), to: z.string() });
const accountRow = z.object({
  email: text,
  name: z.string(),
  language: z
    .enum(LANGUAGES)
    .nullish()
    .transform((v) => v ?? undefined),
  quietHours: quietHours.nullish().transform((v) => v ?? undefined),
  tell: z.record(z.string(), z.boolean()),
  visibleToFriends: z.boolean(),
  hasUnplacedBoxes: z.boolean(),
  background: z.array(z.object({ status: z.string(), lastSuccessAt: instant, keptLogin: z.boolean() })),
  devices: z.array(z.object({ fingerprint: z.string(), lastSeenAt: instant })),
  channels: z.array(sealedChannelRow.pick({ id: true, kind: true, state: true })),
});
/** One member's account, without a secret. */
export type Account = z.infer<typeof accountRow>;

const erasureRow = z.object({ state: z.enum(['waiting', 'telling', 'ready']), live: z.number() });
const record = z.record(z.string(), z.unknown());
/** Everything of one member but what repeats or is watched, which rule-store.ts and watch-store.ts export. */
export const exportRow = z.object({
  member: record,
  boxes: z.array(record),
  gymSessions: z.array(record),
  /** Since when one is kept and when it was last used, never the login. */
  keptLogin: record.nullable(),
  sessions: z.array(record),
  prebookings: z.array(record),
  subscription: record.nullable(),
  tokensSpent: z.array(record),
  turns: z.array(record),
  conversations: z.array(record),
  notices: z.array(record),
  channels: z.array(record),
  calendar: record.nullable(),
});

const friendRow = z.object({ name: z.string(), state: z.enum(['booked', 'waitlisted']) });

/** What a member changes; what is absent stays. Null takes the quiet hours away; `tell` is merged kind by kind. */
export interface AccountChanges {
  readonly language?: Language | undefined;
  readonly quietHours?: { readonly from: string; readonly to: string } | null | undefined;
  readonly tell?: Readonly<Record<string, boolean | undefined>> | undefined;
  readonly visibleToFriends?: boolean | undefined;
}

/** The verbs of a member's own account. */
export const profileStore = (call: Call) => ({
  /** Null for a person without a row here yet. */
  readAccount: (userId: string) => call('read_account', { user_id: userId }, accountRow.nullable()),
  /**
   * Creates the member's row if there is none; returns the account as it then stands. `issuedAt` is of the Supabase token that names them,
   * undefined for one of ours. Throws auth/session-revoked for a member erased since.
   */
  writeAccount: (
    { userId, email, issuedAt }: { userId: string; email: string | undefined; issuedAt?: Date | undefined },
    changes: AccountChanges,
    now: Date,
  ) => call('write_account', { user_id: userId, email, changes, now, issued_at: issuedAt }, accountRow),
  /** Everything of one member without anything that leads to a secret; null for no member. */
  readExport: (userId: string) => call('read_export', { user_id: userId }, exportRow.nullable()),
  /** Withdraws what is not armed and posts the last notice when nothing is live. Null for no member. */
  beginErasure: (userId: string, tellMs: number, now: Date) =>
    call('begin_erasure', { user_id: userId, tell_ms: tellMs, now }, erasureRow.nullable()),
  /** Members with an erasure that was begun. */
  readErasing: (limit: number) => call('read_erasing', { limit }, z.array(z.string())),
  /** Destroys the key of the member's seals. Returns 0 while a prebooking is live. */
  destroySeals: (userId: string, now: Date) => call('destroy_seals', { user_id: userId, now }, z.number()),
  /** Deletes the rows of a member with a destroyed key. Returns how many members were deleted. */
  deleteErased: (userId: string) => call('delete_erased', { user_id: userId }, z.number()),
  /** Erases again what was erased before. Returns how many members had come back with a backup. */
  repeatErasures: (list: readonly { readonly userId: string; readonly erasedAt: string }[]) =>
    call('repeat_erasures', { list }, z.number()),
  /** Members here that are in that class, if they and this member allow friends to see them. */
  readFriendsInClass: (a: {
    userId: string;
    boxId: string;
    day: string;
    classId: string;
    timeId: string;
    className: string;
  }) =>
    call(
      'read_friends_in_class',
      {
        user_id: a.userId,
        box_id: a.boxId,
        day: a.day,
        class_id: a.classId,
        time_id: a.timeId,
        class_name: a.className,
      },
      z.array(friendRow),
    ),
  wasErased: (userId: string) => call('was_erased', { user_id: userId }, z.boolean()),
});
