// Settles an attempt that brought no token: the token may be dead, the session may be dead, or the gym may renew no tokens at all. A session whose
// cookies the gym does not know is declared dead after two refusals of its token; any other session only after a third refusal, at least five minutes
// after the first. While the gym refuses many sessions at the same time, none of them is declared dead.
import { Failure } from '../failures.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import { CONFIRM_MS, nextAttemptAt } from '../session/back-off.ts';
import { forAMinute } from './commit-batch.ts';
import type { Asked, OpenedLease, Renewal, SettleServices } from './renewal.ts';
import type { SpoolLine } from './spool.ts';
import { tryUnclear } from './try-unclear.ts';

/** Whether an answer may hold the next token in an unknown shape. An error page (an answer with an error status) holds no token. */
const isUnclear = (answer: RenewAnswer): boolean => answer.kind === 'unknown' && !answer.reason.startsWith('status ');

/** Stores how an attempt that brought no token ended, and so may declare the session dead. Throws session/write-lost, database/…. */
export async function giveUp(
  services: SettleServices,
  asked: Asked,
  key: GymKey,
  answer: Exclude<RenewAnswer, { key: GymKey }>,
  received: SpoolLine | undefined,
): Promise<Renewal> {
  const { store, clock, spool, gym } = services;
  const reason = reasonOf(answer);
  const isKept = !received || !isUnclear(answer) || (await spool.keepUnclear(received, clock.now()));
  const isAlive = (mayBeGone(answer) || isSentAway(answer)) && !services.isReplay ? await gym.isAlive(key) : undefined;
  if (isAlive && mayBeGone(answer) && (await store.noteRefusal(asked.renewalId, clock.now())))
    return settleAlive(services, asked, 'tried', isKept);
  // If the gym says that it does not know the session's cookies, its answer to the renewal counts as a refusal of the token, whatever the status.
  const heard: typeof answer = isAlive === false ? { kind: 'token-refused' } : answer;
  const end = heard.kind === 'token-refused' ? 'refused' : heard.kind;
  // A second refusal of the token may end the session, so tokens that unclear answers may hold are looked for first.
  if (end === 'refused' && asked.status === 'suspect') await tryUnclear(services, asked.id);
  // Two refusals of the token end the session only if the gym says that it does not know the session's cookies either. If the gym knows the cookies,
  // or did not say whether it does, the session is declared dead only after a third refusal, five minutes (5 × `CONFIRM_MS`) or more after the first.
  const spare = end === 'refused' && (asked.status !== 'suspect' || isAlive !== false);
  const now = clock.now();
  const againAt = nextAttemptAt(asked, heard, now);
  const line = { renewalId: asked.renewalId, state: end, reason, confirmMs: CONFIRM_MS, spare, now } as const;
  const result = await forAMinute(services, () => store.settleAttempt({ ...line, nextAttemptAt: againAt }));
  if (!result.exists) throw vanished(asked);
  if (isKept) await spool.forget(asked.renewalId);
  const died = result.died ?? false;
  return { kind: 'failed', end, reason, died, againAt: end === 'turned-away' ? againAt : undefined };
}

/** Whether an answer (a refusal, or status 404, 405 or 410) may mean that the gym renews no tokens; several such answers are needed to prove it. */
const mayBeGone = (answer: RenewAnswer): boolean =>
  answer.kind === 'token-refused' || (answer.kind === 'unknown' && /^status (404|405|410)$/.test(answer.reason));

/** Whether an answer is a redirect or status 401. A gym that has forgotten the session's cookies may answer in this way. */
const isSentAway = (answer: RenewAnswer): boolean =>
  answer.kind === 'unknown' && /^status (3\d\d|401)$/.test(answer.reason);

async function settleAlive(
  { store, clock, spool }: SettleServices,
  asked: Asked,
  how: 'tried' | 'looked',
  isKept = true,
): Promise<Renewal> {
  const result = await store.settleAlive(asked.renewalId, how, clock.now());
  if (!result.exists) throw vanished(asked);
  if (isKept) await spool.forget(asked.renewalId);
  return { kind: 'alive' };
}

/**
 * At a gym that renews no tokens, asks in place of a renewal whether the gym knows the session's cookies. Undefined when the gym does not know the
 * cookies: the session's token must then be tried.
 */
export async function lookInstead(
  services: SettleServices,
  asked: Asked,
  { key }: OpenedLease,
): Promise<Renewal | undefined> {
  const isAlive = await services.gym.isAlive(key);
  if (isAlive === false) return undefined;
  if (isAlive) return settleAlive(services, asked, 'looked');
  // The gym did not say whether it knows the cookies, and we sent the gym no token, so the attempt counts as turned away.
  return giveUp(services, asked, key, { kind: 'turned-away', why: 'down' }, undefined);
}

/** The reason of the failed attempt, as a text that holds no secret and is short enough for its database column. */
const reasonOf = (answer: Exclude<RenewAnswer, { key: GymKey }>): string => {
  if (answer.kind === 'token-refused') return 'token refused by the gym';
  if (answer.kind === 'turned-away') return `turned away: ${answer.why}`;
  return `${answer.kind}: ${answer.reason}`.slice(0, 200);
};

/** The failure for a session that has no row in the database any more. */
export const vanished = (asked: Pick<Asked, 'id'>) =>
  new Failure('session/write-lost', 'Expected to write one session, wrote none.', {
    details: { sessionId: asked.id },
  });
