// Which web pages may use us from a browser: our own, and those of the origins an operator has listed (ALLOWED_ORIGINS). One list and
// one rule for HTTP, preflights and Socket.IO. It proves no identity: a listed page still brings a Bearer, or a member's own cookie.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { EXECUTE_PATH, QUEUE_CHECK_PATH, REFRESH_PART_PATH } from '../services/dispatch/qstash.ts';
import type { AppContext, AppEnv } from './app-context.ts';
import { TELEGRAM_PATH } from './telegram.ts';

export type Place = Pick<AppContext, 'publicUrl' | 'sameOrigins' | 'allowedOrigins'>;

const isOurs = (origin: string, { publicUrl, sameOrigins }: Place): boolean =>
  origin === publicUrl || sameOrigins.includes(origin);

/** May a page of this origin call us at all, with a token of its own? */
export const isWelcome = (origin: string, place: Place): boolean =>
  isOurs(origin, place) || place.allowedOrigins.includes(origin);

/** The headers in which a browser says where it calls from; other clients send neither. */
export interface Source {
  readonly origin: string | undefined;
  readonly site: string | undefined;
}

/** May a person sign in from there? */
export const mayBegin = ({ origin, site }: Source, place: Place): boolean =>
  origin === undefined ? site === undefined || site === 'same-origin' : isWelcome(origin, place);

/**
 * Does a browser's cookie count? Origin and Sec-Fetch-Site, or one of them, say where it calls from: our own page, or a listed one of the same
 * site. Across sites a cookie never counts, listed or not.
 */
export function mayUseCookies({ origin, site }: Source, place: Place): boolean {
  if (origin === undefined) return site === 'same-origin';
  if (isOurs(origin, place)) return site === undefined || site === 'same-origin';
  return place.allowedOrigins.includes(origin) && (site === undefined || site === 'same-site');
}

/** Called by machines, which need no permission; a browser does not call these. */
const MACHINES = new Set([EXECUTE_PATH, REFRESH_PART_PATH, QUEUE_CHECK_PATH, TELEGRAM_PATH]);
const isForPages = (path: string): boolean =>
  path.startsWith('/api/') &&
  !path.startsWith('/api/cron/') &&
  !path.startsWith('/api/operator/') &&
  !MACHINES.has(path);

const PREFLIGHT_LIFE_S = 600;

/** Lets pages of the listed origins read the answers of members' endpoints. Other origins get no such header, never `*`. */
export function shareWithListed(place: Place): MiddlewareHandler<AppEnv> {
  const share = cors({
    origin: [...place.allowedOrigins],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key'],
    exposeHeaders: ['Retry-After', 'X-Request-Id', 'Idempotency-Replayed'],
    credentials: true,
    maxAge: PREFLIGHT_LIFE_S,
  });
  return async (c, next) => {
    if (place.allowedOrigins.length === 0 || !isForPages(c.req.path)) return next();
    if (place.allowedOrigins.includes(c.req.header('origin') ?? '')) return share(c, next);
    await next();
    // A cache must not serve one origin's permission to another.
    c.header('Vary', 'Origin', { append: true });
  };
}
