// puntual's own sessions and their refresh-token families. Hashes only.
import { z } from 'zod';
import { ADMISSIONS, type AdmissionMode } from './admission-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

const userSessionRow = z.object({
  id: z.string(),
  userId: z.string(),
  deviceFingerprint: text,
  /** By the gym's password; absent for a bridged session. */
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

/** The verbs of our own sessions. */
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
   * A member coming from Supabase, with session and first refresh token together; or why the mode lets them have none. `issuedAt` is of
   * their token. Throws auth/session-revoked for one erased since, request/limited beyond sixty an hour.
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
   * The device on which the member with this Supabase session has logged in at the gym, and how they stand. `issuedAt` is the token's.
   * Throws auth/session-revoked: ended there, or erased since.
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
  /** Throws request/limited beyond 300 an hour of one session. */
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
  /** Those that can still be kept alive. */
  readUserSessions: (userId: string, now: Date) =>
    call('read_user_sessions', { user_id: userId, now }, z.array(listedUserSessionRow)),
  /** Lets go of what ended before; answers how many sessions left. */
  purgeUserSessions: (before: Date) => call('purge_user_sessions', { before }, z.number()),
  /** Ends one (or, without an id, every) session of this member; answers how many. */
  revokeUserSessions: (userId: string, id: string | undefined, now: Date) =>
    call('revoke_user_sessions', { user_id: userId, id, now }, z.number()),
});
