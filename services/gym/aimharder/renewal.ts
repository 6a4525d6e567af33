// What an answer to AimHarder's tokenUpdate means. The rule above all: a token that came is handed on, flagged if it looks odd.
// It sends nothing and quotes nothing: every part of such an answer may be a secret.
import { Secret } from '../../secret.ts';
import type { GymKey, RawAnswer, RenewAnswer } from '../gym.ts';
import { mergeCookies } from './cookies.ts';
import { doorAnswer, shapeOf } from './outcomes.ts';
import { isLogout, parseJson, renewAnswer } from './wire.ts';

/** `userId|unixExpiry|32 hex`. */
const STAMPED = /^(\d+)\|(\d{9,11})\|[0-9a-f]{32}$/i;
const OVERSIZED_BYTES = 4 * 1024;
/** Beyond this nothing is a token any more, and no row should hold it. */
const TOKEN_CAP_BYTES = 256 * 1024;

function tokenFlags(token: string, parent: string, now: Date): string[] {
  const [, user, expiry] = STAMPED.exec(token) ?? [];
  const parentUser = STAMPED.exec(parent)?.[1];
  const flags: [string, boolean][] = [
    ['malformed', expiry === undefined],
    ['expired-stamp', expiry !== undefined && Number(expiry) * 1_000 <= now.getTime()],
    ['oversized', Buffer.byteLength(token) > OVERSIZED_BYTES],
    ['same-token', token === parent],
    ['other-user', user !== undefined && parentUser !== undefined && user !== parentUser],
  ];
  return flags.filter(([, raised]) => raised).map(([flag]) => flag);
}

/** @param url where the answer came from; its cookies belong to that host. */
export function understandRenewal(raw: RawAnswer, key: GymKey, url: URL, now: Date): RenewAnswer {
  const door = doorAnswer(raw, now);
  // A sample could hold the new token: the reason must do.
  if (door) return door.kind === 'unknown' ? { kind: 'unknown', reason: door.reason } : door;
  const wire = renewAnswer.safeParse(parseJson(raw.body)).data;
  if (!wire) return { kind: 'unknown', reason: shapeOf(raw.body) };
  const token = wire.newToken ?? '';
  // Both at once has not been seen; the token wins, since a lost token cannot be had back and a dead one shows itself.
  if (token === '') return isLogout(wire.logout) ? { kind: 'token-refused' } : { kind: 'unknown', reason: 'no token' };
  if (Buffer.byteLength(token) > TOKEN_CAP_BYTES) return { kind: 'unknown', reason: 'token beyond any size' };
  const { jar, authLost, refused } = mergeCookies(key.cookies, raw.setCookie, url, now);
  const renewed: GymKey = { token: new Secret(token), cookies: jar, fingerprint: key.fingerprint };
  if (authLost) return { kind: 'cookies-lost', key: renewed };
  const flags = tokenFlags(token, key.token.reveal(), now);
  if (isLogout(wire.logout)) flags.push('logout-beside-token');
  if (refused > 0) flags.push('cookie-refused');
  return { kind: 'renewed', key: renewed, flags };
}
