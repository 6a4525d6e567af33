// Kept logins: gym e-mails and passwords, sealed, of members that asked the service to store them, and the count of the uses of each.
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
/** A kept login, still sealed, of a member whose background session is dead and needs a new login. */
export type DueKeptLogin = z.infer<typeof dueRow>;

/**
 * Why a kept login is deleted: the gym refused the login (`wrong`) or locked the account (`locked`), this deployment keeps none (`off`), the member
 * signed out everywhere (`left`) or asked (`asked`).
 */
export type DropReason = 'wrong' | 'locked' | 'off' | 'left' | 'asked';

/** The database calls for kept logins. */
export const keptLoginStore = (call: Call) => ({
  /** Stores a kept login in place of an earlier one; returns 1. */
  keepLogin: (a: { id: string; userId: string; loginSealed: string; now: Date }) =>
    call('keep_login', { id: a.id, user_id: a.userId, login_sealed: a.loginSealed, now: a.now }, z.number()),
  readKeptLogin: async (userId: string): Promise<KeptLoginCard | undefined> =>
    (await call('read_kept_login', { user_id: userId }, cardRow.nullable())) ?? undefined,
  /** Whether a kept login of the member can be used at least a minute before the instant `before`, to restore a background session that has died. */
  willMend: (userId: string, before: Date, now: Date) =>
    call('will_mend', { user_id: userId, before, now }, z.boolean()),
  /**
   * Lists the kept logins with which a dead background session is to be restored at `now`: of the member `userId`, or of all members if `userId` is
   * undefined. The kept login of the member whose prebooked class opens soonest comes first. @param a.leadMs how long before an opening a sign-in
   * with a kept login is due, ms.
   */
  keptLoginsDue: (a: { userId?: string | undefined; leadMs: number; limit: number; now: Date }) =>
    call('kept_logins_due', { user_id: a.userId, lead_ms: a.leadMs, limit: a.limit, now: a.now }, z.array(dueRow)),
  /**
   * Takes the right to sign in once with the kept login; the use is counted before anything is sent to the gym. Returns 0 if the kept login may
   * not be used at `now`, else 1.
   */
  takeKeptLogin: (a: { useId: string; userId: string; id: string; leadMs: number; now: Date }) =>
    call('take_kept_login', { use: a.useId, user_id: a.userId, id: a.id, lead_ms: a.leadMs, now: a.now }, z.number()),
  /** Gives back the right to sign in with a kept login: no sign-in was sent to the gym, so the use of the kept login is not counted. */
  giveBackKeptLogin: (useId: string) => call('give_back_kept_login', { use: useId }, z.number()),
  /**
   * Deletes the member's kept login. Returns how many kept logins were deleted. @param id deletes only the kept login with this id; absent: with any
   * id.
   */
  dropKeptLogin: (userId: string, reason: DropReason, now: Date, id?: string) =>
    call('drop_kept_login', { user_id: userId, reason, now, id }, z.number()),
  /** Deletes the kept logins of all members, in a deployment that keeps none. */
  dropKeptLogins: (now: Date) => call('drop_kept_logins', { now }, z.number()),
  /**
   * Marks a background session whose cookies the gym does not know as needing a login, if its member has a kept login. The service then signs in with
   * the kept login. Returns 1 if the session was marked, else 0.
   */
  retireForKeptLogin: (sessionId: string, now: Date) =>
    call('retire_for_kept_login', { session: sessionId, now }, z.number()),
  /**
   * Warns each member who has a prebooking that opens within 24 hours, if the member's background session will probably be dead at that opening.
   * Returns how many members get a notice.
   */
  tellLoginsThatEnd: (now: Date) => call('tell_logins_that_end', { now }, z.number()),
});
