// Kept logins: sealed passwords of members that asked for it, and the count of their uses. It opens nothing (renewal/kept-login.ts does).
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, maybeInstant } from './column.ts';

const cardRow = z.object({ keptAt: instant, lastUsedAt: maybeInstant });
/** The fields of a kept login that are not secret. */
export type KeptLoginCard = z.infer<typeof cardRow>;

const dueRow = z.object({
  userId: z.string(),
  id: z.string(),
  loginSealed: z.string(),
  fingerprint: z.string(),
  wrapped: z.string(),
});
/** A login, still sealed, that a dead background session of its member waits for. */
export type DueKeptLogin = z.infer<typeof dueRow>;

/**
 * Why a login is not kept any more: the gym refused it (`wrong`) or locked the account (`locked`), this deployment keeps none (`off`), the member
 * signed out everywhere (`left`) or asked for it (`asked`).
 */
export type DropReason = 'wrong' | 'locked' | 'off' | 'left' | 'asked';

/** The verbs of kept logins. */
export const keptLoginStore = (call: Call) => ({
  /** Replaces an earlier one. Returns 1. */
  keepLogin: (a: { id: string; userId: string; loginSealed: string; now: Date }) =>
    call('keep_login', { id: a.id, user_id: a.userId, login_sealed: a.loginSealed, now: a.now }, z.number()),
  readKeptLogin: async (userId: string): Promise<KeptLoginCard | undefined> =>
    (await call('read_kept_login', { user_id: userId }, cardRow.nullable())) ?? undefined,
  /** Whether a dead login of the member will be restored automatically before that instant. */
  willMend: (userId: string, before: Date, now: Date) =>
    call('will_mend', { user_id: userId, before, now }, z.boolean()),
  /** Those that may be used now, soonest opening first; of one member, or of all. @param a.leadMs how long before an opening a login may be used. */
  keptLoginsDue: (a: { userId?: string | undefined; leadMs: number; limit: number; now: Date }) =>
    call('kept_logins_due', { user_id: a.userId, lead_ms: a.leadMs, limit: a.limit, now: a.now }, z.array(dueRow)),
  /** The right to sign in once, counted before anything is sent. Returns 1, or 0: not now. */
  takeKeptLogin: (a: { useId: string; userId: string; id: string; leadMs: number; now: Date }) =>
    call('take_kept_login', { use: a.useId, user_id: a.userId, id: a.id, lead_ms: a.leadMs, now: a.now }, z.number()),
  /** Nothing was sent, so the use is not counted. */
  giveBackKeptLogin: (useId: string) => call('give_back_kept_login', { use: useId }, z.number()),
  /** Returns how many were deleted. @param id only that one; absent: whichever is kept. */
  dropKeptLogin: (userId: string, reason: DropReason, now: Date, id?: string) =>
    call('drop_kept_login', { user_id: userId, reason, now, id }, z.number()),
  /** Those of all members: this deployment keeps none. */
  dropKeptLogins: (now: Date) => call('drop_kept_logins', { now }, z.number()),
  /** A session with dead cookies waits for its kept login. Returns 0 if there is none. */
  retireForKeptLogin: (sessionId: string, now: Date) =>
    call('retire_for_kept_login', { session: sessionId, now }, z.number()),
  /** Warns a day before an opening of a login that will not live until then. Returns how many members are notified. */
  tellLoginsThatEnd: (now: Date) => call('tell_logins_that_end', { now }, z.number()),
});
