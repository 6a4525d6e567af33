// A session's cookies: an RFC 6265 jar that travels as text inside a Secret, merged by (name, domain, path), bytes kept.
// It is never replaced by an answer's cookies, and nothing is split on commas: `Expires=Wed, 21 …` holds one.
import { Cookie, CookieJar, type Store } from 'tough-cookie';
import { Failure } from '../../failures.ts';
import { Secret } from '../../secret.ts';

/** The cookie without which nothing works; a jar that has lost it must not be kept. */
const AUTH_COOKIE = 'amhrdrauth';
/** RFC 6265 token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Printable ASCII without `;`: wider than RFC 6265 (space, comma, quotes, backslash are seen in the wild) and still one cookie. */
const VALUE = /^[\x20-\x3a\x3c-\x7e]*$/;
const ADDRESS_LITERAL = /^(?:localhost|\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/;
/** The last instant a Date can hold. */
const LATEST_MS = 8.64e15;

const EMPTY = new CookieJar().serializeSync();
const serialise = (cookies: readonly unknown[]): Secret => new Secret(JSON.stringify({ ...EMPTY, cookies }));
export const emptyJar = (): Secret => serialise([]);

/** A jar taken apart: each cookie, and what it was read from. */
type Held = ReadonlyMap<Cookie, unknown>;
/** A renewal reads one jar twice, for its header and for the answer: taken apart once. No code changes these cookies. */
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
    // Below, without the cause: a JSON error quotes the text it stumbled over.
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
 * A jar of the library's over a list, which is changed as the jar is. The library's own store makes trees and promises for each cookie:
 * that costs more than all the rest for a handful. The jar matches what a store hands out in either case.
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
  // Its type asks for promises too, which a synchronous jar never does.
  return new CookieJar(store as unknown as Store);
}

const isSound = (cookie: Cookie): boolean => NAME.test(cookie.key) && VALUE.test(cookie.value);

/** As the library's `expiryTime`, which turns a date into text each time, to see whether it is the word Infinity. */
const expiryMs = (cookie: Cookie): number | undefined =>
  cookie.maxAge === null && cookie.expires instanceof Date ? cookie.expires.getTime() : cookie.expiryTime();

const isAlive = (cookie: Cookie, now: Date): boolean => (expiryMs(cookie) ?? Number.POSITIVE_INFINITY) > now.getTime();

/** A `Domain` cannot name an IP address or localhost; there the cookie is kept for that host alone, which is narrower. */
function fitDomain(cookie: Cookie, url: URL): void {
  if (ADDRESS_LITERAL.test(url.hostname)) cookie.domain = null;
}

/** `Max-Age` as an instant, by our clock: the library counts it from the last reading, by the machine's. */
function fixExpiry(cookie: Cookie, now: Date): void {
  if (typeof cookie.maxAge !== 'number') return;
  const atMs = cookie.maxAge <= 0 ? 0 : now.getTime() + cookie.maxAge * 1_000;
  cookie.expires = atMs > LATEST_MS ? 'Infinity' : new Date(atMs);
  cookie.maxAge = null;
}

/** A living login cookie for one host, or a part of the gym's hosts, is made to reach all of them: elsewhere it would be of no use. */
function widen(cookie: Cookie, url: URL, suffix: string | undefined, now: Date): void {
  if (suffix === undefined || cookie.key !== AUTH_COOKIE || cookie.value === '' || !isAlive(cookie, now)) return;
  if ((cookie.domain ?? url.hostname).toLowerCase().endsWith(`.${suffix}`) || cookie.domain === null)
    cookie.domain = suffix;
}

/** Takes one line of a Set-Cookie in. false: refused, as it could not be sent back as one cookie, or is not this host's. */
function take(jar: CookieJar, line: string, { url, now, suffix }: Source): boolean {
  const cookie = Cookie.parse(line);
  // On the line too: a control byte may hide where the parser ends a value and drops the rest.
  if (!cookie || !isSound(cookie) || !/^[\x20-\x7e]*$/.test(line)) return false;
  fitDomain(cookie, url);
  fixExpiry(cookie, now);
  widen(cookie, url, suffix, now);
  return jar.setCookieSync(cookie, url, { now, ignoreError: true }) !== undefined;
}

/** How far the living login cookie reaches: nowhere, one host, all of the gym's hosts. */
function authReach(cookies: readonly Cookie[]): number {
  const held = cookies.filter((cookie) => cookie.key === AUTH_COOKIE && cookie.value !== '');
  return Math.max(0, ...held.map((cookie) => (cookie.hostOnly ? 1 : 2)));
}

/** Would a call to this address carry the login cookie? */
export const reaches = (jar: Secret, url: URL, now: Date): boolean =>
  (cookieHeader(jar, url, now) ?? '').split('; ').some((pair) => pair.startsWith(`${AUTH_COOKIE}=`));

/** Does the jar hold a living login cookie? */
export function hasAuthCookie(jar: Secret, now: Date): boolean {
  return authReach([...cookiesOf(jar).keys()].filter((each) => isAlive(each, now))) > 0;
}

export interface Merged {
  /** The jar to keep: the merged one, or the old one when `authLost`. */
  readonly jar: Secret;
  /** The answer's cookies would have taken the login cookie away, or narrowed it to one host so that boxes see it no more. */
  readonly authLost: boolean;
  /** How many Set-Cookie lines were refused. */
  readonly refused: number;
}

/** The source of an answer, and its time. */
interface Source {
  readonly url: URL;
  readonly now: Date;
  readonly suffix: string | undefined;
}

/**
 * Lays an answer's Set-Cookie lines (from `getSetCookie()`) over the jar.
 * @param suffix the name that ends all of this gym's host names, `url`'s too; a login cookie for fewer of them is widened to it.
 */
export function mergeCookies(jar: Secret, setCookie: readonly string[], url: URL, now: Date, suffix?: string): Merged {
  const before = cookiesOf(jar);
  const held = [...before.keys()];
  const living = () => held.filter((each) => isAlive(each, now));
  const reach = authReach(living());
  const merged = jarOver(held);
  const refused = setCookie.filter((line) => !take(merged, line, { url, now, suffix })).length;
  const cookies = living();
  const authLost = authReach(cookies) < reach;
  // One that the answer left alone is written back as it was: writing it anew takes longer than all the rest.
  const kept = authLost ? jar : serialise(cookies.map((each) => before.get(each) ?? each));
  return { jar: kept, authLost, refused };
}

/**
 * The Cookie header for one address, every name once (of two cookies of one name the narrower path wins, as servers read
 * it); undefined when there is nothing to send. A cookie that could not stand as one is left out even if a jar holds it.
 */
export function cookieHeader(jar: Secret, url: URL, now: Date): string | undefined {
  const byName = new Map<string, Cookie>();
  for (const cookie of jarOver([...cookiesOf(jar).keys()]).getCookiesSync(url, { expire: false, sort: true })) {
    if (isAlive(cookie, now) && isSound(cookie) && !byName.has(cookie.key)) byName.set(cookie.key, cookie);
  }
  const pairs = [...byName.values()].map((cookie) => `${cookie.key}=${cookie.value}`);
  return pairs.length > 0 ? pairs.join('; ') : undefined;
}
