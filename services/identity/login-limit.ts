// Limits password guesses before the gym is asked: the gym locks an account after an unknown number of wrong passwords. Password guesses are counted
// in the database, for all processes together. Devices that are signed in are not affected by the limit on password guesses, because their requests
// come with a puntual session and no password.
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';
import { networkOf } from './network.ts';

const LIMITS = {
  // An assumption: three wrong passwords within `windowMs` do not yet make the gym lock an account.
  mostAnAccount: 3,
  // Many people in one gym may share one network address, so more guesses are allowed from an address than for an account.
  mostAnAddress: 20,
  windowMs: 15 * 60_000,
  /** How long puntual locks an account after the gym itself answered that there were too many login attempts. */
  lockedMs: 60 * 60_000,
  /** The most sign-ins at puntual by one account with the right password within `windowMs`; each of them causes two logins at the gym. */
  mostRight: 100,
} as const;
/**
 * The most guesses within `windowMs`, over all accounts and addresses, that were wrong or that the gym turned away. The limit assumes that a gym does
 * not yet bar our address when it gets one wrong password every nine seconds. If the gym barred our address, no session of any member could be
 * renewed.
 */
const MAX_IN_ALL = 100;

export interface Guess {
  readonly email: string;
  readonly ip?: string | undefined;
  /**
   * The fingerprint of the device that signs in, if an earlier sign-in gave it one. `MAX_IN_ALL` does not stop a device on which the account has
   * signed in before.
   */
  readonly fingerprint?: string | undefined;
  /** True for a kept login, which no stranger can use: `MAX_IN_ALL` does not stop it. */
  readonly isKept?: boolean;
}

type Verdict = 'fine' | 'wrong' | 'locked' | 'right' | 'unread';

/**
 * Runs `work`, which tries one password and calls `isRight` when the gym has accepted the password. Throws request/limited after too many wrong
 * passwords and also when the gym itself has locked the account, so the caller cannot tell the two cases apart.
 */
export async function withinLoginLimits<T>(
  { clock, store }: { clock: Clock; store: Pick<Store, 'beginLogin' | 'endLogin'> },
  { email, ip, fingerprint, isKept = false }: Guess,
  work: (isRight: () => void) => Promise<T>,
): Promise<T> {
  const id = randomUUID();
  const waitMs = await store.beginLogin({
    id,
    account: digestOf(email.trim().normalize('NFKC').toLowerCase()),
    address: digestOf(networkOf(ip ?? 'unknown')),
    ...LIMITS,
    mostInAll: isKept ? undefined : MAX_IN_ALL,
    fingerprint,
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

/**
 * A password guess with a lost answer counts as wrong, because the gym may have checked the guess. A guess that the gym cannot have checked does
 * not count towards the limits of its account and address. If the gym turned the guess away unread, it counts towards `MAX_IN_ALL`.
 */
function verdictOn({ code, details }: Failure, right: boolean): Verdict {
  if (code === 'gym/account-locked') return 'locked';
  if (right) return 'right';
  if (code === 'gym/blocked' || code === 'gym/busy') return 'unread';
  const isUnsent = code === 'gym/unreachable' && details['sent'] === false;
  // The gym's answer to the login names a reason (an error key) that is not about the password.
  const isOther = code === 'gym/unreadable' && details['key'] !== undefined;
  return isUnsent || isOther ? 'fine' : 'wrong';
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The failure request/limited, with a wait of at most `windowMs`: a longer wait would reveal that the gym knows the account. */
const limited = (waitMs: number, cause?: unknown): Failure =>
  new Failure('request/limited', 'Too many tries; wait a while.', {
    retryAfterMs: waitMs % LIMITS.windowMs || LIMITS.windowMs,
    cause,
  });
