// Holds back whoever guesses passwords, before the gym is asked: the gym locks an account after some number of wrong ones that
// nobody knows. Counted in the database, so for all processes together. Signed-in devices are not concerned: they use sessions.
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';
import { networkOf } from './network.ts';

const LIMITS = {
  // Three are thought safe.
  mostAnAccount: 3,
  // A gym's whole staff room may share one address.
  mostAnAddress: 20,
  windowMs: 15 * 60_000,
  /** After the gym itself has said that there were too many. */
  lockedMs: 60 * 60_000,
} as const;

/**
 * Does `work`, which tries one password. Throws request/limited instead when there were too many wrong ones, and in place of the
 * gym's own lock-out: whoever asks learns the same either way.
 */
export async function withinLoginLimits<T>(
  { clock, store }: { clock: Clock; store: Pick<Store, 'beginLogin' | 'endLogin'> },
  { email, ip }: { readonly email: string; readonly ip?: string | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const id = randomUUID();
  const waitMs = await store.beginLogin({
    id,
    account: digestOf(email.trim().toLowerCase()),
    address: digestOf(networkOf(ip ?? 'unknown')),
    ...LIMITS,
    now: clock.now(),
  });
  if (waitMs > 0) throw limited(waitMs);
  try {
    const done = await work();
    await store.endLogin(id, 'fine', clock.now());
    return done;
  } catch (error) {
    const { code } = asFailure(error);
    const verdict = code === 'gym/account-locked' ? 'locked' : code === 'gym/wrong-credentials' ? 'wrong' : 'fine';
    await store.endLogin(id, verdict, clock.now());
    throw verdict === 'locked' ? limited(LIMITS.lockedMs, error) : error;
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const limited = (retryAfterMs: number, cause?: unknown): Failure =>
  new Failure('request/limited', 'Too many tries; wait a while.', { retryAfterMs, cause });
