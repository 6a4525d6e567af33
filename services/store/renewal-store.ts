// Leases, rotations and their ends: the database's side of renewing a token. Only services/renewal may use it.
import { z } from 'zod';
import type { SessionType } from '../session/session.ts';
import type { Call } from './call.ts';
import { text } from './column.ts';
import { sealedShape } from './session-store.ts';

const leasedSessionRow = z.object({
  ...sealedShape,
  leaseEpoch: z.number(),
  renewalId: z.string(),
  nextGeneration: z.number(),
  boxes: z.array(z.string()),
  /** Of a session in doubt: its holder notes right before the call that it is about to leave (noteSending). */
  isNoted: z.boolean().default(false),
  /** Set at a gym that renews no tokens: whoami keeps the session; one session an hour tries its token all the same. */
  rule: z
    .enum(['whoami', 'trial'])
    .nullable()
    .transform((rule) => rule ?? undefined)
    .optional(),
});
/** The right to renew one session, with its intent row already written. */
export type LeasedSession = z.infer<typeof leasedSessionRow>;

const leaseAnswerRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('leased'), ...leasedSessionRow.shape }),
  z.object({ state: z.literal('fresh'), ...sealedShape }),
  z.object({ state: z.literal('resting'), retryAfterMs: z.number() }),
  z.object({ state: z.enum(['missing', 'dead', 'held', 'busy']) }),
]);
/** What asking for one session's lease brought. */
export type LeaseAnswer = z.infer<typeof leaseAnswerRow>;

const commitRow = z.object({ moved: z.boolean(), exists: z.boolean() });
/** One line of a batch. `refused` is the SQL state of a line that could not be written. */
const commitLineRow = z.object({ ...commitRow.shape, renewalId: z.string(), refused: text });
const settledAttemptRow = z.object({
  settled: z.boolean(),
  exists: z.boolean(),
  died: z.boolean().optional(),
  status: z.string().optional(),
});

const keptRenewalRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready'), ...sealedShape, renewalId: z.string(), nextGeneration: z.number() }),
  z.object({ state: z.enum(['done', 'orphan', 'gone']), renewalId: z.string() }),
]);
/** What it takes to put one spool line where it belongs, or why that is needless. */
export type KeptRenewal = z.infer<typeof keptRenewalRow>;

/** How an attempt ended that brought no token. `released`: it was never begun. */
export type AttemptEnd = 'refused' | 'unknown' | 'not-sent' | 'turned-away' | 'released';

/** What a renewal brought, sealed for its journal row. */
export interface CommitLine {
  readonly renewalId: string;
  readonly tokenDigest: string;
  readonly tokenSealed: string;
  readonly cookiesSealed: string;
  readonly now: Date;
}

/** The verbs of renewals. */
export const renewalStore = (call: Call) => ({
  /** Leases up to `limit` due background sessions with their intents written: soonest fire first, then those that went well, then oldest. */
  leaseDueSessions: (a: {
    staleAt: Date;
    owner: string;
    limit: number;
    leaseMs: number;
    /** Only those with a failed last attempt, and those that the last whole run left. */
    onlyTroubled: boolean;
    /** Groups of resting members: their slugs in order, a blank between. Absent: none. */
    resting?: readonly string[];
    /** Only sessions of members with a key wrapped by one of these. Absent: by any. */
    keys?: readonly string[] | undefined;
    runId: string;
    now: Date;
  }) =>
    call(
      'lease_due_sessions',
      {
        stale_at: a.staleAt,
        owner: a.owner,
        limit: a.limit,
        lease_ms: a.leaseMs,
        only_troubled: a.onlyTroubled,
        resting: a.resting ?? [],
        keys: a.keys,
        run_id: a.runId,
        now: a.now,
      },
      z.array(leasedSessionRow),
    ),
  leaseSession: (a: {
    id: string;
    sessionType: SessionType;
    staleAt: Date;
    owner: string;
    leaseMs: number;
    throughHold: boolean;
    now: Date;
  }) =>
    call(
      'lease_session',
      {
        id: a.id,
        type: a.sessionType,
        stale_at: a.staleAt,
        owner: a.owner,
        lease_ms: a.leaseMs,
        through_hold: a.throughHold,
        now: a.now,
      },
      leaseAnswerRow,
    ),
  /** Answers those that are still ours. */
  extendLeases: (renewalIds: readonly string[], leaseMs: number) =>
    call('extend_leases', { renewals: renewalIds, lease_ms: leaseMs }, z.array(z.string())),
  /** Gives back what was never begun; nothing is counted. */
  releaseLeases: (renewalIds: readonly string[], now: Date) =>
    call('release_leases', { renewals: renewalIds, now }, z.number()),
  /** Right before the call. 0: the lease has passed to another, and nothing may be sent. */
  noteSending: (renewalId: string) => call('note_sending', { renewal: renewalId }, z.number()),
  commitRotation: ({ renewalId, ...line }: CommitLine) =>
    call(
      'commit_rotation',
      {
        renewal: renewalId,
        token_digest: line.tokenDigest,
        token_sealed: line.tokenSealed,
        cookies_sealed: line.cookiesSealed,
        now: line.now,
      },
      commitRow,
    ),
  /** Many in one statement. Each line stands alone: one that cannot be written says so, and the others are. */
  commitRotations: (lines: readonly CommitLine[]) => call('commit_rotations', { lines }, z.array(commitLineRow)),
  /** What it takes to put spool lines where they belong. */
  readKeptRenewals: (lines: readonly { renewalId: string; userId: string; sessionId: string }[]) =>
    call('read_kept_renewals', { lines }, z.array(keptRenewalRow)),
  settleAttempt: (a: {
    renewalId: string;
    state: AttemptEnd;
    reason: string | undefined;
    nextAttemptAt: Date | undefined;
    confirmMs: number;
    /** The gym still knows the session by its cookies: the verdict may wait five times as long. */
    spare: boolean;
    now: Date;
  }) =>
    call(
      'settle_attempt',
      {
        renewal: a.renewalId,
        state: a.state,
        reason: a.reason,
        next_attempt_at: a.nextAttemptAt,
        confirm_ms: a.confirmMs,
        spare: a.spare,
        now: a.now,
      },
      settledAttemptRow,
    ),
});
