// A kept login: the gym e-mail and password of a member who asked for it, sealed under the member's own key. Only this file unseals a kept login, and
// only when the member's background session has died. Each use of a kept login is counted before anything is sent to the gym. When the gym refuses
// the password or has locked the account, the kept login is deleted, because repeated wrong passwords lock an account at the gym.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, SignInAnswer } from '../gym/gym.ts';
import { notAdmitted } from '../identity/admission.ts';
import { withinLoginLimits } from '../identity/login-limit.ts';
import type { MemberSeal, Seal } from '../seal/seal.ts';
import { Secret } from '../secret.ts';
import type { DueKeptLogin } from '../store/kept-login-store.ts';
import type { Store } from '../store/store.ts';
import { sealKey } from './open-session.ts';

export interface KeptLoginServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly logger: Logger;
}

interface Login {
  readonly email: string;
  readonly password: Secret;
}
type Granted = Extract<SignInAnswer, { kind: 'signed-in' }>;

/**
 * The sign-in that is reserved for an opening (`is_time_to_mend`) may be used from this long before the opening. `LEAD_MS` is shorter than the
 * shortest life that a login is said to have (half an hour), so that the new login lives until the opening.
 */
export const LEAD_MS = 20 * 60_000;

const loginShape = z.object({ email: z.string(), password: z.string() });
const placeOf = (userId: string, id: string) => ({
  table: 'kept_logins',
  column: 'login',
  userId,
  chain: id,
  sessionType: 'background',
  attemptId: '',
  generation: 0,
});

/** Seals and stores a login that the gym has just accepted, in place of an earlier kept login. Throws auth/not-admitted, database/…. */
export async function keepLogin(
  { store, clock }: Pick<KeptLoginServices, 'store' | 'clock'>,
  member: { readonly userId: string; readonly seal: MemberSeal },
  { email, password }: Login,
): Promise<void> {
  const id = randomUUID();
  const plain = new Secret(JSON.stringify({ email, password: password.reveal() }));
  const loginSealed = member.seal.seal(placeOf(member.userId, id), plain);
  const rows = await store.keepLogin({ id, userId: member.userId, loginSealed, now: clock.now() });
  if (rows !== 1) throw notAdmitted('refused');
}

/**
 * The result of signing in with a kept login. `mended`: the member has a new background session. `refused`: the gym refused the login, and the kept
 * login was deleted. `not-now`: no login is kept, the background session is not dead, or the database (`is_time_to_mend`) does not allow a sign-in
 * with this member's kept login yet. `failed`: the gym could not be asked, or puntual had an error of its own.
 */
export type Mending = 'mended' | 'refused' | 'not-now' | 'failed';

/** Signs one member in again with the kept login, if a sign-in is due. Throws database/…. */
export async function mendMember(services: KeptLoginServices, userId: string): Promise<Mending> {
  const [due] = await services.store.keptLoginsDue({ userId, leadMs: LEAD_MS, limit: 1, now: services.clock.now() });
  return due ? mend(services, due) : 'not-now';
}

/**
 * Replaces a dead background session by signing in at the gym once with the kept login `due`. The database grants and counts this use before the
 * sign-in. Throws database/….
 */
export async function mend(services: KeptLoginServices, due: DueKeptLogin): Promise<Mending> {
  const { store, clock, logger } = services;
  const { userId, id } = due;
  const opened = tryOpen(services, due);
  if (!opened) return 'failed';
  const useId = randomUUID();
  if ((await store.takeKeptLogin({ useId, userId, id, leadMs: LEAD_MS, now: clock.now() })) !== 1) return 'not-now';
  try {
    const granted = await signInOnce(services, opened.login, due);
    await openAnew(services, opened.seal, due, granted);
    logger.info({ userId }, 'session: mended with a kept login');
    return 'mended';
  } catch (error) {
    return onFailure(services, due, useId, asFailure(error));
  }
}

function tryOpen(
  { seal, logger }: KeptLoginServices,
  due: DueKeptLogin,
): { seal: MemberSeal; login: Login } | undefined {
  try {
    const member = seal.openMember(due.userId, due.wrapped);
    const { email, password } = loginShape.parse(
      JSON.parse(member.open(placeOf(due.userId, due.id), due.loginSealed).reveal()),
    );
    return { seal: member, login: { email, password: new Secret(password) } };
  } catch (error) {
    // Only the error's code is logged, because messages of JSON or zod quote their input, here a password.
    const code = error instanceof Failure ? error.code : 'seal/unreadable';
    logger.error({ code, userId: due.userId }, 'alert: a kept login cannot be opened');
    return undefined;
  }
}

/** Signs in with a kept login, within the limits on wrong passwords; wrong passwords that the member entered by hand count toward the same limits. */
async function signInOnce(
  services: KeptLoginServices,
  login: Login,
  { userId, fingerprint }: DueKeptLogin,
): Promise<Granted> {
  const counted = { email: login.email, ip: `kept login of ${userId}`, isKept: true };
  return withinLoginLimits(services, counted, async (isRight) => {
    const answer = await services.gym.signIn(login, fingerprint);
    if (answer.kind === 'locked') throw new Failure('gym/account-locked', 'The gym has locked this account.');
    if (answer.kind !== 'signed-in')
      throw new Failure('gym/wrong-credentials', 'The gym does not accept this e-mail and password.');
    isRight();
    return answer;
  });
}

async function openAnew(
  { store, gym, clock }: KeptLoginServices,
  seal: MemberSeal,
  { userId, fingerprint }: DueKeptLogin,
  granted: Granted,
): Promise<void> {
  const key = await gym.warmUp(granted.key, granted.boxes.slice(0, 1));
  const at = {
    userId,
    chain: randomUUID(),
    sessionType: 'background' as const,
    attemptId: randomUUID(),
    generation: 0,
  };
  await store.openGymSession({ ...at, ...sealKey(seal, at, key), fingerprint, now: clock.now() });
}

async function onFailure(
  { store, clock, logger }: KeptLoginServices,
  { userId, id }: DueKeptLogin,
  useId: string,
  failure: Failure,
): Promise<Mending> {
  const locked = failure.code === 'gym/account-locked' || asFailure(failure.cause).code === 'gym/account-locked';
  logger.warn({ userId, code: failure.code }, 'session: a kept login did not help');
  if (locked || failure.code === 'gym/wrong-credentials') {
    await store.dropKeptLogin(userId, locked ? 'locked' : 'wrong', clock.now(), id);
    return 'refused';
  }
  if (failure.code === 'request/limited' || failure.details['sent'] === false) await store.giveBackKeptLogin(useId);
  return 'failed';
}
