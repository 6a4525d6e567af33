// The cookies that the pretend gym sets and reads, and the unusual cookies that a `set-cookie` knob asks for. This file keeps no state:
// session-cookies.ts knows which session each cookie value opens.
import type { KnobOf } from './knob-shapes.ts';
import { secretHex } from './random.ts';

/** Returns the value of the cookie `name` in a Cookie header; of several cookies with this name, the first counts. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim();
  }
  return undefined;
}

const WEEK = 'Max-Age=604800';

/**
 * The Set-Cookie lines of the load balancer's two cookies, AWSALB and AWSALBCORS, which have the same random value. A renewal sets only the load
 * balancer's cookies unless the `reissue` knob adds others.
 */
export function balancerCookies(): [string, string] {
  const value = `${secretHex()}+/${secretHex(14)}==`;
  return [`AWSALB=${value}; ${WEEK}; Path=/`, `AWSALBCORS=${value}; ${WEEK}; Path=/; SameSite=None; Secure`];
}

/** The Set-Cookie line of PHPSESSID; without the argument `value` the cookie's value is random and opens no session. */
export const pageCookie = (value = secretHex(26)): string => `PHPSESSID=${value}; Path=/; HttpOnly`;

/** The Set-Cookie line of the login cookie amhrdrauth, which expires in ten years; a naive parser splits the line at the comma in the date. */
export function authCookie(value: string, nowMs: number, domain: string | undefined): string {
  const expires = new Date(nowMs + 3650 * 86_400_000).toUTCString();
  return `amhrdrauth=${value}; Expires=${expires}; Path=/; HttpOnly${domain === undefined ? '' : `; Domain=${domain}`}`;
}

/** The Set-Cookie lines that a `set-cookie` knob puts in the place of an answer's own Set-Cookie lines. */
export function oddCookies(knob: KnobOf<'set-cookie'>): string[] {
  const [first, second] = balancerCookies();
  const variants: Record<typeof knob.variant, () => string[]> = {
    awsalb: () => [first, second],
    'expires-commas': () => [first.replace(WEEK, 'Expires=Wed, 21 Oct 2037 07:28:00 GMT'), second],
    quotes: () => ['AWSALB="quoted/value+=="; Path=/', 'PHPSESSID="a b"; Path=/; HttpOnly'],
    'delete-auth': () => [
      first,
      'amhrdrauth=deleted; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Path=/; HttpOnly',
    ],
    duplicates: () => [
      first,
      balancerCookies()[0],
      'PHPSESSID=one; Path=/',
      'PHPSESSID=two; Path=/',
      'PHPSESSID=three; Path=/api',
    ],
    sixty: () => Array.from({ length: 60 }, (_, index) => `c${index}=${index}; Path=/`),
    none: () => [],
    lines: () => knob.lines,
  };
  return variants[knob.variant]();
}
