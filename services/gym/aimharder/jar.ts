// A session's jar as it is stored: the library's own serialised form, read without making the library's objects of it, which would cost
// more than all the rest of a renewal's cookies. No rule about cookies lives here: cookies.ts has them.
import { Cookie, CookieJar } from 'tough-cookie';
import { Failure } from '../../failures.ts';
import { Secret } from '../../secret.ts';

const EMPTY = new CookieJar().serializeSync();
/** A jar of lines that were read, and of cookies that have come. */
export const serialise = (cookies: readonly unknown[]): Secret => new Secret(JSON.stringify({ ...EMPTY, cookies }));
export const emptyJar = (): Secret => serialise([]);

/** What of one cookie decides where it goes and how long, and what it is written back as. */
export interface Held {
  readonly key: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly hostOnly: boolean;
  readonly secure: boolean;
  readonly endsAtMs: number;
  readonly createdAtMs: number;
  /** A line of the jar, or a cookie that has just come. */
  readonly source: unknown;
}

/** A renewal reads one jar twice, for its header and for the answer: taken apart once. Nobody changes these. */
const taken = new WeakMap<Secret, readonly Held[]>();

/** Throws session/jar-incomplete. */
export function cookiesOf(jar: Secret): readonly Held[] {
  const cookies = taken.get(jar) ?? takeApart(jar);
  taken.set(jar, cookies);
  return cookies;
}

function takeApart(jar: Secret): readonly Held[] {
  let lines: unknown;
  try {
    lines = JSON.parse(jar.reveal()).cookies;
  } catch {
    // Below, without the cause: a JSON error quotes the text it stumbled over.
  }
  if (!Array.isArray(lines))
    throw new Failure('session/jar-incomplete', 'Expected the cookies to be a serialised jar.');
  return lines.flatMap((line) => heldOf(line) ?? []);
}

type Line = Partial<Record<keyof Cookie, unknown>>;

/** undefined for what is no cookie. */
function heldOf(line: Line | null): Held | undefined {
  // An empty value is the library's default, and left out.
  const value = line?.value ?? '';
  if (typeof line?.key !== 'string' || typeof value !== 'string' || typeof line.domain !== 'string') return undefined;
  return {
    key: line.key,
    value,
    domain: line.domain,
    path: typeof line.path === 'string' ? line.path : '/',
    hostOnly: line.hostOnly === true,
    secure: line.secure === true,
    endsAtMs: endOf(line),
    createdAtMs: typeof line.creation === 'string' ? Date.parse(line.creation) : 0,
    source: line,
  };
}

function endOf(line: Line): number {
  // Ours never have one (see fixExpiry): the library knows what it counts from.
  const end = line.maxAge == null ? line.expires : Cookie.fromJSON(line)?.expiryTime();
  if (typeof end === 'number') return end;
  return typeof end === 'string' && end !== 'Infinity' ? Date.parse(end) : Number.POSITIVE_INFINITY;
}

/** A cookie that the library has taken in: it has a domain, a path and an instant of creation by then. */
export const heldNow = (cookie: Cookie): Held => ({
  key: cookie.key,
  value: cookie.value,
  domain: cookie.domain ?? '',
  path: cookie.path ?? '/',
  hostOnly: cookie.hostOnly === true,
  secure: cookie.secure,
  endsAtMs: cookie.expiryTime() ?? Number.POSITIVE_INFINITY,
  createdAtMs: cookie.creation instanceof Date ? cookie.creation.getTime() : 0,
  source: cookie,
});
