// Leases, rotations and their ends: the database's side of renewing a token. Only services/session/renew*.ts may use it.
import { z } from 'zod';
import type { SessionType } from '../session/session.ts';
import type { Call } from './call.ts';
import {
  commitLineRow,
  commitRow,
  keptRenewalRow,
  leaseAnswerRow,
  leasedSessionRow,
  quarantinedRow,
  settledAttemptRow,
  surveyRow,
} from './rows.ts';

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

export const renewalStore = (call: Call) => ({
  /** Leases up to `limit` due background sessions with their intents written: soonest fire first, then those that went well, then oldest. */
  leaseDueSessions: (a: {
    staleAt: Date;
    owner: string;
    limit: number;
    leaseMs: number;
    /** Only those whose last attempt went wrong, and those that the last whole run left. */
    onlyTroubled: boolean;
    /** Groups of members who rest: their slugs in order, a blank between. Absent: none. */
    resting?: readonly string[];
    /** Only sessions of members whose key is wrapped by one of these. Absent: by any. */
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
  /** The member leaves this device. Answers how many sessions were given up. */
  revokeDeviceSession: (userId: string, fingerprint: string, now: Date) =>
    call('revoke_device_session', { user_id: userId, fingerprint, now }, z.number()),
  quarantineSession: (id: string, reason: string, now: Date) =>
    call('quarantine_session', { id, reason, now }, z.number()),
  /** Sessions of both kinds that were put aside and are whole, by id, after `after`. */
  readQuarantined: (after: string | undefined, limit: number) =>
    call('read_quarantined', { after, limit }, z.array(quarantinedRow)),
  /** They open again. Answers how many came back. */
  releaseQuarantined: (ids: readonly string[]) => call('release_quarantined', { ids }, z.number()),
  /** Nobody renews these members' background sessions until then. */
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
