// The only path by which a token changes. The gym rotates the token: once it has answered, the old one is dead, and whoever
// loses the answer loses the login. So: lease, read again, intent before sending, never abort, receipt before parsing,
// one commit, use only after it. Fence the pointer, never the value.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, GymKey, RawAnswer, RenewAnswer } from '../gym/gym.ts';
import { Secret } from '../secret.ts';
import type { AttemptEnd } from '../store/renewal-store.ts';
import type { LeasedSession } from '../store/rows.ts';
import type { MemberSeal, Seal } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { nextAttemptAt } from './back-off.ts';
import { openKey, sealKey } from './open-session.ts';
import type { Spool } from './spool.ts';

/** The right lasts this long without a heartbeat, by the database's clock. */
export const LEASE_MS = 45_000;
/** A token is called dead only by a second refusal at least this long after the first. */
export const CONFIRM_MS = 60_000;
const HEARTBEAT_MS = 10_000;
const COMMIT_PATIENCE_MS = 60_000;
const COMMIT_PAUSE_MS = 1_000;

export interface RenewServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  readonly logger: Logger;
}

/** How one renewal ended. `kept`: a token was received and is in the journal, but the pointer was somebody else's to move. */
export type Renewal =
  | { readonly kind: 'renewed' }
  | { readonly kind: 'kept' }
  | { readonly kind: 'failed'; readonly end: AttemptEnd; readonly reason: string; readonly died: boolean }
  | { readonly kind: 'quarantined'; readonly reason: string };

/** Renews one session whose lease (and intent) is ours. Throws only what leaves the outcome to the spool and the next holder. */
export async function renewLeased(services: RenewServices, leased: LeasedSession): Promise<Renewal> {
  const beating = startHeartbeat(services, leased.renewalId);
  try {
    const opened = tryOpen(services, leased);
    if (!opened) return await quarantine(services, leased, 'seal/unreadable');
    const answer = await askGym(services, leased, opened);
    return await settle(services, leased, opened, answer);
  } finally {
    beating.stop();
  }
}

interface OpenedLease {
  readonly member: MemberSeal;
  readonly key: GymKey;
}

function tryOpen({ seal, logger }: RenewServices, leased: LeasedSession): OpenedLease | undefined {
  try {
    const member = seal.openMember(leased.userId, leased.wrapped);
    return { member, key: openKey(member, leased) };
  } catch (error) {
    logger.error({ code: asFailure(error).code, sessionId: leased.id }, 'session: its sealed pair cannot be opened');
    return undefined;
  }
}

async function quarantine({ store, clock }: RenewServices, leased: LeasedSession, reason: string): Promise<Renewal> {
  mustTouchOne(await store.quarantineSession(leased.id, reason, clock.now()), leased);
  return { kind: 'quarantined', reason };
}

function askGym(services: RenewServices, leased: LeasedSession, { member, key }: OpenedLease): Promise<RenewAnswer> {
  const received = (raw: RawAnswer) =>
    services.spool.keep({
      renewalId: leased.renewalId,
      userId: leased.userId,
      sealed: sealAnswer(member, leased, raw),
    });
  return services.gym.renew(key, received);
}

const spoolPlace = (leased: Pick<LeasedSession, 'userId' | 'renewalId'>) => ({
  table: 'spool',
  column: 'answer',
  userId: leased.userId,
  chain: '',
  sessionType: '',
  attemptId: leased.renewalId,
  generation: 0,
});

const sealAnswer = (member: MemberSeal, leased: LeasedSession, raw: RawAnswer): string =>
  member.seal(spoolPlace(leased), new Secret(JSON.stringify(raw)));

/** The answer kept in a spool line. Throws seal/unreadable. */
export const openAnswer = (
  member: MemberSeal,
  line: { userId: string; renewalId: string; sealed: string },
): RawAnswer => JSON.parse(member.open(spoolPlace(line), line.sealed).reveal());

async function settle(
  services: RenewServices,
  leased: LeasedSession,
  opened: OpenedLease,
  answer: RenewAnswer,
): Promise<Renewal> {
  if (answer.kind === 'renewed' || answer.kind === 'cookies-lost') {
    return commit(services, leased, opened.member, answer);
  }
  return giveUp(services, leased, opened.key, answer);
}

async function commit(
  services: RenewServices,
  leased: LeasedSession,
  member: MemberSeal,
  answer: Extract<RenewAnswer, { key: GymKey }>,
): Promise<Renewal> {
  const { store, clock, logger, spool } = services;
  if (answer.kind === 'cookies-lost')
    logger.error(
      { code: 'session/jar-incomplete', sessionId: leased.id },
      'session: the gym took its login cookie back; the jar was kept',
    );
  else if (answer.flags.length > 0)
    logger.warn({ sessionId: leased.id, flags: answer.flags }, 'session: an odd token was kept');
  const at = { ...leased, attemptId: leased.renewalId, generation: leased.nextGeneration };
  const sealed = sealKey(member, at, answer.key);
  const result = await patiently(services, () =>
    store.commitRotation({ renewalId: leased.renewalId, ...sealed, now: clock.now() }),
  );
  // The row is gone (the member left, or a stray hand): the value stays in the spool, and nobody is told it went well.
  if (!result.exists) throw vanished(leased);
  await spool.forget(leased.renewalId);
  return { kind: result.moved ? 'renewed' : 'kept' };
}

async function giveUp(
  services: RenewServices,
  leased: LeasedSession,
  key: GymKey,
  answer: Exclude<RenewAnswer, { key: GymKey }>,
): Promise<Renewal> {
  const { store, clock, spool } = services;
  const end = answer.kind === 'token-refused' ? 'refused' : answer.kind;
  const reason = reasonOf(answer);
  const spare = end === 'refused' && leased.status === 'suspect' && (await services.gym.isAlive(key)) === true;
  const now = clock.now();
  const line = { renewalId: leased.renewalId, state: end, reason, confirmMs: CONFIRM_MS, spare, now } as const;
  const result = await patiently(services, () =>
    store.settleAttempt({ ...line, nextAttemptAt: nextAttemptAt(leased.failureStreak, answer, now) }),
  );
  if (!result.exists) throw vanished(leased);
  await spool.forget(leased.renewalId);
  return { kind: 'failed', end, reason, died: result.died ?? false };
}

/** What went wrong, in words that hold no secret and fit a column. */
const reasonOf = (answer: Exclude<RenewAnswer, { key: GymKey }>): string => {
  if (answer.kind === 'token-refused') return 'token refused by the gym';
  if (answer.kind === 'turned-away') return `turned away: ${answer.why}`;
  return `${answer.kind}: ${answer.reason}`.slice(0, 200);
};

const vanished = (leased: LeasedSession) =>
  new Failure('session/write-lost', 'Expected to write one session, wrote none.', {
    details: { sessionId: leased.id },
  });

const mustTouchOne = (rows: number, leased: LeasedSession): void => {
  if (rows !== 1) throw vanished(leased);
};

/** Keeps trying to reach the database for a minute: what the gym gave must be written before anything else is asked of it. */
async function patiently<T>({ clock }: RenewServices, write: () => Promise<T>): Promise<T> {
  const until = clock.monotonicMs() + COMMIT_PATIENCE_MS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (asFailure(error).code !== 'database/unavailable' || clock.monotonicMs() > until) throw error;
      await clock.sleep(COMMIT_PAUSE_MS);
    }
  }
}

/** Holds the lease while the call is out. A beat that fails is no reason to stop: the commit is fenced, and the answer is kept. */
function startHeartbeat({ clock, store, logger }: RenewServices, renewalId: string): { stop: () => void } {
  const ended = new AbortController();
  const beat = async () => {
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, ended.signal);
      await store
        .extendLeases([renewalId], LEASE_MS)
        .catch((err) => logger.warn({ err, renewalId }, 'lease: a heartbeat was lost'));
    }
  };
  beat().catch((error) => {
    if (!ended.signal.aborted) logger.error({ err: error }, 'lease: the heartbeat stopped');
  });
  return { stop: () => ended.abort() };
}
