// Opening one session at AimHarder with a password. Sent once and never again by itself: wrong passwords lock accounts.
// It keeps nothing; the password leaves for the login host and nowhere else.
import { Failure } from '../../failures.ts';
import { Secret } from '../../secret.ts';
import type { RawAnswer, SignInAnswer } from '../gym.ts';
import { CHANGE_TOTAL_MS, callHeaders, type Line, rawOf, requireOk, unreachable, unreadable } from './calls.ts';
import { emptyJar, hasAuthCookie, mergeCookies } from './cookies.ts';
import { boxesOf, unplacedOf } from './roles.ts';
import { parseJson, type SignInWire, signInAnswer } from './wire.ts';

/** The only place where a text decides, as nothing else tells a locked account from a wrong password. */
const LOCKED = /demasiadas\s+veces|too\s+many/i;
const WRONG = /^LOGIN_ERROR/;

/** Every place a reason has been seen in. */
function reasonIn({ error, info, data }: SignInWire): string {
  const seen = [error?.message, data?.auth?.info, data?.info, info];
  return seen.map((each) => (typeof each === 'string' ? each : JSON.stringify(each ?? ''))).join(' ');
}

const isYes = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true';

/** The three shapes of a failed login; undefined when the answer is none of them. */
function refusalIn(wire: SignInWire): SignInAnswer | undefined {
  const message = wire.error?.message;
  const denied = wire.data?.auth?.authOK !== undefined && !isYes(wire.data.auth.authOK);
  if (message === undefined && !denied) return undefined;
  if (LOCKED.test(reasonIn(wire))) return { kind: 'locked' };
  return denied || WRONG.test(message ?? '') ? { kind: 'wrong-credentials' } : undefined;
}

function understand(line: Line, raw: RawAnswer, url: URL, fingerprint: string): SignInAnswer {
  const wire = signInAnswer.safeParse(parseJson(raw.body)).data;
  // Before the status: a wrong password is also told with 401 or 403.
  const refused = wire && refusalIn(wire);
  if (refused) return refused;
  requireOk(raw, line.clock.now());
  const token = wire?.data?.auth?.refreshToken;
  const user = wire?.data?.userData;
  if (!isYes(wire?.data?.auth?.authOK) || !token || !user?.id) throw unreadable(raw.body);
  const { jar } = mergeCookies(emptyJar(), raw.setCookie, url, line.clock.now());
  // Without it every later call would be anonymous: the old HTML form answers so.
  if (!hasAuthCookie(jar, line.clock.now())) {
    throw new Failure('gym/unreadable', 'The gym let us in without its login cookie.', {
      details: { missing: 'login cookie' },
    });
  }
  const key = { token: new Secret(token), cookies: jar, fingerprint };
  const found = { boxes: boxesOf(line, user.roles), unplaced: unplacedOf(line, user.roles) };
  return { kind: 'signed-in', platformUserId: user.id, name: user.name ?? '', ...found, key };
}

/** Throws gym/unreachable, gym/blocked, gym/busy, gym/unreadable. */
export async function signIn(
  line: Line,
  credentials: { email: string; password: Secret },
  fingerprint: string,
): Promise<SignInAnswer> {
  const url = line.hosts.login('/api/login');
  const headers = { ...callHeaders(undefined, url, line.clock.now()), 'content-type': 'application/json' };
  const fields = { username: credentials.email, password: credentials.password.reveal(), fingerprint, iniframe: 0 };
  const request = { method: 'POST' as const, url, headers, body: JSON.stringify(fields), totalMs: CHANGE_TOTAL_MS };
  const response = await line.http.send(request).catch((error: unknown) => Promise.reject(unreachable(error)));
  return understand(line, rawOf(response), url, fingerprint);
}
