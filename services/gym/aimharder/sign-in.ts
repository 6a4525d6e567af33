// Opens one session at AimHarder with a password. The request to sign in is sent once and never repeated, because wrong passwords lock accounts. The
// password is sent to the login host only, and this file does not store it.
import { Failure } from '../../failures.ts';
import { Secret } from '../../secret.ts';
import type { DiscoveredBox, RawAnswer, SignInAnswer } from '../gym.ts';
import { CHANGE_TOTAL_MS, callHeaders, type Line, rawOf, requireOk, unreachable, unreadable } from './calls.ts';
import { emptyJar, hasAuthCookie, mergeCookies, reaches } from './cookies.ts';
import { boxesOf, unplacedOf } from './roles.ts';
import { parseJson, type SignInWire, signInAnswer } from './wire.ts';
import { jsonWithin } from './within.ts';

/**
 * The words in an answer of the gym that mean that the account is locked. Only a locked account is recognised by the gym's text, because nothing else
 * in the answer distinguishes it from a wrong password.
 */
const LOCKED = /demasiadas\s+veces|too\s+many/i;
/**
 * The words that mean a locked account even if the answer's status or text says that the gym limits calls or is down. `Too many attempts` is not
 * among them: the gym's web server says so to an address that calls often, whatever the account.
 */
const LOCKED_BY_GUESSES = /demasiadas\s+veces|too\s+many\s+(?:wrong|failed|incorrect|invalid)/i;
/** The words of a limit on calls. A limit on calls concerns our address or the gym's load, and tells nothing about the account. */
const LIMITED = /(?:too\s+many|demasiadas)\s+(?:requests|connections|users|peticiones|solicitudes|conexiones)/i;
const ERROR_KEY = /LOGIN_ERROR_[A-Z0-9_]+/;
/** The only error key of the gym that means that the e-mail or the password is wrong. */
const REFUSED_LOGIN = 'LOGIN_ERROR_LOGIN';

const MAX_KEY = 60;

/** The texts of all fields in which the gym has been seen to give the reason for a failed login, as one text. */
function reasonIn({ error, info, data }: SignInWire): string {
  const seen = [error?.message, data?.auth?.info, data?.info, info];
  return seen.map((each) => (typeof each === 'string' ? each : JSON.stringify(each ?? ''))).join(' ');
}

const isYes = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true';

/**
 * True for the status of a gym that limits calls or is down. An answer with such a status is taken as a refusal of the login only if it holds the key
 * `REFUSED_LOGIN` or the words of `LOCKED_BY_GUESSES`.
 */
const isOfGym = (status: number): boolean => status === 429 || status >= 500;

/**
 * Returns why the gym refused the login (a locked account or wrong credentials); undefined when the answer is not such a refusal. A locked account is
 * recognised by the answer's words, whatever the error key. Throws gym/unreadable if the account is not locked and the refusal has an error key other
 * than `REFUSED_LOGIN`, because only that key means that the e-mail or the password is wrong.
 * Throws gym/busy if only the answer's text, not its status, says that there were too many calls.
 */
function refusalIn(wire: SignInWire, status: number): SignInAnswer | undefined {
  const denied = wire.data?.auth?.authOK !== undefined && !isYes(wire.data.auth.authOK);
  if (wire.error?.message === undefined && !denied) return undefined;
  const reason = reasonIn(wire);
  const isLimited = LIMITED.test(reason);
  if ((isLimited || isOfGym(status) ? LOCKED_BY_GUESSES : LOCKED).test(reason)) return { kind: 'locked' };
  const key = ERROR_KEY.exec(reason)?.[0].slice(0, MAX_KEY);
  if (key !== undefined && key !== REFUSED_LOGIN)
    throw new Failure('gym/unreadable', `The gym refused the login with ${key}, which is not about the password.`, {
      details: { key },
    });
  if (key === undefined && isOfGym(status)) return undefined;
  if (key === undefined && isLimited)
    throw new Failure('gym/busy', 'The gym asks us to wait.', { details: { status } });
  return denied || key !== undefined ? { kind: 'wrong-credentials' } : undefined;
}

function understand(line: Line, raw: RawAnswer, url: URL, fingerprint: string): SignInAnswer {
  const json = raw.isCut ? undefined : parseJson(raw.body);
  const wire = signInAnswer.safeParse(json ?? jsonWithin(raw.body, ['data', 'error'])).data;
  // Whether the answer is a refusal is checked before its status, because a wrong password may also come with 401 or 403.
  const refused = wire && refusalIn(wire, raw.status);
  if (refused) return refused;
  requireOk(raw, line.clock.now());
  if (raw.isCut && !wire) throw unreachable(new Error('The answer broke off.'));
  const token = wire?.data?.auth?.refreshToken;
  const user = wire?.data?.userData;
  if (!isYes(wire?.data?.auth?.authOK) || !token || !user?.id) throw unreadable(raw.body);
  const { jar } = mergeCookies(emptyJar(), raw.setCookie, url, line.clock.now(), line.hosts.cookieDomain(url));
  // Without the login cookie every later call would be anonymous, so an answer that does not set the login cookie is an error.
  if (!hasAuthCookie(jar, line.clock.now())) {
    throw new Failure('gym/unreadable', 'The gym let us in without its login cookie.', {
      details: { missing: 'login cookie' },
    });
  }
  const boxes = boxesOf(line, user.roles);
  requireReach(line, jar, boxes);
  const key = { token: new Secret(token), cookies: jar, fingerprint };
  const found = { boxes, unplaced: unplacedOf(line, user.roles) };
  return { kind: 'signed-in', platformUserId: user.id, name: user.name ?? '', ...found, key };
}

/** Throws gym/unreadable if the login cookie reaches none of the member's boxes, because every call to a box would then be anonymous. */
function requireReach(line: Line, jar: Secret, boxes: readonly DiscoveredBox[]): void {
  const now = line.clock.now();
  if (boxes.length === 0 || boxes.some(({ slug }) => reaches(jar, line.hosts.box(slug, '/'), now))) return;
  throw new Failure('gym/unreadable', 'The gym gave a login cookie for its login host alone.', {
    details: { missing: 'login cookie for a box' },
  });
}

/** Sends one request to sign in, which is never repeated. Throws gym/unreachable, gym/blocked, gym/busy, gym/unreadable. */
export async function signIn(
  line: Line,
  credentials: { email: string; password: Secret },
  fingerprint: string,
): Promise<SignInAnswer> {
  const url = line.hosts.login('/api/login');
  const headers = { ...callHeaders(undefined, url, line.clock.now()), 'content-type': 'application/json' };
  const fields = { username: credentials.email, password: credentials.password.reveal(), fingerprint, iniframe: 0 };
  const request = {
    method: 'POST' as const,
    url,
    headers,
    body: JSON.stringify(fields),
    totalMs: CHANGE_TOTAL_MS,
    received: () => undefined,
  };
  const response = await line.http.send(request).catch((error: unknown) => Promise.reject(unreachable(error)));
  return understand(line, rawOf(response), url, fingerprint);
}
