// The only code that renews a session's token at the gym. A renewal ends the old token, so a lost answer of the gym is a lost login. The order of a
// renewal is: lease; read the session again; store the intent; send and never abort; spool the answer; parse it; commit; use the token. A commit
// always stores the new token in the journal. The new token becomes current only if its renewal holds the lease and the sent token is still in force.
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

/** The heartbeat and the batch writer that the renewals of one run or one process share. */
export interface Batching {
  readonly beats: Heartbeat;
  readonly commit: Commit;
}
/**
 * Creates a heartbeat and a batch writer that several renewals share. @param windowMs how long a commit waits for other commits to go into the same
 * statement.
 */
export const createBatching = (services: RenewServices, windowMs?: number): Batching => ({
  beats: createHeartbeat(services),
  commit: createCommits(services, windowMs),
});

interface How {
  readonly batching?: Batching;
  /** When the lease was asked for, in ms on the monotonic clock; the clock is read before the call that asks. */
  readonly askedAtMs?: number;
  /**
   * Called, once or twice, when the gym has answered or no answer will come. Once `answered` is called, the caller may send the next session's
   * renewal, before this renewal's result is stored.
   */
  readonly answered?: () => void;
  /** What the gate answered, if the caller has already asked the gate. */
  readonly leave?: Leave;
  /** Called with each renewed token and its cookies, once they are committed. `renewed` must not throw. */
  readonly renewed?: (leased: LeasedSession, key: GymKey) => Promise<void>;
}

/**
 * Renews one session under a lease of this process. Throws only errors after which the outcome is settled later, from the spool or by the next holder
 * of the lease. A process that is stopping waits for the renewal through `spool.settled`.
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
      // After a whole answer with a status below 400, the caller may send another session's renewal immediately. After any other answer, the renewal
      // gate hears of the answer first.
      if (raw.status < 400 && !raw.isCut) how.answered?.();
      return kept;
    });
    // The gate learns of the gym's answer before `how.answered` lets the caller begin the next renewal, because the next renewal asks the gate
    // whether it may start.
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

/**
 * For a session in doubt, each request that may have reached the gym counts against the session's limit of renewal attempts in an hour. Counts a
 * request for a session in doubt right before it is sent; returns false when the request must not be sent.
 */
async function mayLeave(
  { store }: RenewServices,
  { isNoted, renewalId }: LeasedSession,
  beats: Heartbeat,
): Promise<boolean> {
  if (!isNoted) return true;
  return (await store.noteSending(renewalId)) === 1 && beats.isTrusted(renewalId);
}

/** How long a renewal waits, in ms, while another renewal is the trial after a pause: long enough for the trial's answer. */
const TRIAL_MS = 1_000;
/**
 * The result of a renewal that our own gate held back, in a pause or during the trial after a pause: the renewal counts as turned away by the gym.
 */
const notSentFor = (leave: Exclude<Leave, { kind: 'go' }>): Extract<RenewAnswer, { kind: 'turned-away' }> => ({
  kind: 'turned-away',
  why: 'down',
  retryAfterMs: leave.kind === 'rest' ? leave.leftMs : TRIAL_MS,
});

/** Opens the token and cookies of a leased session. Undefined when the token and cookies cannot be opened although this process has their key. */
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

/** Gives back a lease without sending anything, for example because the lease is too old: another process may have leased the session by now. */
async function giveBack({ store, clock }: RenewServices, { renewalId }: LeasedSession): Promise<Renewal> {
  await store.releaseLeases([renewalId], clock.now());
  return { kind: 'failed', end: 'released', reason: 'the lease is too old', died: false, againAt: undefined };
}

/**
 * Stores the token that an answer brought, or how the attempt ended without one. Throws session/write-lost, database/….
 * @param received the answer as it stands in the spool; undefined when no answer came.
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
  // If the session's row is gone (erased with its member, or deleted by hand), the answer stays in the spool and the caller gets a failure.
  if (!result.exists) throw vanished(asked);
  await spool.forget(asked.renewalId);
  return { kind: result.moved ? 'renewed' : 'kept' };
}
