// A member's account: what a page shows of it, what the member sets, export and erasure. Other files of services/store write the rows from which the
// account is read.
import { z } from 'zod';
import { LANGUAGES, type Language } from '../prebooking/words/words.ts';
import type { Call } from './call.ts';
import { sealedChannelRow } from './channel-store.ts';
import { instant, text } from './column.ts';

/** The hours in which a member wants no notices, HH:MM in the member's time zone; with `from` later than `to`, the hours go past midnight. */
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
/** One row of an export. */
export type Exported = z.infer<typeof record>;
/** The member's data in an export, except the watches, rules and pauses. */
export const exportRow = z.object({
  member: record,
  boxes: z.array(record),
  gymSessions: z.array(record),
  /** Since when the member's kept login is stored and when it was last used, never the kept login itself. */
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

/** The lists of an export that are read in pages. */
export type ExportList = 'prebookings' | 'watches' | 'notices' | 'messages';
const exportPage = z.object({ rows: z.array(record), after: z.unknown() });

const friendRow = z.object({ name: z.string(), state: z.enum(['booked', 'waitlisted']) });

/**
 * The settings that a member changes; a setting with an absent field stays as it is. `null` in `quietHours` deletes the quiet hours; `tell` changes
 * only the settings of those kinds of notice that it names.
 */
export interface AccountChanges {
  readonly language?: Language | undefined;
  readonly quietHours?: { readonly from: string; readonly to: string } | null | undefined;
  readonly tell?: Readonly<Record<string, boolean | undefined>> | undefined;
  readonly visibleToFriends?: boolean | undefined;
}

/** The database calls for a member's account. */
export const profileStore = (call: Call) => ({
  /** Reads the account; null for a user without a row in `members` yet. */
  readAccount: (userId: string) => call('read_account', { user_id: userId }, accountRow.nullable()),
  /**
   * Creates the member's row if there is none, and returns the changed account. `issuedAt` is when the Supabase token that names the member was
   * issued, undefined for a token of puntual's own. Throws auth/session-revoked for a member erased after `issuedAt`.
   */
  writeAccount: (
    { userId, email, issuedAt }: { userId: string; email: string | undefined; issuedAt?: Date | undefined },
    changes: AccountChanges,
    now: Date,
  ) => call('write_account', { user_id: userId, email, changes, now, issued_at: issuedAt }, accountRow),
  /**
   * The data of one member, without secrets, what could reveal a secret, and the lists that `readExportPage` reads; null if there is no such member.
   * The conversations come without their messages.
   */
  readExport: (userId: string) =>
    call('read_export', { user_id: userId }, exportRow.omit({ prebookings: true, notices: true }).nullable()),
  /**
   * The next `most` rows of one of the member's lists. @param a.after null for the first page, else the `after` that came with the previous page. The
   * last page comes with `after` null.
   */
  readExportPage: (a: { userId: string; list: ExportList; after: unknown; most: number }) =>
    call('read_export_page', { user_id: a.userId, list: a.list, after: a.after, most: a.most }, exportPage),
  /**
   * Begins or continues the erasure of a member: withdraws the member's prebookings in the states `scheduling`, `scheduled` and `claimed`. If no
   * prebooking of the member is live after the withdrawal, the call also posts the notice `account-erased`. Returns null if there is no such member.
   */
  beginErasure: (userId: string, tellMs: number, now: Date) =>
    call('begin_erasure', { user_id: userId, tell_ms: tellMs, now }, erasureRow.nullable()),
  /** Ids of members whose erasure has begun and has not ended. */
  readErasing: (limit: number) => call('read_erasing', { limit }, z.array(z.string())),
  /**
   * Destroys the key under which the secrets of the member are encrypted. Returns 1. Changes nothing and returns 0 while a prebooking of the member
   * has not ended, or if no erasure of the member has begun.
   */
  destroySeals: (userId: string, now: Date) => call('destroy_seals', { user_id: userId, now }, z.number()),
  /**
   * Deletes the member's rows after `destroySeals` has destroyed the member's data key. Returns how many members were deleted: 1, or 0 if the key is
   * not destroyed or the member is deleted already.
   */
  deleteErased: (userId: string) => call('delete_erased', { user_id: userId }, z.number()),
  /**
   * Erases the members that a restored backup brought back after their erasure. Returns how many members were erased again because a restored backup
   * had brought them back.
   */
  repeatErasures: (list: readonly { readonly userId: string; readonly erasedAt: string }[]) =>
    call('repeat_erasures', { list }, z.number()),
  /** Members who have a place in the given class, if they and the asking member both set `visibleToFriends`. */
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
