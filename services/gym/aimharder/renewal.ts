// The meaning of an answer to AimHarder's tokenUpdate. The rule above all: a token that came is handed on, flagged if it looks odd.
// It sends nothing and quotes nothing: every part of such an answer may be a secret.
import { Secret } from '../../secret.ts';
import type { GymKey, RawAnswer, RenewAnswer } from '../gym.ts';
import { mergeCookies } from './cookies.ts';
import { doorAnswer, shapeOf } from './outcomes.ts';
import { isLogout, parseJson, type RenewWire, renewAnswer } from './wire.ts';
import { jsonWithin, tokensAnywhere, tokensByField } from './within.ts';

/** `userId|unixExpiry|32 hex`. */
const STAMPED = /^(\d+)\|(\d{9,11})\|[0-9a-f]{32}$/i;
const OVERSIZED_BYTES = 4 * 1024;
/** A longer value is no token, and no row should hold it. */
const TOKEN_CAP_BYTES = 256 * 1024;

function tokenFlags(token: string, parent: string, now: Date): string[] {
  const expiry = STAMPED.exec(token)?.[2];
  const flags: [string, boolean][] = [
    ['malformed', expiry === undefined],
    ['expired-stamp', expiry !== undefined && Number(expiry) * 1_000 <= now.getTime()],
    ['oversized', Buffer.byteLength(token) > OVERSIZED_BYTES],
    ['same-token', token === parent],
    ['other-user', isOfAnother(token, parent)],
  ];
  return flags.filter(([, raised]) => raised).map(([flag]) => flag);
}

/** The host and the time of an answer to a renewal. */
export interface Origin {
  /** The address that was called; the answer's cookies belong to its host. */
  readonly url: URL;
  readonly now: Date;
  /** See `mergeCookies`. */
  readonly suffix?: string | undefined;
}

/** @param reading `last-resort`: also takes a token that the answer does not clearly name as the next. */
export function understandRenewal(raw: RawAnswer, key: GymKey, from: Origin, reading?: 'last-resort'): RenewAnswer {
  const door = doorAnswer(raw, from.now);
  if (door?.kind === 'turned-away') return door;
  // A clean answer is believed as it is; in any other, a token must have the right shape.
  const wire = door || raw.isCut ? undefined : renewAnswer.safeParse(parseJson(raw.body)).data;
  const said = wire?.newToken ?? '';
  if (Buffer.byteLength(said) > TOKEN_CAP_BYTES) return { kind: 'unknown', reason: 'token beyond any size' };
  if (said !== '') return renewedBy(said, raw, key, from, wire);
  const found = tokenWithin(raw.body, key.token.reveal(), reading);
  if (found !== undefined) return renewedBy(found, raw, key, from, undefined);
  // A sample could hold the new token, so only the reason is logged.
  return door ? { kind: 'unknown', reason: door.reason } : withoutToken(raw, wire);
}

const NO_SUCH_CALL = new Set([404, 405, 410]);

function withoutToken(raw: RawAnswer, clean: RenewWire | undefined): RenewAnswer {
  const wire = clean ?? renewAnswer.safeParse(jsonWithin(raw.body, ['logout'])).data;
  if (isLogout(wire?.logout)) return { kind: 'token-refused' };
  // The gym has removed that address. Unlike a page in its place, such an answer holds no token.
  if (NO_SUCH_CALL.has(raw.status)) return { kind: 'unknown', reason: `status ${raw.status}` };
  return { kind: 'unknown', reason: wire ? 'no token' : shapeOf(raw.body) };
}

/**
 * A token and a logout in one answer has not been seen. The token is kept: a lost one cannot be fetched again, and a dead one is found out at the
 * next renewal.
 */
function renewedBy(
  token: string,
  raw: RawAnswer,
  key: GymKey,
  { url, now, suffix }: Origin,
  clean: RenewWire | undefined,
): RenewAnswer {
  const { jar, authLost, refused } = mergeCookies(key.cookies, raw.setCookie, url, now, suffix);
  const renewed: GymKey = { token: new Secret(token), cookies: jar, fingerprint: key.fingerprint };
  if (authLost) return { kind: 'cookies-lost', key: renewed };
  const flags = tokenFlags(token, key.token.reveal(), now);
  if (!clean) flags.push('found-in-unclear-answer');
  if (isLogout(clean?.logout)) flags.push('logout-beside-token');
  if (refused > 0) flags.push('cookie-refused');
  return { kind: 'renewed', key: renewed, flags };
}

/** For another user than the token that was sent. */
function isOfAnother(token: string, parent: string): boolean {
  const [user, parentUser] = [STAMPED.exec(token)?.[1], STAMPED.exec(parent)?.[1]];
  return user !== undefined && parentUser !== undefined && user !== parentUser;
}

/**
 * The next token inside an answer that is not what it should be, by its field and its shape. It must not be the token sent, must be of
 * the same user, and must be good for longer. The last resort takes any such token, then one good for as long (a gym may end all tokens of
 * a login at one instant) or whose end cannot be compared, then anything the field holds. Never one that ends sooner: it is an older one, and
 * could wake a gym's alarm.
 */
function tokenWithin(body: string, parent: string, reading: 'last-resort' | undefined): string | undefined {
  const next = tokensByField(body).findLast((token) => isNext(token, parent));
  if (next !== undefined || reading === undefined) return next;
  const any = tokensAnywhere(body).filter((token) => token !== parent && !isOfAnother(token, parent));
  return (
    any.findLast((token) => isNext(token, parent)) ??
    any.findLast((token) => STAMPED.test(token) && !isOlder(token, parent)) ??
    any.find((token) => !STAMPED.test(token))
  );
}

const isOlder = (token: string, parent: string): boolean => expiryOf(token) < expiryOf(parent);
/** NaN, which compares with nothing, for a token without a stamp. */
const expiryOf = (token: string): number => Number(STAMPED.exec(token)?.[2]);

function isNext(token: string, parent: string): boolean {
  const [user, parentUser] = [STAMPED.exec(token)?.[1], STAMPED.exec(parent)?.[1]];
  return token !== parent && user === parentUser && expiryOf(token) > expiryOf(parent);
}
