// An attempt that brought no token: is the token dead, the session, or does the gym renew none any more? A verdict of death needs two refusals
// and dead cookies, too. If the gym refuses many at once, that is no verdict on one of them.
import { Failure } from '../failures.ts';
import type { GymKey, RenewAnswer } from '../gym/gym.ts';
import { CONFIRM_MS, nextAttemptAt } from '../session/back-off.ts';
import { forAMinute } from './commit-batch.ts';
import type { Asked, OpenedLease, Renewal, SettleServices } from './renewal.ts';
import type { SpoolLine } from './spool.ts';
import { tryUnclear } from './try-unclear.ts';

/** Such an answer may hold the next token in an unknown shape. An error page holds none. */
const isUnclear = (answer: RenewAnswer): boolean => answer.kind === 'unknown' && !answer.reason.startsWith('status ');

/** Stores how an attempt without a token ended; it may lead to a verdict. Throws session/write-lost, database/…. */
export async function giveUp(
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
  if (isAlive && (await store.noteRefusal(asked.renewalId, clock.now())))
    return settleAlive(services, asked, 'tried', isKept);
  // It may lead to a verdict: tokens that unclear answers may hold are tried first.
  if (end === 'refused' && asked.status === 'suspect') await tryUnclear(services, asked.id);
  // The cheap authenticated read: a second refusal is final only when the cookies are dead too. Without an answer there is no evidence of death,
  // nor for a session that was not in doubt before: the verdict is put off.
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

/** A refusal, or a removed address. Alone it counts against one token; together with others it may show that the gym renews none. */
const mayBeGone = (answer: RenewAnswer): boolean =>
  answer.kind === 'token-refused' || (answer.kind === 'unknown' && /^status (404|405|410)$/.test(answer.reason));

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

/** Asks whoami at a gym that renews no token. Undefined: the gym does not know the cookies, so the token is the last chance. */
export async function lookInstead(
  services: SettleServices,
  asked: Asked,
  { key }: OpenedLease,
): Promise<Renewal | undefined> {
  const isAlive = await services.gym.isAlive(key);
  if (isAlive === false) return undefined;
  if (isAlive) return settleAlive(services, asked, 'looked');
  // No evidence either way, and nothing was sent that could count.
  return giveUp(services, asked, key, { kind: 'turned-away', why: 'down' }, undefined);
}

/** The error, in words that hold no secret and fit a column. */
const reasonOf = (answer: Exclude<RenewAnswer, { key: GymKey }>): string => {
  if (answer.kind === 'token-refused') return 'token refused by the gym';
  if (answer.kind === 'turned-away') return `turned away: ${answer.why}`;
  return `${answer.kind}: ${answer.reason}`.slice(0, 200);
};

/** The row is gone. */
export const vanished = (asked: Pick<Asked, 'id'>) =>
  new Failure('session/write-lost', 'Expected to write one session, wrote none.', {
    details: { sessionId: asked.id },
  });
