// Gym sessions: the calls that begin, show, hold, quarantine and end them. renewal-store.ts changes the sessions' tokens.
import { z } from 'zod';
import type { SessionCard, SessionType } from '../session/session.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';

const cardShape = {
  id: z.string(),
  userId: z.string(),
  sessionType: z.enum(['background', 'device']),
  fingerprint: z.string(),
  status: z.enum(['live', 'uncertain', 'suspect', 'needs-login', 'revoked']),
  chain: z.string(),
  generation: z.number(),
  tokenDigest: z.string(),
  previousTokenDigest: text,
  tokenUpdateCount: z.number(),
  tokenSuccessCount: z.number(),
  failureStreak: z.number(),
  lastAttemptAt: maybeInstant,
  lastSuccessAt: instant,
  lastError: text,
  heldUntil: maybeInstant,
  quarantinedAt: maybeInstant,
};
/** The fields of a gym session that are not secret. */
export const sessionCardRow = z.object(cardShape) satisfies z.ZodType<SessionCard>;
/** The columns of a gym session with sealed token and cookies, for rows that have further columns. */
export const sealedShape = {
  ...cardShape,
  attemptId: z.string(),
  tokenSealed: z.string(),
  cookiesSealed: z.string(),
  sealedGeneration: z.number(),
  wrapped: z.string(),
};
/** A gym session, background or device, with its token and cookies sealed. */
export const sealedSessionRow = z.object(sealedShape);
/** A session with its token and cookies still sealed. `open-session.ts` decrypts the token and the cookies. */
export type SealedSession<T extends SessionType = SessionType> = z.infer<typeof sealedSessionRow> & { sessionType: T };

const deviceProofRow = sealedSessionRow.extend({ tokenReceivedAt: instant });
/** A device session, still sealed, with the instant since which its token is in force. */
export type DeviceProof = z.infer<typeof deviceProofRow>;

/** A quarantined session (its token or cookies could not be decrypted), with the columns needed to try the decryption again. */
const quarantinedRow = z.object(sealedShape);

const surveyRow = z.object({
  live: z.number(),
  due: z.number(),
  waiting: z.number(),
  /**
   * How many due background sessions are neither leased nor held for a race: their next attempt is later, the run did not reach them, or they are
   * quarantined.
   */
  left: z.number(),
  /** How many background sessions are due and leased at this moment, because a process is renewing them. */
  atWork: z.number(),
  /**
   * How many background sessions need a new login by the member, because the member has no kept login; the count `live` (sessions that can be
   * renewed) leaves these out.
   */
  needsLogin: z.number(),
  overdue: z.array(z.string()),
  /** At most twenty ids of background sessions with a last success in the future, which shows that some clock is wrong. */
  fromTheFuture: z.array(z.string()),
  /** At most twenty ids of background sessions in state `uncertain` or `suspect` with a last success that is 58 minutes old or older. */
  unsure: z.array(z.string()),
  quarantined: z.number(),
  /** The ids of the background sessions that were quarantined at or after the instant that the caller gave as `since`. */
  quarantinedNow: z.array(z.string()),
  /** At most twenty ids of quarantined background sessions with a token old enough to be due. */
  putAside: z.array(z.string()),
  waitingWithoutSession: z.array(z.string()),
});
/** The state of all background sessions, for the report of a refresh run. */
export type Survey = z.infer<typeof surveyRow>;

/** The calls to the database that concern gym sessions. */
export const sessionStore = (call: Call) => ({
  openGymSession: (a: {
    userId: string;
    sessionType: SessionType;
    fingerprint: string;
    chain: string;
    attemptId: string;
    tokenDigest: string;
    tokenSealed: string;
    cookiesSealed: string;
    now: Date;
  }) =>
    call(
      'open_gym_session',
      {
        user_id: a.userId,
        type: a.sessionType,
        fingerprint: a.fingerprint,
        chain: a.chain,
        attempt: a.attemptId,
        token_digest: a.tokenDigest,
        token_sealed: a.tokenSealed,
        cookies_sealed: a.cookiesSealed,
        now: a.now,
      },
      sessionCardRow,
    ),
  readBackgroundSession: (userId: string) =>
    call('read_background_session', { user_id: userId }, sealedSessionRow.nullable()),
  readDeviceSession: (userId: string, fingerprint: string) =>
    call('read_device_session', { user_id: userId, fingerprint }, sealedSessionRow.nullable()),
  readDeviceProof: (userId: string, fingerprint: string) =>
    call('read_device_proof', { user_id: userId, fingerprint }, deviceProofRow.nullable()),
  /** Deletes device sessions that were last used before `before`. Returns how many sessions were deleted. */
  purgeDeviceSessions: (before: Date) => call('purge_device_sessions', { before }, z.number()),
  /** Revokes the device session of a device that the member signs out of. Returns 1, or 0 if the device has no session or a revoked one. */
  revokeDeviceSession: (userId: string, fingerprint: string, now: Date) =>
    call('revoke_device_session', { user_id: userId, fingerprint, now }, z.number()),
  quarantineSession: (id: string, reason: string, now: Date) =>
    call('quarantine_session', { id, reason, now }, z.number()),
  /** Quarantined sessions of both types with complete sealed columns, in order of id, those after the id `after`. */
  readQuarantined: (after: string | undefined, limit: number) =>
    call('read_quarantined', { after, limit }, z.array(quarantinedRow)),
  /** Ends the quarantine of sessions that can be decrypted again. Returns how many sessions were released. */
  releaseQuarantined: (ids: readonly string[]) => call('release_quarantined', { ids }, z.number()),
  /** Holds these members' background sessions: no refresh run renews them before the instant `until`. */
  holdSessions: (userIds: readonly string[], until: Date) =>
    call('hold_sessions', { users: userIds, until }, z.number()),
  /** @param a.since sessions quarantined at or after this instant are listed in `quarantinedNow`. */
  surveyBackgroundSessions: (a: { staleAt: Date; alarmAt: Date; since: Date; now: Date }) =>
    call(
      'survey_background_sessions',
      { stale_at: a.staleAt, alarm_at: a.alarmAt, since: a.since, now: a.now },
      surveyRow,
    ),
});
