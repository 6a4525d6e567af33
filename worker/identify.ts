// Finds the member that sends a request: by Bearer token, else by our own session cookie, else by Supabase's SSR cookies. A member's identity is only
// ever taken from a verified token, never from another header, a query or a body.
import type { Context } from 'hono';
import { asFailure, Failure } from '../services/failures.ts';
import { hasExpired } from '../services/identity/access.ts';
import { readOwnCookies, readSsrCookies, type SsrCookies } from '../services/identity/cookies.ts';
import type { LiveSessions } from '../services/identity/live-session.ts';
import { renewSsrSession } from '../services/identity/ssr-session.ts';
import { Secret } from '../services/secret.ts';
import type { AppContext, AppEnv, Member } from './app-context.ts';
import { mayBegin, mayUseCookies, type Source } from './origins.ts';
import type { Services } from './services.ts';

export type Asking = Context<AppEnv>;

export interface Identify {
  /** Finds the member by the Bearer token; cookies are not parsed. Throws auth/…. */
  byBearer(c: Asking): Promise<Member>;
  /** Finds the member by the Bearer token if there is one, else by cookies. Throws auth/…. */
  member(c: Asking): Promise<Member>;
}

/** The token of an `Authorization: Bearer` header; undefined for other schemes. */
export const bearerOf = (c: Asking): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
export const hasBearer = (c: Asking): boolean => /^Bearer\b/i.test(c.req.header('authorization') ?? '');

export const missing = () => new Failure('auth/missing', 'Expected an Authorization header or a session cookie.');
export const refused = () => new Failure('auth/refused', 'Expected valid credentials.');

/** The failure for a valid token of a puntual session or account that has ended. */
const ended = (userId: string) =>
  new Failure('auth/session-revoked', 'This session has ended: sign in again.', { details: { userId } });

export const sourceOf = (c: Asking): Source => ({
  origin: c.req.header('origin'),
  site: c.req.header('sec-fetch-site'),
});

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Refuses a request that would change something and is identified by a cookie, unless the browser says that our own page or a page of a listed origin
 * sent it. Throws auth/cross-site.
 */
export function refuseCrossSite(c: Asking, context: AppContext): void {
  if (!UNSAFE.has(c.req.method)) return;
  if (mayUseCookies(sourceOf(c), context)) return;
  throw new Failure('auth/cross-site', 'Expected the request to come from our own pages.');
}

/** Refuses a sign-in from a foreign page, so that such a page cannot sign a browser in to an account of the page's author. Throws auth/cross-site. */
export function refuseStrangePage(c: Asking, context: AppContext): void {
  if (mayBegin(sourceOf(c), context)) return;
  throw new Failure('auth/cross-site', 'Expected the request to come from our own pages.');
}

export function createIdentify(services: Services, sessions: LiveSessions, context: AppContext): Identify {
  const { access, clock, store } = services;
  const identify = async (accessToken: Secret, by: Member['by']): Promise<Member> => {
    const who = await access.verify(accessToken, clock.now());
    const { userId, email, source } = who;
    if (source === 'puntual') {
      const session = await sessions.read(who.sessionId);
      if (session?.userId !== userId) throw ended(userId);
      const { deviceFingerprint, provedAt, admission } = session;
      const { sessionId } = who;
      return { userId, email, source, by, accessToken, sessionId, deviceFingerprint, provedAt, admission };
    }
    const { supabaseSessionId, issuedAt, provedAt } = who;
    const at = { now: clock.now(), issuedAt };
    const stands = await store.readSupabaseMember(userId, supabaseSessionId, at).catch((error: unknown) => {
      throw asFailure(error).code === 'auth/session-revoked' ? ended(userId) : error;
    });
    return { userId, email, source, by, accessToken, supabaseSessionId, issuedAt, provedAt, ...stands };
  };
  const byCookies = async (c: Asking): Promise<Member> => {
    const header = c.req.header('cookie');
    const own = readOwnCookies(header);
    const theirs = await readSsrCookies(header, context.supabase.url);
    if (!own.access && !own.refresh && !theirs) throw missing();
    refuseCrossSite(c, context);
    if (own.access) return identify(own.access, 'cookie');
    // A browser that sends our refresh cookie and no access cookie is not identified by Supabase's cookies, even if its puntual session has ended.
    if (own.refresh || !theirs) throw missing();
    return identify(theirs.accessToken, 'cookie').catch((error) => renewed(c, theirs, asFailure(error)));
  };
  // Supabase Auth is asked for new tokens only if the access token in the cookie has a valid signature and has expired.
  const renewed = async (c: Asking, before: SsrCookies, why: Failure): Promise<Member> => {
    if (!hasExpired(why)) throw why;
    const secure = context.publicUrl.startsWith('https:');
    const renewal = await renewSsrSession(context.supabase, { before, secure, now: clock.now() });
    if (!renewal) throw refused();
    const member = await identify(renewal.accessToken, 'cookie');
    for (const cookie of renewal.cookies) c.header('Set-Cookie', cookie, { append: true });
    return member;
  };
  const byBearer = async (c: Asking): Promise<Member> => {
    const token = bearerOf(c);
    if (token === undefined) throw hasBearer(c) ? refused() : missing();
    return identify(new Secret(token), 'bearer');
  };
  // If a request has a Bearer token, its cookies are not parsed, so that they cannot change which member is found.
  const member = (c: Asking) => (hasBearer(c) ? byBearer(c) : byCookies(c));
  return { byBearer, member };
}
