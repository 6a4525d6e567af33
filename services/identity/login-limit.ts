// Limits password guesses before the gym is asked: the gym locks an account after an unknown number of wrong ones. Tries are counted in the
// database, for all processes together. Signed-in devices are not affected: they use sessions.
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';
import { networkOf } from './network.ts';

const LIMITS = {
  // Believed to be below every gym's own limit.
  mostAnAccount: 3,
  // A gym's whole staff room may share one address.
  mostAnAddress: 20,
  windowMs: 15 * 60_000,
  /** After the gym itself answered that there were too many. */
  lockedMs: 60 * 60_000,
  /** Logins of one account with the right password: each means two logins at the gym. */
  mostRight: 100,
} as const;

type Verdict = 'fine' | 'wrong' | 'locked' | 'right';

/**
 * Runs `work`, which tries one password and reports `isRight` when the gym has accepted it. Throws request/limited instead after too many wrong
 * ones, and in place of the gym's own lock-out: the caller gets the same error for both.
 */
export async function withinLoginLimits<T>(
  { clock, store }: { clock: Clock; store: Pick<Store, 'beginLogin' | 'endLogin'> },
  { email, ip }: { readonly email: string; readonly ip?: string | undefined },
  work: (isRight: () => void) => Promise<T>,
): Promise<T> {
  const id = randomUUID();
  const waitMs = await store.beginLogin({
    id,
    account: digestOf(email.trim().normalize('NFKC').toLowerCase()),
    address: digestOf(networkOf(ip ?? 'unknown')),
    ...LIMITS,
    now: clock.now(),
  });
  if (waitMs > 0) throw limited(waitMs);
  let right = false;
  try {
    const done = await work(() => {
      right = true;
    });
    await store.endLogin(id, 'right', clock.now());
    return done;
  } catch (error) {
    const verdict = verdictOn(asFailure(error), right);
    await store.endLogin(id, verdict, clock.now());
    throw verdict === 'locked' ? limited(LIMITS.lockedMs, error) : error;
  }
}

/** The gym may have judged a guess although its answer was lost. So it counts, unless it was not sent or was refused unread. */
function verdictOn({ code, details }: Failure, right: boolean): Verdict {
  if (code === 'gym/account-locked') return 'locked';
  if (right) return 'right';
  const unread =
    code === 'gym/blocked' || code === 'gym/busy' || (code === 'gym/unreachable' && details['sent'] === false);
  // Refused by a key that is not about the password.
  const isOther = code === 'gym/unreadable' && details['key'] !== undefined;
  return unread || isOther ? 'fine' : 'wrong';
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The end of a window, also when more than one is left: a longer wait would reveal that the gym knows the account. */
const limited = (waitMs: number, cause?: unknown): Failure =>
  new Failure('request/limited', 'Too many tries; wait a while.', {
    retryAfterMs: waitMs % LIMITS.windowMs || LIMITS.windowMs,
    cause,
  });
