// Gym keys of made-up members: a token and a cookie jar as a login leaves them, of a real one's size.

import { emptyJar, mergeCookies } from '../services/gym/aimharder/cookies.ts';
import type { GymKey } from '../services/gym/gym.ts';
import { Secret } from '../services/secret.ts';

const hex = (of: number, digits: number): string => of.toString(16).padStart(digits, '0');

export function makeKey(member: number, gymUrl: string): GymKey {
  const lines = [
    `amhrdrauth=${hex(member, 128)}; Path=/; HttpOnly; Expires=Fri, 31 Dec 2038 23:59:59 GMT`,
    `AWSALB=${'x'.repeat(120)}; Path=/`,
    `AWSALBCORS=${'x'.repeat(120)}; Path=/; Secure`,
    `PHPSESSID=${hex(member, 26)}; Path=/`,
  ];
  const { jar } = mergeCookies(emptyJar(), lines, new URL(gymUrl), new Date());
  return { token: new Secret(`${member}|1900000000|${hex(member, 32)}`), cookies: jar, fingerprint: hex(member, 50) };
}
