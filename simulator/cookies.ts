// The cookies that the pretend gym sets and reads, and the odd cookies that a knob asks for. This file keeps no state: sessions.ts knows the
// owner of each cookie.
import type { KnobOf } from './knob-shapes.ts';
import { secretHex } from './random.ts';

/** Reads one cookie out of a Cookie header; of several cookies with the name `name`, the first is taken. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim();
  }
  return undefined;
}

const WEEK = 'Max-Age=604800';

/**
 * The load balancer's two cookies, which have the same value. A renewal sets no cookies but the load balancer's unless the `reissue` knob adds some.
 */
export function balancerCookies(): [string, string] {
  const value = `${secretHex()}+/${secretHex(14)}==`;
  return [`AWSALB=${value}; ${WEEK}; Path=/`, `AWSALBCORS=${value}; ${WEEK}; Path=/; SameSite=None; Secure`];
}

/** The PHPSESSID cookie; without an argument its value is random and opens no session. */
export const pageCookie = (value = secretHex(26)): string => `PHPSESSID=${value}; Path=/; HttpOnly`;

/** The login cookie amhrdrauth, which expires in ten years; its date holds the comma at which a naive parser splits the header. */
export function authCookie(value: string, nowMs: number, domain: string | undefined): string {
  const expires = new Date(nowMs + 3650 * 86_400_000).toUTCString();
  return `amhrdrauth=${value}; Expires=${expires}; Path=/; HttpOnly${domain === undefined ? '' : `; Domain=${domain}`}`;
}

/** The Set-Cookie lines that a `set-cookie` knob puts in the place of the usual Set-Cookie lines. */
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
