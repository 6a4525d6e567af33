// A session's cookies: an RFC 6265 jar that travels as text inside a Secret, merged by (name, domain, path), bytes kept.
// It is never replaced by an answer's cookies, and nothing is split on commas: `Expires=Wed, 21 …` holds one.
import { Cookie, CookieJar, canonicalDomain, domainMatch, pathMatch, type Store } from 'tough-cookie';
import type { Secret } from '../../secret.ts';
import { cookiesOf, type Held, heldNow, serialise } from './jar.ts';

/** The cookie without which nothing works; a jar that has lost it must not be kept. */
const AUTH_COOKIE = 'amhrdrauth';
/** RFC 6265 token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Printable ASCII without `;`: wider than RFC 6265 (space, comma, quotes, backslash are seen in the wild) and still one cookie. */
const VALUE = /^[\x20-\x3a\x3c-\x7e]*$/;
const ADDRESS_LITERAL = /^(?:localhost|\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/;
/** Where a `Secure` cookie is sent without TLS, too. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** The last instant a Date can hold. */
const LATEST_MS = 8.64e15;

const isSame = (a: Held, b: Held): boolean => a.key === b.key && a.domain === b.domain && a.path === b.path;

/** A jar of the library's over a list: its own store makes trees and promises for each cookie. */
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
    putCookie: put,
    updateCookie: (_old: Cookie, cookie: Cookie, done: (error: Error | null) => void) => put(cookie, done),
  };
  // Its type asks for promises too, which a synchronous jar never does.
  return new CookieJar(store as unknown as Store);
}

const isSound = ({ key, value }: Pick<Cookie, 'key' | 'value'>): boolean => NAME.test(key) && VALUE.test(value);

const isAlive = ({ endsAtMs }: Held, now: Date): boolean => endsAtMs > now.getTime();

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

/** Takes one line of a Set-Cookie in. false: refused, as it could not be sent back as one cookie, or is not this host's. */
function take(jar: CookieJar, line: string, url: URL, now: Date): boolean {
  const cookie = Cookie.parse(line);
  // On the line too: a control byte may hide where the parser ends a value and drops the rest.
  if (!cookie || !isSound(cookie) || !/^[\x20-\x7e]*$/.test(line)) return false;
  fitDomain(cookie, url);
  fixExpiry(cookie, now);
  return jar.setCookieSync(cookie, url, { now, ignoreError: true }) !== undefined;
}

/** How far the living login cookie reaches: nowhere, one host, all of the gym's hosts. */
function authReach(cookies: readonly Held[]): number {
  const held = cookies.filter((cookie) => cookie.key === AUTH_COOKIE && cookie.value !== '');
  return Math.max(0, ...held.map((cookie) => (cookie.hostOnly ? 1 : 2)));
}

/** Does the jar hold a living login cookie? */
export function hasAuthCookie(jar: Secret, now: Date): boolean {
  return authReach(cookiesOf(jar).filter((each) => isAlive(each, now))) > 0;
}

export interface Merged {
  /** The jar to keep: the merged one, or the old one when `authLost`. */
  readonly jar: Secret;
  /** The answer's cookies would have taken the login cookie away, or narrowed it to one host so that boxes see it no more. */
  readonly authLost: boolean;
  /** How many Set-Cookie lines were refused. */
  readonly refused: number;
}

/** Lays an answer's Set-Cookie lines (from `getSetCookie()`) over the jar. */
export function mergeCookies(jar: Secret, setCookie: readonly string[], url: URL, now: Date): Merged {
  const before = cookiesOf(jar);
  const come: Cookie[] = [];
  const coming = jarOver(come);
  const refused = setCookie.filter((line) => !take(coming, line, url, now)).length;
  const after = [...before];
  for (const cookie of come) layOver(after, cookie);
  const [was, living] = [before, after].map((all) => all.filter((each) => isAlive(each, now))) as [Held[], Held[]];
  const authLost = authReach(living) < authReach(was);
  return { jar: authLost ? jar : serialise(living.map(({ source }) => source)), authLost, refused };
}

/** In the place of the one with its name, domain and path, whose age it keeps (RFC 6265, 5.3); at the end where there is none. */
function layOver(all: Held[], cookie: Cookie): void {
  const held = heldNow(cookie);
  const at = all.findIndex((each) => isSame(each, held));
  const old = all[at];
  if (!old) {
    all.push(held);
    return;
  }
  cookie.creation = new Date(old.createdAtMs);
  all[at] = { ...held, createdAtMs: old.createdAtMs };
}

/** Longer paths first, then older cookies (RFC 6265, 5.4), then as they stand in the jar. */
const bySending = (a: Held, b: Held): number => b.path.length - a.path.length || a.createdAtMs - b.createdAtMs;

/**
 * The Cookie header for one address, every name once (of two cookies of one name the narrower path wins, as servers read
 * it); undefined when there is nothing to send. A cookie that could not stand as one is left out even if a jar holds it.
 */
export function cookieHeader(jar: Secret, url: URL, now: Date): string | undefined {
  const host = canonicalDomain(url.hostname) ?? '';
  const isSafe = url.protocol === 'https:' || LOOPBACK.test(url.hostname);
  const isMeant = (each: Held): boolean =>
    (each.hostOnly ? each.domain === host : domainMatch(host, each.domain, false) === true) &&
    pathMatch(url.pathname, each.path) &&
    (isSafe || !each.secure);
  const byName = new Map<string, string>();
  for (const each of cookiesOf(jar).filter(isMeant).sort(bySending))
    if (isAlive(each, now) && isSound(each) && !byName.has(each.key)) byName.set(each.key, each.value);
  const pairs = [...byName].map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? pairs.join('; ') : undefined;
}
