// Sessions and their tokens: which token of a session is valid, when each older token was replaced, how often the session was renewed.
// routes-login.ts and routes-main.ts speak the HTTP.
import { hash } from 'node:crypto';
import type { Suffix } from './address.ts';
import type { KnobOf } from './knob-shapes.ts';
import { secretHex } from './random.ts';
import { createSessionCookies, type Recognised, type Shown } from './session-cookies.ts';

const TOKEN_LIFE_MS = 90 * 86_400_000;
const RETIRED_KEPT = 8;
// Every pretend token and every pretend login cookie carries a mark, so that a scanner finds a token or cookie that leaked. The marks by which a
// scanner finds leaked tokens and cookies are too long to occur by chance in a random digest, or in its Base64. The token's mark is the text
// "CNRY-hex", written in hex digits.
const TOKEN_MARK = '434e52592d686578';
const COOKIE_MARK = 'CNRY-secret-';

export interface Session {
  id: number;
  memberId: number;
  fingerprint: string;
  /** The domain ending under which the session was opened; its cookies and tokens open nothing under the other ending. */
  suffix: Suffix;
  /** `authCookie` and `pageCookie` are the latest values of the session's cookies; older values may still open the session. */
  authCookie: string;
  pageCookie: string;
  cookieReissues: number;
  /** The opened pages that the knob `warm-up` can demand: `setrefresh`, and the slug of each box whose schedule page was opened. */
  warmedBy: Set<string>;
  token: string;
  tokenExpiresAtMs: number;
  retired: { token: string; atMs: number }[];
  alive: boolean;
  endedBy?: string;
  createdAtMs: number;
  lastUpdateAtMs: number;
  tokenUpdates: number;
  tokenUpdateCalls: number;
}

export type TokenShape = KnobOf<'token'>['shape'];
/** The first 8 hex digits of a token's sha256: enough to compare tokens, and useless for logging in. */
export const tokenHash = (token: string): string => hash('sha256', token, 'hex').slice(0, 8);

export interface Sessions {
  open(memberId: number, fingerprint: string, nowMs: number, suffix?: Suffix): Session;
  byCookies(shown: Shown): Recognised<Session>;
  /** Gives the session new values of the cookies that `what` names; with `kill` the older values of these cookies open the session no more. */
  reissue(session: Session, what: { auth: boolean; page: boolean; kill: boolean }): void;
  byToken(token: string | undefined): Session | undefined;
  all(): Session[];
  end(session: Session, reason: string): void;
  /** Replaces the session's token by a new one in the given shape; the shape `same` keeps the token. Returns the token that the session then has. */
  rotate(session: Session, nowMs: number, shape?: TokenShape): string;
}

export function createSessions(): Sessions {
  let nextId = 1;
  const cookies = createSessionCookies<Session>();
  const tokens = new Map<string, Session>();
  const list: Session[] = [];
  return {
    open(memberId, fingerprint, nowMs, suffix = 'com') {
      const session = newSession(nextId++, memberId, fingerprint, nowMs, suffix);
      cookies.issue(session, 'auth', session.authCookie, false);
      cookies.issue(session, 'page', session.pageCookie, false);
      tokens.set(session.token, session);
      list.push(session);
      return session;
    },
    byCookies: (shown) => cookies.recognise(shown),
    reissue(session, { auth, page, kill }) {
      if (auth || page) session.cookieReissues++;
      if (auth) session.authCookie = newAuthCookie(session.id);
      if (auth) cookies.issue(session, 'auth', session.authCookie, kill);
      if (page) session.pageCookie = newPageCookie();
      if (page) cookies.issue(session, 'page', session.pageCookie, kill);
    },
    byToken: (token) => (token === undefined ? undefined : tokens.get(token)),
    all: () => list,
    end(session, reason) {
      if (!session.alive) return;
      session.alive = false;
      session.endedBy = reason;
    },
    rotate(session, nowMs, shape) {
      session.tokenUpdates++;
      session.lastUpdateAtMs = nowMs;
      if (shape === 'same') return session.token;
      session.retired.push({ token: session.token, atMs: nowMs });
      for (const old of session.retired.splice(0, Math.max(0, session.retired.length - RETIRED_KEPT)))
        tokens.delete(old.token);
      session.token = newToken(session.memberId, nowMs, shape);
      session.tokenExpiresAtMs = nowMs + TOKEN_LIFE_MS;
      tokens.set(session.token, session);
      return session.token;
    },
  };
}

const newAuthCookie = (id: number): string => `${COOKIE_MARK}${id}-${secretHex()}`;
const newPageCookie = (): string => secretHex(26);

function newSession(id: number, memberId: number, fingerprint: string, nowMs: number, suffix: Suffix): Session {
  return {
    id,
    memberId,
    fingerprint,
    suffix,
    authCookie: newAuthCookie(id),
    pageCookie: newPageCookie(),
    cookieReissues: 0,
    warmedBy: new Set(),
    token: newToken(memberId, nowMs),
    tokenExpiresAtMs: nowMs + TOKEN_LIFE_MS,
    retired: [],
    alive: true,
    createdAtMs: nowMs,
    lastUpdateAtMs: nowMs,
    tokenUpdates: 0,
    tokenUpdateCalls: 0,
  };
}

function newToken(memberId: number, nowMs: number, shape?: TokenShape): string {
  const hex = TOKEN_MARK + secretHex(16);
  if (shape === 'malformed') return `no-pipes-${hex}`;
  if (shape === 'huge')
    return `${memberId}|${Math.floor((nowMs + TOKEN_LIFE_MS) / 1000)}|${hex}${'f'.repeat(100 * 1024)}`;
  const expiresAtMs = shape === 'expired' ? nowMs - 86_400_000 : nowMs + TOKEN_LIFE_MS;
  return `${memberId}|${Math.floor(expiresAtMs / 1000)}|${hex}`;
}
