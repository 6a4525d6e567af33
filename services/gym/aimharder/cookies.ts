// A session's cookies, kept as an RFC 6265 jar, which is passed around as text inside a `Secret`. Each cookie of an answer goes into the jar, in
// place of a cookie with the same name, domain and path; its value is kept byte for byte. The cookies of an answer never replace the whole jar. No
// Set-Cookie header is split at commas, because a date such as `Expires=Wed, 21 …` contains a comma.
import { Cookie, CookieJar, type Store } from 'tough-cookie';
import { Failure } from '../../failures.ts';
import { Secret } from '../../secret.ts';

/** The name of the gym's login cookie; a session's jar without this cookie must not be stored. */
const AUTH_COOKIE = 'amhrdrauth';
/** What the name of a cookie may be: an RFC 6265 token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * What the value of a cookie may be: printable ASCII without `;`, which is more than RFC 6265 allows, because space, comma, quotes and backslash have
 * been seen.
 */
const VALUE = /^[\x20-\x3a\x3c-\x7e]*$/;
const ADDRESS_LITERAL = /^(?:localhost|\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/;
/** The last instant that a `Date` can hold, epoch ms. */
const LATEST_MS = 8.64e15;

const EMPTY = new CookieJar().serializeSync();
const serialise = (cookies: readonly unknown[]): Secret => new Secret(JSON.stringify({ ...EMPTY, cookies }));
export const emptyJar = (): Secret => serialise([]);

/** A parsed jar: a map from each cookie to the JSON from which the cookie was read. */
type Held = ReadonlyMap<Cookie, unknown>;
/**
 * The parsed cookies of every jar that has been parsed already. A renewal uses the cookies of one jar twice, but parses the jar only once. No code
 * changes a cookie that is in this map.
 */
const taken = new WeakMap<Secret, Held>();

function cookiesOf(jar: Secret): Held {
  const cookies = taken.get(jar) ?? takeApart(jar);
  taken.set(jar, cookies);
  return cookies;
}

function takeApart(jar: Secret): Held {
  let lines: unknown;
  try {
    lines = JSON.parse(jar.reveal()).cookies;
  } catch {
    // The `Failure` is thrown below, without the JSON error as its cause, because a JSON error quotes the text of the jar.
  }
  if (!Array.isArray(lines))
    throw new Failure('session/jar-incomplete', 'Expected the cookies to be a serialised jar.');
  const held = new Map<Cookie, unknown>();
  for (const line of lines) {
    const cookie = Cookie.fromJSON(line);
    if (cookie) held.set(cookie, line);
  }
  return held;
}

/**
 * A `CookieJar` of tough-cookie that stores its cookies in a plain list. The store that tough-cookie brings makes trees and promises for each cookie;
 * with only a few cookies, making them costs more time than all other work on the jar. Which cookies fit an address is still decided by
 * tough-cookie's `CookieJar`.
 */
function jarOver(cookies: Cookie[]): CookieJar {
  const at = (domain: string | null, path: string | null, key: string | null) =>
    cookies.findIndex((each) => each.domain === domain && each.path === path && each.key === key);
  const put = (cookie: Cookie, done: (error: Error | null) => void) => {
    const index = at(cookie.domain, cookie.path, cookie.key);
    cookies.splice(index < 0 ? cookies.length : index, 1, cookie);
    done(null);
  };
  const store = {
    synchronous: true,
    findCookie: (domain: string, path: string, key: string, done: (error: null, cookie?: Cookie) => void) =>
      done(null, cookies[at(domain, path, key)]),
    findCookies: (_domain: unknown, _path: unknown, _special: unknown, done: (error: null, all: Cookie[]) => void) =>
      done(null, [...cookies]),
    putCookie: put,
    updateCookie: (_old: Cookie, cookie: Cookie, done: (error: Error | null) => void) => put(cookie, done),
  };
  // The type `Store` of tough-cookie demands methods with promises too, which a synchronous jar never calls.
  return new CookieJar(store as unknown as Store);
}

const isSound = (cookie: Cookie): boolean => NAME.test(cookie.key) && VALUE.test(cookie.value);

/**
 * The instant at which a cookie expires, epoch ms. The function `expiryTime` of tough-cookie is not used for dates, because at every call it turns
 * the date into text, to compare the text with the word Infinity.
 */
const expiryMs = (cookie: Cookie): number | undefined =>
  cookie.maxAge === null && cookie.expires instanceof Date ? cookie.expires.getTime() : cookie.expiryTime();

const isAlive = (cookie: Cookie, now: Date): boolean => (expiryMs(cookie) ?? Number.POSITIVE_INFINITY) > now.getTime();

/** Limits a cookie that came from an IP address or from localhost to that host, because the attribute `Domain` cannot name such a host. */
function fitDomain(cookie: Cookie, url: URL): void {
  if (ADDRESS_LITERAL.test(url.hostname)) cookie.domain = null;
}

/**
 * Turns a cookie's `Max-Age` into the instant at which the cookie expires, counted from `now`. By itself, tough-cookie would count `Max-Age` by the
 * machine's clock, from the instant at which the jar was last read.
 */
function fixExpiry(cookie: Cookie, now: Date): void {
  if (typeof cookie.maxAge !== 'number') return;
  const atMs = cookie.maxAge <= 0 ? 0 : now.getTime() + cookie.maxAge * 1_000;
  cookie.expires = atMs > LATEST_MS ? 'Infinity' : new Date(atMs);
  cookie.maxAge = null;
}

/** Makes a login cookie that has not expired valid for all hosts of the gym, because one for only some hosts would not be sent to every box. */
function widen(cookie: Cookie, url: URL, suffix: string | undefined, now: Date): void {
  if (suffix === undefined || cookie.key !== AUTH_COOKIE || cookie.value === '' || !isAlive(cookie, now)) return;
  if ((cookie.domain ?? url.hostname).toLowerCase().endsWith(`.${suffix}`) || cookie.domain === null)
    cookie.domain = suffix;
}

/**
 * Adds the cookie of one Set-Cookie line to the jar. Returns false when the line was refused: its cookie could not be sent back as one cookie, or
 * belongs to another host.
 */
function take(jar: CookieJar, line: string, { url, now, suffix }: Source): boolean {
  const cookie = Cookie.parse(line);
  // The whole Set-Cookie line is checked, because the parser may end a value at a control byte and drop the rest of the line.
  if (!cookie || !isSound(cookie) || !/^[\x20-\x7e]*$/.test(line)) return false;
  fitDomain(cookie, url);
  fixExpiry(cookie, now);
  widen(cookie, url, suffix, now);
  return jar.setCookieSync(cookie, url, { now, ignoreError: true }) !== undefined;
}

/** True for a Set-Cookie line that deletes the login cookie of the answering host, but not the login cookie of the whole domain. */
function isNarrowDeletion(line: string, now: Date): boolean {
  const cookie = line.startsWith(`${AUTH_COOKIE}=`) ? Cookie.parse(line) : undefined;
  if (!cookie || cookie.domain !== null) return false;
  fixExpiry(cookie, now);
  return cookie.value === '' || !isAlive(cookie, now);
}

/**
 * Sorts an answer's Set-Cookie lines: first those that delete a host-only login cookie (one without `Domain`). A browser keeps a host-only cookie
 * apart from a cookie of the whole domain. So the deletion of a host-only cookie must not delete a cookie of the whole domain in the same answer.
 */
const narrowDeletionsFirst = (lines: readonly string[], now: Date): readonly string[] =>
  lines.length < 2
    ? lines
    : lines.toSorted((a, b) => Number(isNarrowDeletion(b, now)) - Number(isNarrowDeletion(a, now)));

/** To how many hosts the login cookie among `cookies` is sent: to none (0), to one (1), to all of the gym's hosts (2). */
function authReach(cookies: readonly Cookie[]): number {
  const held = cookies.filter((cookie) => cookie.key === AUTH_COOKIE && cookie.value !== '');
  return Math.max(0, ...held.map((cookie) => (cookie.hostOnly ? 1 : 2)));
}

/** The cookies that stay in a jar whatever their size: without one of them the gym may log the session out. */
const VITAL: ReadonlySet<string> = new Set([AUTH_COOKIE, 'PHPSESSID']);
/**
 * How many bytes the cookies of one domain, those of `VITAL` not counted, may take in a jar. Web servers refuse a header of more than 8 KB, and one
 * Cookie header holds the cookies of the gym's whole domain and those of the called host.
 */
const MAX_BYTES = 2_500;
const sizeOf = ({ key, value }: Cookie): number => key.length + value.length + 3;

/**
 * The cookies without the oldest of each domain that has too many. A gym may set a cookie of a new name with each answer, and renewals would collect
 * such cookies until the gym refuses the header. `isOld` returns true for a cookie that the last answer did not set.
 */
function bounded(cookies: readonly Cookie[], isOld: (cookie: Cookie) => boolean): readonly Cookie[] {
  if (cookies.reduce((sum, one) => sum + sizeOf(one), 0) <= MAX_BYTES) return cookies;
  const left = new Map<string | null, number>();
  const latestFirst = cookies.toReversed().sort((a, b) => Number(isOld(a)) - Number(isOld(b)));
  const dropped = new Set<Cookie>();
  for (const cookie of latestFirst) {
    if (VITAL.has(cookie.key)) continue;
    const room = (left.get(cookie.domain) ?? MAX_BYTES) - sizeOf(cookie);
    if (room < 0) dropped.add(cookie);
    else left.set(cookie.domain, room);
  }
  return cookies.filter((cookie) => !dropped.has(cookie));
}

/** True when a call to this address would carry the login cookie. */
export const reaches = (jar: Secret, url: URL, now: Date): boolean =>
  (cookieHeader(jar, url, now) ?? '').split('; ').some((pair) => pair.startsWith(`${AUTH_COOKIE}=`));

/** True when the jar holds a login cookie that has not expired. */
export function hasAuthCookie(jar: Secret, now: Date): boolean {
  return authReach([...cookiesOf(jar).keys()].filter((each) => isAlive(each, now))) > 0;
}

export interface Merged {
  /** The jar to keep: the merged jar, or, when `authLost` is true, the jar from before the merge. */
  readonly jar: Secret;
  /** True when the answer's cookies tried to remove the login cookie, or to limit it to one host, so that the boxes would not get it. */
  readonly authLost: boolean;
  /** The number of Set-Cookie lines that were refused. */
  readonly refused: number;
}

/** The address that an answer came from, when the answer came, and the domain suffix of the gym's hosts. */
interface Source {
  readonly url: URL;
  readonly now: Date;
  readonly suffix: string | undefined;
}

/**
 * Merges an answer's Set-Cookie lines (from `getSetCookie()`) into the jar.
 * @param suffix the domain with which all of the gym's host names end, including the one in `url`; a login cookie for only some of these hosts is
 * made valid for all.
 */
export function mergeCookies(jar: Secret, setCookie: readonly string[], url: URL, now: Date, suffix?: string): Merged {
  const before = cookiesOf(jar);
  const held = [...before.keys()];
  const living = () => held.filter((each) => isAlive(each, now));
  const reach = authReach(living());
  const merged = jarOver(held);
  const lines = narrowDeletionsFirst(setCookie, now);
  const refused = lines.filter((line) => !take(merged, line, { url, now, suffix })).length;
  const cookies = bounded(living(), (one) => before.has(one));
  const authLost = authReach(cookies) < reach;
  // A cookie that the answer did not touch is written back as it was, because serialising the cookie anew takes longer than the rest of the merge.
  const kept = authLost ? jar : serialise(cookies.map((each) => before.get(each) ?? each));
  return { jar: kept, authLost, refused };
}

/**
 * The Cookie header for one address; undefined when no cookie is to be sent there. Every name is sent once: of two cookies with one name, the one
 * with the longer path is sent, because servers would use that one. A malformed cookie is left out even if a jar holds it.
 */
export function cookieHeader(jar: Secret, url: URL, now: Date): string | undefined {
  const byName = new Map<string, Cookie>();
  for (const cookie of jarOver([...cookiesOf(jar).keys()]).getCookiesSync(url, { expire: false, sort: true })) {
    if (isAlive(cookie, now) && isSound(cookie) && !byName.has(cookie.key)) byName.set(cookie.key, cookie);
  }
  const pairs = [...byName.values()].map((cookie) => `${cookie.key}=${cookie.value}`);
  return pairs.length > 0 ? pairs.join('; ') : undefined;
}
