// Kept logins: sealed passwords of members that asked for it, and the count of their uses. It opens nothing (renewal/kept-login.ts does).
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, maybeInstant } from './column.ts';

const cardRow = z.object({ keptAt: instant, lastUsedAt: maybeInstant });
/** What may be known of a kept login. */
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
 * Why a login is kept no longer: the gym refused it (`wrong`) or locked the account (`locked`), this deployment keeps none (`off`), the
 * member left everywhere (`left`) or asked for it (`asked`).
 */
export type DropReason = 'wrong' | 'locked' | 'off' | 'left' | 'asked';

/** The verbs of kept logins. */
export const keptLoginStore = (call: Call) => ({
  /** Takes the place of an earlier one. Answers 1. */
  keepLogin: (a: { id: string; userId: string; loginSealed: string; now: Date }) =>
    call('keep_login', { id: a.id, user_id: a.userId, login_sealed: a.loginSealed, now: a.now }, z.number()),
  readKeptLogin: async (userId: string): Promise<KeptLoginCard | undefined> =>
    (await call('read_kept_login', { user_id: userId }, cardRow.nullable())) ?? undefined,
  /** Whether a dead login of the member will be mended by itself before that instant. */
  willMend: (userId: string, before: Date, now: Date) =>
    call('will_mend', { user_id: userId, before, now }, z.boolean()),
  /** Those that may be used now, soonest opening first; of one member, or of all. @param a.leadMs before an opening it is time. */
  keptLoginsDue: (a: { userId?: string | undefined; leadMs: number; limit: number; now: Date }) =>
    call('kept_logins_due', { user_id: a.userId, lead_ms: a.leadMs, limit: a.limit, now: a.now }, z.array(dueRow)),
  /** The right to sign in once, counted before anything is sent. Answers 1, or 0: not now. */
  takeKeptLogin: (a: { useId: string; userId: string; id: string; leadMs: number; now: Date }) =>
    call('take_kept_login', { use: a.useId, user_id: a.userId, id: a.id, lead_ms: a.leadMs, now: a.now }, z.number()),
  /** Nothing was sent. */
  giveBackKeptLogin: (useId: string) => call('give_back_kept_login', { use: useId }, z.number()),
  /** Answers how many were forgotten. @param id that one alone; absent: whichever is kept. */
  dropKeptLogin: (userId: string, reason: DropReason, now: Date, id?: string) =>
    call('drop_kept_login', { user_id: userId, reason, now, id }, z.number()),
  /** Those of all members: this deployment keeps none. */
  dropKeptLogins: (now: Date) => call('drop_kept_logins', { now }, z.number()),
  /** A session with dead cookies waits for its kept login. Answers 0 where there is none. */
  retireForKeptLogin: (sessionId: string, now: Date) =>
    call('retire_for_kept_login', { session: sessionId, now }, z.number()),
  /** Says a day before an opening that a login will not live until then. Answers how many members are told. */
  tellLoginsThatEnd: (now: Date) => call('tell_logins_that_end', { now }, z.number()),
});
