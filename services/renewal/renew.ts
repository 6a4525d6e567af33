// The only path by which a token changes. The gym rotates the token: once it has answered, the old one is dead, and a process that
// loses the answer loses the login. So: lease, read again, intent before sending, never abort, receipt before parsing,
// one commit, use only after it. Fence the pointer, never the value.
import { asFailure } from '../failures.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import type { MemberSeal } from '../seal/seal.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import { type Commit, createCommits } from './commit-batch.ts';
import type { Leave } from './gate.ts';
import { createHeartbeat, type Heartbeat } from './lease-heartbeat.ts';
import { giveUp, lookInstead, vanished } from './no-token.ts';
import { openKey, sealKey } from './open-session.ts';
import { sealAnswer } from './received-answer.ts';
import type { Asked, OpenedLease, Renewal, RenewServices, SettleServices } from './renewal.ts';
import type { SpoolLine } from './spool.ts';

export type { Asked, OpenedLease, Renewal, RenewServices } from './renewal.ts';

/** What renewals of one run or one process have in common. */
export interface Batching {
  readonly beats: Heartbeat;
  readonly commit: Commit;
}
/** @param windowMs how long a commit waits for others to go with it. */
export const createBatching = (services: RenewServices, windowMs?: number): Batching => ({
  beats: createHeartbeat(services),
  commit: createCommits(services, windowMs),
});

interface How {
  readonly batching?: Batching;
  /** Monotonic, from before the lease was asked for. */
  readonly askedAtMs?: number;
  /** Called, once or twice, when the gym has answered or will not: its place there is free, only disk and database are left. */
  readonly answered?: () => void;
  /** What the gate said, where it has been asked already. */
  readonly leave?: Leave;
  /** Hears of each new pair, once it is committed. Must not throw. */
  readonly renewed?: (leased: LeasedSession, key: GymKey) => Promise<void>;
}

/**
 * Renews one session under a lease (and intent) of ours. Throws only what leaves the outcome to the spool and the next holder.
 * A process that stops waits for it by the spool.
 */
export const renewLeased = (services: RenewServices, leased: LeasedSession, how: How = {}): Promise<Renewal> =>
  services.spool.during(renewOnce(services, leased, how));

async function renewOnce(services: RenewServices, leased: LeasedSession, how: How): Promise<Renewal> {
  const { beats, commit } = how.batching ?? createBatching(services);
  beats.hold(leased.renewalId, how.askedAtMs ?? services.clock.monotonicMs());
  const leave = how.leave ?? services.gate?.enter(leased);
  try {
    const opened = tryOpen(services, leased);
    if (opened === 'unknown-key') {
      await giveBack(services, leased);
      return { kind: 'unknown-key' };
    }
    if (!opened) return await quarantine(services, leased, 'seal/unreadable');
    if (!beats.isTrusted(leased.renewalId)) return await giveBack(services, leased);
    if (leave && leave.kind !== 'go')
      return await settleAnswer({ ...services, commit }, leased, opened, notSentFor(leave), undefined);
    if (leased.rule === 'whoami') {
      const looked = await lookInstead({ ...services, commit }, leased, opened);
      if (looked) return looked;
    }
    if (!(await mayLeave(services, leased, beats))) return await giveBack(services, leased);
    let received: SpoolLine | undefined;
    const answer = await services.gym.renew(opened.key, (raw) => {
      received = sealAnswer(opened.member, leased, raw);
      const kept = services.spool.keep(received);
      // Not when it turns us away: that must be understood before the next session is sent.
      if (raw.status < 400 && !raw.isCut) how.answered?.();
      return kept;
    });
    // First: what it opens or closes must be known before the next session is taken.
    if (leave) leave.done(answer);
    how.answered?.();
    const renewal = await settleAnswer({ ...services, commit }, leased, opened, answer, received);
    if (answer.kind === 'renewed') await hearRenewed(services, leased, answer.key, how);
    return renewal;
  } finally {
    beats.drop(leased.renewalId);
    if (leave?.kind === 'go') leave.done();
  }
}

async function hearRenewed(services: RenewServices, leased: LeasedSession, key: GymKey, how: How): Promise<void> {
  if (leased.rule && (await services.store.noteTokenWorks(services.clock.now())) === 1)
    services.logger.warn({ sessionId: leased.id }, 'gym: it renews tokens again');
  await how.renewed?.(leased, key);
}

/** A session in doubt pays for each call that may have left: noted before it does, so that a process that dies sooner costs it no try. */
async function mayLeave(
  { store }: RenewServices,
  { isNoted, renewalId }: LeasedSession,
  beats: Heartbeat,
): Promise<boolean> {
  if (!isNoted) return true;
  return (await store.noteSending(renewalId)) === 1 && beats.isTrusted(renewalId);
}

/** While a trial is out: long enough for its answer. */
const TRIAL_MS = 1_000;
/** Our own gate turned it away: as if the gym had, since it was the gym that asked for it. */
const notSentFor = (leave: Exclude<Leave, { kind: 'go' }>): Extract<RenewAnswer, { kind: 'turned-away' }> => ({
  kind: 'turned-away',
  why: 'down',
  retryAfterMs: leave.kind === 'rest' ? leave.leftMs : TRIAL_MS,
});

/** Undefined: a key that this process has refuses it. */
function tryOpen({ seal, logger }: RenewServices, leased: LeasedSession): OpenedLease | 'unknown-key' | undefined {
  try {
    const member = seal.openMember(leased.userId, leased.wrapped);
    return { member, key: openKey(member, leased) };
  } catch (error) {
    const { code } = asFailure(error);
    if (code === 'seal/unknown-key') return 'unknown-key';
    logger.error({ code, sessionId: leased.id }, 'alert: a session cannot be opened and is put aside');
    return undefined;
  }
}

async function quarantine({ store, clock }: RenewServices, leased: LeasedSession, reason: string): Promise<Renewal> {
  const rows = await store.quarantineSession(leased.id, reason, clock.now());
  if (rows !== 1) throw vanished(leased);
  return { kind: 'quarantined', reason };
}

/** The lease was granted too long ago: another process may hold it by now, so nothing is sent. */
async function giveBack({ store, clock }: RenewServices, { renewalId }: LeasedSession): Promise<Renewal> {
  await store.releaseLeases([renewalId], clock.now());
  return { kind: 'failed', end: 'released', reason: 'the lease is too old', died: false, againAt: undefined };
}

/**
 * Writes what an answer brought, or how the attempt ended. Throws session/write-lost, database/….
 * @param received the answer as it stands in the spool; absent when none came.
 */
export function settleAnswer(
  services: SettleServices,
  asked: Asked,
  opened: OpenedLease,
  answer: RenewAnswer,
  received: SpoolLine | undefined,
): Promise<Renewal> {
  return answer.kind === 'renewed' || answer.kind === 'cookies-lost'
    ? keepToken(services, asked, opened.member, answer)
    : giveUp(services, asked, opened.key, answer, received);
}

async function keepToken(
  { commit, clock, logger, spool }: SettleServices,
  asked: Asked,
  member: MemberSeal,
  answer: Extract<RenewAnswer, { key: GymKey }>,
): Promise<Renewal> {
  if (answer.kind === 'cookies-lost')
    logger.error(
      { code: 'session/jar-incomplete', sessionId: asked.id },
      'alert: the gym took its login cookie back; the jar was kept',
    );
  else if (answer.flags.length > 0)
    logger.warn({ sessionId: asked.id, flags: answer.flags }, 'session: an odd token was kept');
  const at = { ...asked, attemptId: asked.renewalId, generation: asked.nextGeneration };
  const result = await commit({
    renewalId: asked.renewalId,
    ...sealKey(member, at, answer.key),
    now: clock.now(),
  });
  // The row is gone (the member left, or a stray hand): the value stays in the spool, and no caller is told it went well.
  if (!result.exists) throw vanished(asked);
  await spool.forget(asked.renewalId);
  return { kind: result.moved ? 'renewed' : 'kept' };
}
