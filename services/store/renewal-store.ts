// The database's side of renewing a token: leases, the commit of a received token, and the end of an attempt. Only services/renewal may use the calls
// of renewal-store.ts.
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
  /** True for a session in doubt: the holder of its lease must then call `noteSending` right before the request to the gym. */
  isNoted: z.boolean().default(false),
  /**
   * What to do with this session if the gym renews no tokens; undefined if the gym renews tokens. `whoami`: the service asks the gym for the login of
   * the session's cookies instead of renewing. `trial`: the session's renewal is sent all the same, to see whether the gym gives tokens after all;
   * the database chooses one session for this now and then.
   */
  rule: z
    .enum(['whoami', 'trial'])
    .nullable()
    .transform((rule) => rule ?? undefined)
    .optional(),
});
/** A session that this process has leased; the row of the attempt to renew it is already written. */
export type LeasedSession = z.infer<typeof leasedSessionRow>;

const leaseAnswerRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('leased'), ...leasedSessionRow.shape }),
  z.object({ state: z.literal('fresh'), ...sealedShape }),
  z.object({ state: z.literal('resting'), retryAfterMs: z.number() }),
  z.object({ state: z.enum(['missing', 'dead', 'held', 'busy']) }),
]);
/** The result of asking for one session's lease. */
export type LeaseAnswer = z.infer<typeof leaseAnswerRow>;

const commitRow = z.object({ moved: z.boolean(), exists: z.boolean() });
/**
 * What became of one of the tokens that a call of `commitRotations` commits. `refused` is the SQL error code (SQLSTATE) with which the database
 * refused to commit the token.
 */
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
/** What is needed to commit the token of one spool line, or why the line needs no commit. */
export type KeptRenewal = z.infer<typeof keptRenewalRow>;

/** How an attempt that brought no token ended. `released`: the lease was given back before a request was tried, and the attempt is not counted. */
export type AttemptEnd = 'refused' | 'unknown' | 'not-sent' | 'turned-away' | 'released';

/** The token and cookies from a renewal, sealed for a row of the table `token_journal`. */
export interface CommitLine {
  readonly renewalId: string;
  readonly tokenDigest: string;
  readonly tokenSealed: string;
  readonly cookiesSealed: string;
  readonly now: Date;
}

/** The database calls for renewals. */
export const renewalStore = (call: Call) => ({
  /**
   * Leases up to `limit` due background sessions, first those of the members whose prebookings open soonest. Among sessions of members with the same
   * next opening, or with none, those whose last attempt failed come last. If neither the opening nor a failed attempt decides the order, the session
   * with the oldest last success comes first.
   */
  leaseDueSessions: (a: {
    staleAt: Date;
    owner: string;
    limit: number;
    leaseMs: number;
    /** True: leases only sessions with a last attempt that failed or was cut short, and those that the last whole run left out. */
    onlyTroubled: boolean;
    /**
     * Each text is the sorted slugs of some boxes, parted by blanks. A member's renewals are paused if one of the texts names exactly the member's
     * boxes. If `resting` is absent, no member's renewals are paused.
     */
    resting?: readonly string[];
    /**
     * Leases only sessions of members whose data key is wrapped by one of the keys named in `keys`. If `keys` is absent, sessions of all members are
     * leased.
     */
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
  /** Extends leases to `leaseMs` from now; returns the ids of the renewals with a lease that this process still has. */
  extendLeases: (renewalIds: readonly string[], leaseMs: number) =>
    call('extend_leases', { renewals: renewalIds, lease_ms: leaseMs }, z.array(z.string())),
  /** Gives back leases of attempts that were never begun; the attempts are not counted. */
  releaseLeases: (renewalIds: readonly string[], now: Date) =>
    call('release_leases', { renewals: renewalIds, now }, z.number()),
  /** Notes that the request of this renewal is about to be sent. Returns 0 if another process has the lease; the caller must not send then. */
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
  /** Commits many received tokens in one statement. Each line (one received token) succeeds or fails alone. */
  commitRotations: (lines: readonly CommitLine[]) => call('commit_rotations', { lines }, z.array(commitLineRow)),
  /** Reads what is needed to commit the tokens of spool lines. */
  readKeptRenewals: (lines: readonly { renewalId: string; userId: string; sessionId: string }[]) =>
    call('read_kept_renewals', { lines }, z.array(keptRenewalRow)),
  settleAttempt: (a: {
    renewalId: string;
    state: AttemptEnd;
    reason: string | undefined;
    nextAttemptAt: Date | undefined;
    confirmMs: number;
    /**
     * True: the session is declared dead only after three refusals of its token, the first at least 5 × `confirmMs` ago. False: after two refusals,
     * the first at least `confirmMs` ago.
     */
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
