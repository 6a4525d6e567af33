// Examines the gym with one account: signs in, reads the list of a day's classes, renews the session twice, reads the gym's clock, logs out. The
// examination books nothing: its one booking request carries no session. The result says only which version of each disputed fact about the gym is
// true.
import type { Clock } from '../../clock.ts';
import type { Http } from '../../http.ts';
import type { Secret } from '../../secret.ts';
import { type CallBudget, withBudget } from '../call-budget.ts';
import type { GymFindings } from '../examination.ts';
import { findStamp, MAX_READINGS, type StampFound } from '../find-stamp.ts';
import type { DiscoveredBox, GymBox, GymKey, SignInAnswer } from '../gym.ts';
import { callHeaders, type Line } from './calls.ts';
import { CLOCK_ADDRESSES, probeClock } from './clock.ts';
import { isAlive } from './day.ts';
import { findCookies, findWarmUp } from './examine-session.ts';
import type { Hosts } from './hosts.ts';
import { passWithoutSession } from './reach.ts';
import { signIn } from './sign-in.ts';

export interface ExamineParts {
  /** The gym's hosts by the first address in each of the settings AIMHARDER_LOGIN_URL, AIMHARDER_URL and AIMHARDER_BOX_URL. */
  readonly hosts: Hosts;
  /** The gym's hosts under its other domain suffix, if there is one. */
  readonly other: Hosts | undefined;
  /** The HTTP client; it must be allowed to call every address of `hosts` and of `other`. */
  readonly http: Http;
  readonly clock: Clock;
  /** The day of the classes that are read, YYYYMMDD; it should be a day with classes. */
  readonly day: string;
  /** The wait between two calls to the gym, ms. */
  readonly pauseMs: number;
}

export const MAX_CALLS = 25;
const FINGERPRINT = 'puntual doctor, one examination of the gym, 50 chs';
const LOOK_MS = 8_000;
/**
 * How many of the `MAX_CALLS` calls are kept for logging out and for asking whoami afterwards. If the readings of the gym's clock could leave fewer
 * calls, the clock is not read.
 */
const AFTER_CLOCK_CALLS = 3;

type Granted = Extract<SignInAnswer, { kind: 'signed-in' }>;
const UNKNOWN = {
  addresses: 'unknown',
  otherAnswers: undefined,
  warmUp: 'unknown',
  tokenUpdate: 'unknown',
  cookies: 'unknown',
  stamp: 'unknown',
  thinkingMs: undefined,
  cheapAddress: undefined,
  writes: 'unknown',
  logOut: 'unknown',
  slug: undefined,
} as const satisfies Partial<GymFindings>;

/** Makes at most 25 calls, one after the other. Throws gym/… when signing in failed, unless the e-mail or password is wrong or the account locked. */
export async function examine(
  parts: ExamineParts,
  login: { readonly email: string; readonly password: Secret },
): Promise<GymFindings> {
  const http = withBudget(parts.http, parts.clock, MAX_CALLS, parts.pauseMs);
  const lineTo = (hosts: Hosts): Line => ({ hosts, http, clock: parts.clock, tell: () => undefined });
  const first = await signIn(lineTo(parts.hosts), login, FINGERPRINT);
  if (first.kind !== 'signed-in') return { ...UNKNOWN, signIn: first.kind, calls: http.calls };
  const where = await findHome(parts, lineTo, login, first);
  const seen = await look(where.line, parts, http, where);
  const logOut = await leave(where.line, seen.key);
  if (where.line.hosts !== parts.hosts) await leave(lineTo(parts.hosts), first.key);
  return { ...UNKNOWN, ...where.found, ...seen.found, signIn: 'signed-in', logOut, calls: http.calls };
}

interface Home {
  readonly line: Line;
  readonly key: GymKey;
  readonly box: GymBox | undefined;
  readonly found: Pick<GymFindings, 'addresses' | 'otherAnswers' | 'slug'>;
}

/**
 * Finds the gym's domain suffix under which the account's box lives. Cookies of hosts under one of the gym's two domain suffixes never go to hosts
 * under the other suffix.
 */
async function findHome(
  parts: ExamineParts,
  lineTo: (hosts: Hosts) => Line,
  login: { readonly email: string; readonly password: Secret },
  first: Granted,
): Promise<Home> {
  const line = lineTo(parts.hosts);
  const otherAnswers = parts.other && (await answers(lineTo(parts.other)));
  const [box] = first.boxes;
  if (box) return { line, key: first.key, box, found: { addresses: 'first', otherAnswers, slug: box.slug } };
  const isElsewhere = first.unplaced.some(({ reason }) => reason === 'other-address');
  if (!parts.other || !isElsewhere || otherAnswers === false)
    return { line, key: first.key, box: undefined, found: { addresses: 'unknown', otherAnswers, slug: undefined } };
  const there = lineTo(parts.other);
  const second = await signIn(there, login, FINGERPRINT).catch(() => undefined);
  const home: DiscoveredBox | undefined = second?.kind === 'signed-in' ? second.boxes[0] : undefined;
  if (second?.kind !== 'signed-in' || !home)
    return { line, key: first.key, box: undefined, found: { addresses: 'unknown', otherAnswers, slug: undefined } };
  return { line: there, key: second.key, box: home, found: { addresses: 'other', otherAnswers, slug: home.slug } };
}

/** True when the main host among the gym's addresses `line.hosts` answers whoami with a status below 400. */
async function answers(line: Line): Promise<boolean> {
  const url = line.hosts.main('/api/whoami');
  const request = {
    method: 'GET',
    url,
    headers: callHeaders(undefined, url, line.clock.now()),
    totalMs: LOOK_MS,
  } as const;
  return line.http.send(request).then(
    ({ status }) => status < 400,
    () => false,
  );
}

async function look(
  line: Line,
  parts: ExamineParts,
  budget: CallBudget,
  { key, box }: Home,
): Promise<{ key: GymKey; found: Partial<GymFindings> }> {
  const warmed = box ? await findWarmUp(line, key, box, parts.day) : { key, warmUp: 'unknown' as const };
  const renewed = await findCookies(line, warmed.key);
  const { warmUp } = warmed;
  const { tokenUpdate, cookies } = renewed;
  if (!box) return { key: renewed.key, found: { warmUp, tokenUpdate, cookies } };
  const writes = await passWithoutSession(line, box);
  const stamp = budget.left() >= MAX_READINGS + AFTER_CLOCK_CALLS ? await findClock(line, box) : {};
  return { key: renewed.key, found: { warmUp, tokenUpdate, cookies, writes, ...stamp } };
}

const findClock = (line: Line, box: GymBox): Promise<StampFound> =>
  findStamp(
    {
      look: (address) => probeClock(line, box, address),
      addresses: [CLOCK_ADDRESSES[0], CLOCK_ADDRESSES[1]],
      nowMs: () => performance.timeOrigin + performance.now(),
    },
    line.clock,
  );

/** Opens the page behind the gym's own logout button, and then asks whoami whether the gym still knows the login. */
async function leave(line: Line, key: GymKey): Promise<GymFindings['logOut']> {
  const url = line.hosts.main('/logout');
  try {
    await line.http.send({ method: 'GET', url, headers: callHeaders(key, url, line.clock.now()), totalMs: LOOK_MS });
    const isStill = await isAlive(line, key);
    return isStill === undefined ? 'unknown' : isStill ? 'no-way' : 'ended';
  } catch {
    return 'unknown';
  }
}
