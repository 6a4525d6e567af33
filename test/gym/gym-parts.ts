// Parts for the gym tests: a key, a box, a client over real sockets or msw. It judges nothing.
import { createAimharder } from '../../services/gym/aimharder/client.ts';
import { emptyJar, mergeCookies } from '../../services/gym/aimharder/cookies.ts';
import { type AimharderAddresses, createHosts } from '../../services/gym/aimharder/hosts.ts';
import type { Gym, GymKey, RawAnswer } from '../../services/gym/gym.ts';
import { createHttp } from '../../services/http.ts';
import { Secret } from '../../services/secret.ts';

export const NOW = new Date('2026-11-20T10:00:00Z');
export const BOX = { slug: 'crossfit-norte', platformBoxId: '77' };
export const LIVE: AimharderAddresses = {
  loginUrl: 'https://login.aimharder.com',
  mainUrl: 'https://aimharder.com',
  boxUrlTemplate: 'https://{box}.aimharder.com',
};
export const LOGIN = new URL('https://login.aimharder.com/api/login');
export const AUTH_LINE =
  'amhrdrauth=auth%7Cvalue; Domain=.aimharder.com; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT; HttpOnly';

const HEX = 'abcdef0123456789abcdef0123456789';
/** A token stamped to expire so many days from NOW. */
export const tokenFor = (userId: number, days = 90, hex = HEX): string =>
  `${userId}|${Math.floor(NOW.getTime() / 1000) + days * 86_400}|${hex}`;

export function keyWith(lines: readonly string[] = [AUTH_LINE], token = tokenFor(12), url = LOGIN): GymKey {
  const { jar } = mergeCookies(emptyJar(), lines, url, NOW);
  return { token: new Secret(token), cookies: jar, fingerprint: 'fp-1' };
}

/** A client and what it told; sleeps pass at once and are noted. `close` ends its connections. */
export function gymAt(addresses: AimharderAddresses, now: () => Date = () => NOW) {
  const hosts = createHosts(addresses);
  const http = createHttp({ allow: [hosts.owns] });
  const sleeps: number[] = [];
  const told: string[] = [];
  let elapsedMs = 0;
  const clock = {
    now,
    monotonicMs: () => elapsedMs,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      elapsedMs += ms;
    },
  };
  const gym: Gym = createAimharder({ hosts, http, clock, random: () => 0.5, tell: (oddity) => told.push(oddity) });
  return { gym, sleeps, told, close: () => http.close() };
}

export const raw = (body: unknown, more: Partial<RawAnswer> = {}): RawAnswer => ({
  status: 200,
  setCookie: [],
  retryAfter: undefined,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});
