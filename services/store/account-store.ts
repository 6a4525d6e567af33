// What belongs to an account beside its sessions: how it got here, what it may still win, tries at the gym's door, kept answers.
import { z } from 'zod';
import type { Call } from './call.ts';
import { openedUserSessionRow } from './own-session-rows.ts';
import { instant, maybeInstant, sealedSessionRow } from './rows.ts';

const usageRow = z.object({
  plan: z.enum(['free', 'pro']),
  tokens: z.number(),
  status: z.string(),
  unlimited: z.boolean(),
  /** When tokens come back, where they are counted. */
  periodEndsAt: instant,
});

const beginningRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('begun'), sentAt: maybeInstant }),
  z.object({ state: z.enum(['running', 'mismatch']) }),
  z.object({ state: z.literal('done'), status: z.number(), answer: z.unknown() }),
]);

const deviceProofRow = sealedSessionRow.extend({ tokenReceivedAt: z.string().transform((text) => new Date(text)) });
/** A device's session, still sealed, with the instant since which its token is in force. */
export type DeviceProof = z.infer<typeof deviceProofRow>;

export const accountStore = (call: Call) => ({
  /** A member who comes from Supabase, with session and first refresh token: all of it or nothing. */
  bridgeUserSession: (a: {
    id: string;
    userId: string;
    email: string | undefined;
    supabaseSessionId: string | undefined;
    userAgent: string | undefined;
    ip: string | undefined;
    tokenHash: string;
    idleMs: number;
    absoluteMs: number;
    now: Date;
  }) =>
    call(
      'bridge_user_session',
      {
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
      },
      openedUserSessionRow,
    ),
  /** The device on which whoever holds this Supabase session has logged in at the gym. Throws auth/session-revoked: ended there. */
  readSupabaseDevice: (userId: string, supabaseSessionId: string | undefined, now: Date) =>
    call(
      'read_supabase_device',
      { user_id: userId, supabase_session_id: supabaseSessionId, now },
      z.string().nullable(),
    ),
  readUsage: (userId: string, now: Date) => call('read_usage', { user_id: userId, now }, usageRow.nullable()),
  /** Answers the milliseconds to wait; 0 means that the try is counted and may be made. */
  beginLogin: (a: {
    id: string;
    account: string;
    address: string;
    mostAnAccount: number;
    mostAnAddress: number;
    windowMs: number;
    lockedMs: number;
    mostRight: number;
    now: Date;
  }) =>
    call(
      'begin_login',
      {
        id: a.id,
        account: a.account,
        address: a.address,
        most_an_account: a.mostAnAccount,
        most_an_address: a.mostAnAddress,
        window_ms: a.windowMs,
        locked_ms: a.lockedMs,
        most_right: a.mostRight,
        now: a.now,
      },
      z.number(),
    ),
  endLogin: (id: string, verdict: 'fine' | 'wrong' | 'locked' | 'right', now: Date) =>
    call('end_login', { id, verdict, now }, z.number()),
  /** Takes one from each bucket or from none. Answers the milliseconds to wait; 0 is taken. */
  takeFromBuckets: (buckets: readonly { name: string; perSecond: number; burst: number }[], now: Date) =>
    call('take_from_buckets', { buckets, now }, z.number()),
  beginRequest: (a: {
    userId: string;
    key: string;
    requestHash: string;
    owner: string;
    runningMs: number;
    now: Date;
  }) =>
    call(
      'begin_request',
      {
        user_id: a.userId,
        key: a.key,
        request_hash: a.requestHash,
        owner: a.owner,
        running_ms: a.runningMs,
        now: a.now,
      },
      beginningRow,
    ),
  /** Something is about to be sent under the key. Answers 0 when somebody else has taken the request over. */
  noteRequestSent: (a: { userId: string; key: string; owner: string; now: Date }) =>
    call('note_request_sent', { user_id: a.userId, key: a.key, owner: a.owner, now: a.now }, z.number()),
  /** Keeps the answer; without one the key is free again, unless something may have been sent. Answers how many rows it touched. */
  endRequest: (a: {
    userId: string;
    key: string;
    owner: string;
    kept: { status: number; answer: unknown } | undefined;
    sent: boolean;
  }) =>
    call(
      'end_request',
      {
        user_id: a.userId,
        key: a.key,
        owner: a.owner,
        status: a.kept?.status,
        answer: a.kept?.answer,
        sent: a.sent,
      },
      z.number(),
    ),
  readDeviceProof: (userId: string, fingerprint: string) =>
    call('read_device_proof', { user_id: userId, fingerprint }, deviceProofRow.nullable()),
});
