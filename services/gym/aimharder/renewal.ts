// Decides what an answer to tokenUpdate (AimHarder's call that renews a session) means. A new token is returned even if it looks odd; a flag then
// tells what is odd about it. This file makes no call and quotes nothing of an answer, because every part of an answer to a renewal may be a secret.
import { Secret } from '../../secret.ts';
import type { GymKey, RawAnswer, RenewAnswer } from '../gym.ts';
import { mergeCookies } from './cookies.ts';
import { doorAnswer, shapeOf } from './outcomes.ts';
import { isLogout, parseJson, type RenewWire, renewAnswer } from './wire.ts';
import { jsonWithin, tokensAnywhere, tokensByField } from './within.ts';

/** The shape that the gym's tokens have been seen to have: `userId|unixExpiry|32 hex`. */
const STAMPED = /^(\d+)\|(\d{9,11})\|[0-9a-f]{32}$/i;
const OVERSIZED_BYTES = 4 * 1024;
/** A value of more bytes than this does not count as a token, and no database row should hold such a value. */
const TOKEN_CAP_BYTES = 256 * 1024;

function tokenFlags(token: string, parent: string, now: Date): string[] {
  const expiry = STAMPED.exec(token)?.[2];
  const flags: [string, boolean][] = [
    ['malformed', expiry === undefined],
    ['expired-stamp', expiry !== undefined && Number(expiry) * 1_000 <= now.getTime()],
    ['oversized', Buffer.byteLength(token) > OVERSIZED_BYTES],
    ['same-token', token === parent],
  ];
  return flags.filter(([, raised]) => raised).map(([flag]) => flag);
}

/** The address that an answer to a renewal came from, and when the answer came. */
export interface Origin {
  /** The address that was called; the answer's cookies belong to its host. */
  readonly url: URL;
  readonly now: Date;
  /** The domain with which all of the gym's host names end; it is passed to `mergeCookies`. */
  readonly suffix?: string | undefined;
}

/**
 * Decides what an answer to a renewal means: whether it holds a new token, refuses the old one, or is unclear. @param reading with `last-resort`, a
 * token is taken even if the answer does not clearly name it as the next token.
 */
export function understandRenewal(raw: RawAnswer, key: GymKey, from: Origin, reading?: 'last-resort'): RenewAnswer {
  const door = doorAnswer(raw, from.now);
  if (door?.kind === 'turned-away') return door;
  // A token in a whole JSON answer may have any shape. In any other answer only the reading `last-resort` takes a token that lacks the shape of the
  // gym's tokens (`STAMPED`).
  const wire = door || raw.isCut ? undefined : renewAnswer.safeParse(parseJson(raw.body)).data;
  const said = wire?.newToken ?? '';
  if (Buffer.byteLength(said) > TOKEN_CAP_BYTES) return { kind: 'unknown', reason: 'token beyond any size' };
  // The answer was meant for another member. Neither the answer's token nor its cookies are used: the cookies would book for the other member.
  if (isOfAnother(said, key.token.reveal())) return { kind: 'unknown', reason: 'token of another user' };
  if (said !== '') return renewedBy(said, raw, key, from, wire);
  const found = tokenWithin(raw.body, key.token.reveal(), reading);
  if (found !== undefined) return renewedBy(found, raw, key, from, undefined);
  // For the log, only the reason why the answer is unclear is returned, because a sample of the answer could hold the new token.
  return door ? { kind: 'unknown', reason: door.reason } : withoutToken(raw, wire);
}

/** Statuses of a gym that has removed the call tokenUpdate (404, 405, 410), or that wants a sign-in first (401). */
const UNSERVED = new Set([401, 404, 405, 410]);

function withoutToken(raw: RawAnswer, clean: RenewWire | undefined): RenewAnswer {
  const wire = clean ?? renewAnswer.safeParse(jsonWithin(raw.body, ['logout'])).data;
  if (isLogout(wire?.logout)) return { kind: 'token-refused' };
  // The `reason` names a status in `UNSERVED`: in the log, a call that the gym does not serve must not look like an answer without a token.
  if (UNSERVED.has(raw.status)) return { kind: 'unknown', reason: `status ${raw.status}` };
  return { kind: 'unknown', reason: wire ? 'no token' : shapeOf(raw.body) };
}

/**
 * Returns the `GymKey` with the new token and the merged cookies, and flags that name what is odd about the answer. A token in an answer that also
 * says `logout` is kept all the same: a lost token cannot be fetched again, and a dead token is found out at the next renewal.
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

/** True when the token belongs to another user than the token that was sent. */
function isOfAnother(token: string, parent: string): boolean {
  const [user, parentUser] = [STAMPED.exec(token)?.[1], STAMPED.exec(parent)?.[1]];
  return user !== undefined && parentUser !== undefined && user !== parentUser;
}

/**
 * Finds the next token, by its field and its shape, inside an answer that is not the expected JSON. The next token differs from the token that was
 * sent, is of the same user, and expires later. With `last-resort`, a token of the same user that expires later than the token sent is taken from
 * anywhere in the answer. If the answer holds no later token of the same user, `last-resort` takes a token with the same expiry as the token sent, or
 * one without a comparable expiry. Tokens with the same expiry are possible, because a gym may end all tokens of a login at one instant. If no text
 * in the shape of a token can be taken, `last-resort` takes the first quoted text of another shape in a field `newToken`. A token that expires sooner
 * than the token sent is never taken, because it is an older one and could raise an alarm at the gym.
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
/** When a token expires, in Unix seconds. A token without an expiry in it gives NaN, which is neither less nor more than any number. */
const expiryOf = (token: string): number => Number(STAMPED.exec(token)?.[2]);

function isNext(token: string, parent: string): boolean {
  const [user, parentUser] = [STAMPED.exec(token)?.[1], STAMPED.exec(parent)?.[1]];
  return token !== parent && user === parentUser && expiryOf(token) > expiryOf(parent);
}
