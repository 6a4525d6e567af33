// Which web pages may call this service from a browser: our own, and those of the origins that the operator has listed (ALLOWED_ORIGINS). HTTP,
// preflights and Socket.IO use the same list of origins. The origin proves no identity: a request from a page of a listed origin still needs a Bearer
// token, or a member's own cookie.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { EXECUTE_PATH, QUEUE_CHECK_PATH, REFRESH_PART_PATH } from '../services/dispatch/qstash.ts';
import type { AppContext, AppEnv } from './app-context.ts';
import { TELEGRAM_PATH } from './telegram.ts';

export type Place = Pick<AppContext, 'publicUrl' | 'sameOrigins' | 'allowedOrigins'>;

const isOurs = (origin: string, { publicUrl, sameOrigins }: Place): boolean =>
  origin === publicUrl || sameOrigins.includes(origin);

/** Whether a page of this origin may call this service with a token that the page holds. */
export const isWelcome = (origin: string, place: Place): boolean =>
  isOurs(origin, place) || place.allowedOrigins.includes(origin);

/** The headers in which a browser says which page its request comes from; other clients send neither header. */
export interface Source {
  readonly origin: string | undefined;
  readonly site: string | undefined;
}

/** Whether a member may sign in at puntual from the page that the request's headers name. */
export const mayBegin = ({ origin, site }: Source, place: Place): boolean =>
  origin === undefined ? site === undefined || site === 'same-origin' : isWelcome(origin, place);

/**
 * Whether a browser's cookie may prove which member sends the request. Origin or Sec-Fetch-Site must say that the request comes from our own page, or
 * from a page of the same site with an origin that the operator has listed. A cookie never counts in a request from another site's page, whether that
 * page is listed or not.
 */
export function mayUseCookies({ origin, site }: Source, place: Place): boolean {
  if (origin === undefined) return site === 'same-origin';
  if (isOurs(origin, place)) return site === undefined || site === 'same-origin';
  return place.allowedOrigins.includes(origin) && (site === undefined || site === 'same-site');
}

/** Paths that the queue and Telegram call; browsers do not call these, so they get no CORS headers. */
const MACHINES = new Set([EXECUTE_PATH, REFRESH_PART_PATH, QUEUE_CHECK_PATH, TELEGRAM_PATH]);
const isForPages = (path: string): boolean =>
  path.startsWith('/api/') &&
  !path.startsWith('/api/cron/') &&
  !path.startsWith('/api/operator/') &&
  !MACHINES.has(path);

const PREFLIGHT_LIFE_S = 600;

/**
 * Lets pages of the listed origins read the answers of members' endpoints (CORS). An origin that is not listed gets no CORS header, and `*` is never
 * sent.
 */
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
    // The Vary header stops a cache from serving the answer for one origin to another.
    c.header('Vary', 'Origin', { append: true });
  };
}
