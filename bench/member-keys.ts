// The gym keys of made-up members: a token and a cookie jar, as large as those of a real login.
import { emptyJar, mergeCookies } from '../services/gym/aimharder/cookies.ts';
import type { GymKey } from '../services/gym/gym.ts';
import { Secret } from '../services/secret.ts';

const hex = (of: number, digits: number): string => of.toString(16).padStart(digits, '0');

function makeJar(gymUrl: string): Secret {
  const lines = [
    `amhrdrauth=${'0123456789abcdef'.repeat(8)}; Path=/; HttpOnly; Expires=Fri, 31 Dec 2038 23:59:59 GMT`,
    `AWSALB=${'x'.repeat(120)}; Path=/`,
    `AWSALBCORS=${'x'.repeat(120)}; Path=/; Secure`,
    `PHPSESSID=${'y'.repeat(26)}; Path=/`,
  ];
  return mergeCookies(emptyJar(), lines, new URL(gymUrl), new Date()).jar;
}

/**
 * Returns a function that makes a member's gym key: token, cookies and fingerprint for the gym at `gymUrl`. The gym keys of all
 * members share one cookie jar, because making a jar takes long.
 */
export function keyMaker(gymUrl: string): (member: number) => GymKey {
  const cookies = makeJar(gymUrl);
  return (member) => ({
    token: new Secret(`${member}|1900000000|${hex(member, 32)}`),
    cookies,
    fingerprint: hex(member, 50),
  });
}
