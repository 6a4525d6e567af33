// Gym sessions: how they begin, their state, how they end. Changes of a token are in renewal-store.ts.
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
/** The fields of a session that are not secret. */
export const sessionCardRow = z.object(cardShape) satisfies z.ZodType<SessionCard>;
/** A sealed session's columns, for rows that carry more. */
export const sealedShape = {
  ...cardShape,
  attemptId: z.string(),
  tokenSealed: z.string(),
  cookiesSealed: z.string(),
  sealedGeneration: z.number(),
  wrapped: z.string(),
};
/** The same with its pair, sealed. */
export const sealedSessionRow = z.object(sealedShape);
/** A session with its pair still sealed. `open-session.ts` opens it. */
export type SealedSession<T extends SessionType = SessionType> = z.infer<typeof sealedSessionRow> & { sessionType: T };

const deviceProofRow = sealedSessionRow.extend({ tokenReceivedAt: instant });
/** A device's session, still sealed, with the instant since which its token is in force. */
export type DeviceProof = z.infer<typeof deviceProofRow>;

/** A quarantined session, with what it takes to try it again. */
const quarantinedRow = z.object(sealedShape);

const surveyRow = z.object({
  live: z.number(),
  due: z.number(),
  waiting: z.number(),
  /** Due, and neither being renewed nor held for a race: paused, or not reached yet. */
  left: z.number(),
  /** Due, and being renewed by a process at this moment. */
  atWork: z.number(),
  /** Sessions that need a new login; `live` are the others. */
  needsLogin: z.number(),
  overdue: z.array(z.string()),
  /** Their last success is in the future: some clock is wrong. */
  fromTheFuture: z.array(z.string()),
  /** In doubt for more than two cycles. */
  unsure: z.array(z.string()),
  quarantined: z.number(),
  /** News since the instant that was asked for. */
  quarantinedNow: z.array(z.string()),
  /** The first of the quarantined sessions that are old enough to be due. */
  putAside: z.array(z.string()),
  waitingWithoutSession: z.array(z.string()),
});
/** The state of all background sessions, for a run's report. */
export type Survey = z.infer<typeof surveyRow>;

/** The verbs of gym sessions. */
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
  /** Returns how many devices were deleted. */
  purgeDeviceSessions: (before: Date) => call('purge_device_sessions', { before }, z.number()),
  /** The member leaves this device. Returns how many sessions were given up. */
  revokeDeviceSession: (userId: string, fingerprint: string, now: Date) =>
    call('revoke_device_session', { user_id: userId, fingerprint, now }, z.number()),
  quarantineSession: (id: string, reason: string, now: Date) =>
    call('quarantine_session', { id, reason, now }, z.number()),
  /** Quarantined sessions of both kinds that are not damaged, by id, after `after`. */
  readQuarantined: (after: string | undefined, limit: number) =>
    call('read_quarantined', { after, limit }, z.array(quarantinedRow)),
  /** They open again. Returns how many came back. */
  releaseQuarantined: (ids: readonly string[]) => call('release_quarantined', { ids }, z.number()),
  /** No process renews these members' background sessions before that instant. */
  holdSessions: (userIds: readonly string[], until: Date) =>
    call('hold_sessions', { users: userIds, until }, z.number()),
  /** @param a.since from when on a quarantine is news. */
  surveyBackgroundSessions: (a: { staleAt: Date; alarmAt: Date; since: Date; now: Date }) =>
    call(
      'survey_background_sessions',
      { stale_at: a.staleAt, alarm_at: a.alarmAt, since: a.since, now: a.now },
      surveyRow,
    ),
});
