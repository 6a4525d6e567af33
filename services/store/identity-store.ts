// puntual's own sessions and their refresh tokens in the database. Of each refresh token, only a hash is stored.
import { z } from 'zod';
import { ADMISSIONS, type AdmissionMode } from './admission-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

const userSessionRow = z.object({
  id: z.string(),
  userId: z.string(),
  deviceFingerprint: text,
  /** When the member signed in with their gym password; absent for a session made from a Supabase session. */
  provedAt: maybeInstant,
  revokedAt: maybeInstant,
  admission: z.enum(ADMISSIONS),
});
const openedUserSessionRow = z.object({ id: z.string(), userId: z.string(), expiresAt: instant });
const bridgedRow = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('admitted'), session: openedUserSessionRow }),
  z.object({ verdict: z.enum(['waiting', 'refused', 'uninvited', 'closed']) }),
]);
const supabaseMemberRow = z.object({ deviceFingerprint: text, admission: z.enum(ADMISSIONS) });
const rotationRow = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.enum(['refused']) }),
  z.object({ verdict: z.literal('reused'), userId: z.string() }),
  z.object({
    verdict: z.enum(['rotated', 'replayed']),
    userId: z.string(),
    email: text,
    sessionId: z.string(),
    deviceFingerprint: text,
    expiresAt: instant,
  }),
]);
const listedUserSessionRow = z.object({
  id: z.string(),
  userAgent: text,
  createdAt: instant,
  lastSeenAt: instant,
});

/** The database calls for puntual's own sessions. */
export const identityStore = (call: Call) => ({
  openUserSession: (a: {
    id: string;
    userId: string;
    deviceFingerprint: string | undefined;
    supabaseSessionId: string | undefined;
    userAgent: string | undefined;
    ip: string | undefined;
    tokenHash: string;
    idleMs: number;
    absoluteMs: number;
    now: Date;
  }) =>
    call(
      'open_user_session',
      {
        id: a.id,
        user_id: a.userId,
        device_fingerprint: a.deviceFingerprint,
        supabase_session_id: a.supabaseSessionId,
        user_agent: a.userAgent,
        ip: a.ip,
        token_hash: a.tokenHash,
        idle_ms: a.idleMs,
        absolute_ms: a.absoluteMs,
        now: a.now,
      },
      openedUserSessionRow,
    ),
  /**
   * Opens a puntual session with its first refresh token for a member signed in at Supabase, or says why the policy for new members allows none.
   * `issuedAt` is when the Supabase token was issued. Throws auth/session-revoked for a member erased after the Supabase token was issued, and
   * request/limited for a member that opened sixty puntual sessions from Supabase sessions within an hour.
   */
  bridgeMember: (a: {
    mode: AdmissionMode;
    id: string;
    userId: string;
    email: string | undefined;
    supabaseSessionId: string | undefined;
    userAgent: string | undefined;
    ip: string | undefined;
    tokenHash: string;
    idleMs: number;
    absoluteMs: number;
    issuedAt: Date | undefined;
    now: Date;
  }) =>
    call(
      'bridge_member',
      {
        mode: a.mode,
        id: a.id,
        user_id: a.userId,
        email: a.email,
        supabase_session_id: a.supabaseSessionId,
        user_agent: a.userAgent,
        ip: a.ip,
        token_hash: a.tokenHash,
        idle_ms: a.idleMs,
        absolute_ms: a.absoluteMs,
        now: a.now,
        issued_at: a.issuedAt,
      },
      bridgedRow,
    ),
  /**
   * Gives the member's admission, and the fingerprint of the device on which the member last logged in at the gym with this Supabase session.
   * `issuedAt` is when the Supabase token was issued. Throws auth/session-revoked if the Supabase session was ended, or if the member was erased
   * after the Supabase token was issued.
   */
  readSupabaseMember: (
    userId: string,
    supabaseSessionId: string | undefined,
    { now, issuedAt }: { now: Date; issuedAt: Date | undefined },
  ) =>
    call(
      'read_supabase_member',
      { user_id: userId, supabase_session_id: supabaseSessionId, now, issued_at: issuedAt },
      supabaseMemberRow,
    ),
  /** Exchanges a refresh token for the next one; throws request/limited beyond 300 calls an hour for one puntual session. */
  rotateRefreshToken: (a: {
    sessionId: string;
    counter: number;
    tokenHash: string;
    childHash: string;
    idleMs: number;
    now: Date;
  }) =>
    call(
      'rotate_refresh_token',
      {
        session_id: a.sessionId,
        counter: a.counter,
        token_hash: a.tokenHash,
        child_hash: a.childHash,
        idle_ms: a.idleMs,
        now: a.now,
      },
      rotationRow,
    ),
  readUserSession: (id: string, now: Date) => call('read_user_session', { id, now }, userSessionRow.nullable()),
  /** The member's puntual sessions with a refresh token that still works. */
  readUserSessions: (userId: string, now: Date) =>
    call('read_user_sessions', { user_id: userId, now }, z.array(listedUserSessionRow)),
  /** Deletes puntual sessions that ended before `before`; returns how many were deleted. */
  purgeUserSessions: (before: Date) => call('purge_user_sessions', { before }, z.number()),
  /** Ends one puntual session of the member, or every one if `id` is undefined; returns how many were ended. */
  revokeUserSessions: (userId: string, id: string | undefined, now: Date) =>
    call('revoke_user_sessions', { user_id: userId, id, now }, z.number()),
});
