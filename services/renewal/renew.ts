// The only path by which a token changes. The gym rotates the token: once it has answered, the old one is dead, and whoever
// loses the answer loses the login. So: lease, read again, intent before sending, never abort, receipt before parsing,
// one commit, use only after it. Fence the pointer, never the value.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, GymKey, RenewAnswer } from '../gym/gym.ts';
import type { Life } from '../owner.ts';
import type { MemberSeal, Seal } from '../seal/seal.ts';
import { CONFIRM_MS, nextAttemptAt } from '../session/back-off.ts';
import type { AttemptEnd, LeasedSession } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';
import { type Commit, createCommits, forAMinute } from './commit-batch.ts';
import type { Leave, RenewalGate } from './gate.ts';
import { createHeartbeat, type Heartbeat } from './lease-heartbeat.ts';
import { openKey, sealKey } from './open-session.ts';
import { sealAnswer } from './received-answer.ts';
import type { Spool, SpoolLine } from './spool.ts';
import { tryUnclear } from './try-unclear.ts';

export interface RenewServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  readonly logger: Logger;
  /** Where a lock proves that this process is alone on its data folder. */
  readonly life?: Life | undefined;
  /** One a process. Absent: each run has one of its own, and a renewal by itself asks none. */
  readonly gate?: RenewalGate | undefined;
}

/** How one renewal ended. `kept`: a token was received and is in the journal, but the pointer was somebody else's to move. */
export type Renewal =
  | { readonly kind: 'renewed' }
  | { readonly kind: 'kept' }
  /** At a gym that renews no tokens: it knows the session by its cookies, so the session counts as fresh. */
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'failed';
      readonly end: AttemptEnd;
      readonly reason: string;
      readonly died: boolean;
      /** Turned away, with a pause: the instant after which this session may be tried again. */
      readonly againAt: Date | undefined;
    }
  | { readonly kind: 'quarantined'; readonly reason: string }
  /** This process lacks the key: the lease was given back, and nothing is known against the session. */
  | { readonly kind: 'unknown-key' };

/** What renewals of one run or one process have in common. */
export interface Batching {
  readonly beats: Heartbeat;
  readonly commit: Commit;
}
export const createBatching = (services: RenewServices): Batching => ({
  beats: createHeartbeat(services),
  commit: createCommits(services),
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
 * Renews one session whose lease (and intent) is ours. Throws only what leaves the outcome to the spool and the next holder.
 * Whoever stops the process waits for it by the spool.
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

/** While a trial is out: long enough for its answer. */
const TRIAL_MS = 1_000;
/** Our own gate turned it away: as if the gym had, since it was the gym that asked for it. */
const notSentFor = (leave: Exclude<Leave, { kind: 'go' }>): Extract<RenewAnswer, { kind: 'turned-away' }> => ({
  kind: 'turned-away',
  why: 'down',
  retryAfterMs: leave.kind === 'rest' ? leave.leftMs : TRIAL_MS,
});

/** It may hold the next token in a shape that is not known here. An error page holds none. */
const isUnclear = (answer: RenewAnswer): boolean => answer.kind === 'unknown' && !answer.reason.startsWith('status ');

/** A member's seals, and the pair that was asked with. */
export interface OpenedLease {
  readonly member: MemberSeal;
  readonly key: GymKey;
}

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

/** Too long ago that the lease was granted: somebody else may hold it by now, so nothing is sent. */
async function giveBack({ store, clock }: RenewServices, { renewalId }: LeasedSession): Promise<Renewal> {
  await store.releaseLeases([renewalId], clock.now());
  return { kind: 'failed', end: 'released', reason: 'the lease is too old', died: false, againAt: undefined };
}

/** Of a leased session, what settling its answer takes; a kept answer is settled long after the lease is gone. */
export type Asked = Pick<
  LeasedSession,
  'id' | 'userId' | 'chain' | 'sessionType' | 'status' | 'failureStreak' | 'renewalId' | 'nextGeneration'
>;
type SettleServices = RenewServices & {
  readonly commit: Commit;
  /** An answer that is settled long after it came: the gym is asked nothing about it. */
  readonly isReplay?: boolean;
};

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
  // The row is gone (the member left, or a stray hand): the value stays in the spool, and nobody is told it went well.
  if (!result.exists) throw vanished(asked);
  await spool.forget(asked.renewalId);
  return { kind: result.moved ? 'renewed' : 'kept' };
}

async function giveUp(
  services: SettleServices,
  asked: Asked,
  key: GymKey,
  answer: Exclude<RenewAnswer, { key: GymKey }>,
  received: SpoolLine | undefined,
): Promise<Renewal> {
  const { store, clock, spool, gym } = services;
  const end = answer.kind === 'token-refused' ? 'refused' : answer.kind;
  const reason = reasonOf(answer);
  const isKept = !received || !isUnclear(answer) || (await spool.keepUnclear(received, clock.now()));
  const isAlive = mayBeGone(answer) && !services.isReplay ? await gym.isAlive(key) : undefined;
  if (isAlive && (await store.noteRefusal(asked.renewalId, clock.now()))) return settleAlive(services, asked, isKept);
  // A verdict may come of it: what unclear answers may hold goes on the ladder first.
  if (end === 'refused' && asked.status === 'suspect') await tryUnclear(services, asked.id);
  // The cheap authenticated read: a second refusal is final only when the cookies are dead too. Without an answer, and for a session that
  // was thought well, there is no evidence of death: the verdict is put off.
  const spare = end === 'refused' && (asked.status !== 'suspect' || isAlive !== false);
  const now = clock.now();
  const againAt = nextAttemptAt(asked, answer, now);
  const line = { renewalId: asked.renewalId, state: end, reason, confirmMs: CONFIRM_MS, spare, now } as const;
  const result = await forAMinute(services, () => store.settleAttempt({ ...line, nextAttemptAt: againAt }));
  if (!result.exists) throw vanished(asked);
  if (isKept) await spool.forget(asked.renewalId);
  const died = result.died ?? false;
  return { kind: 'failed', end, reason, died, againAt: end === 'turned-away' ? againAt : undefined };
}

/** A refusal, or no such address any more: by itself it condemns one token, together with others it may say that nothing is renewed. */
const mayBeGone = (answer: RenewAnswer): boolean =>
  answer.kind === 'token-refused' || (answer.kind === 'unknown' && /^status (404|405|410)$/.test(answer.reason));

async function settleAlive({ store, clock, spool }: SettleServices, asked: Asked, isKept = true): Promise<Renewal> {
  const result = await store.settleAlive(asked.renewalId, clock.now());
  if (!result.exists) throw vanished(asked);
  if (isKept) await spool.forget(asked.renewalId);
  return { kind: 'alive' };
}

/** Where no token is renewed. Undefined: the gym does not know the cookies, so the token is the last that may help. */
async function lookInstead(
  services: SettleServices,
  asked: Asked,
  { key }: OpenedLease,
): Promise<Renewal | undefined> {
  const isAlive = await services.gym.isAlive(key);
  if (isAlive === false) return undefined;
  if (isAlive) return settleAlive(services, asked);
  // No evidence either way, and nothing was sent that could count.
  return giveUp(services, asked, key, { kind: 'turned-away', why: 'down' }, undefined);
}

/** What went wrong, in words that hold no secret and fit a column. */
const reasonOf = (answer: Exclude<RenewAnswer, { key: GymKey }>): string => {
  if (answer.kind === 'token-refused') return 'token refused by the gym';
  if (answer.kind === 'turned-away') return `turned away: ${answer.why}`;
  return `${answer.kind}: ${answer.reason}`.slice(0, 200);
};

const vanished = (asked: Pick<Asked, 'id'>) =>
  new Failure('session/write-lost', 'Expected to write one session, wrote none.', {
    details: { sessionId: asked.id },
  });
