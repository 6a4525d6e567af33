// What every request passes before its endpoint: an id, a log line, headers, and the refusals that hold for all endpoints.
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { Failure } from '../services/failures.ts';
import { masked } from '../services/log.ts';
import type { AppContext, AppEnv } from './app-context.ts';
import type { Services } from './services.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/**
 * The path pattern of the endpoint, for a metric's label. If a metric's label held the requested path itself, the label could have any number of
 * values.
 */
const routeOf = (c: Context<AppEnv>): string => {
  const path = matchedRoutes(c).at(-1)?.path;
  return path === undefined || path.endsWith('*') ? 'none' : path;
};

/** Counts and times each request, and at level debug logs method, path without query, status and time, but no header and no body. */
export const observe = ({ logger, clock }: Services, { meters }: Pick<AppContext, 'meters'>) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const requestId = randomUUID();
    const startedAtMs = clock.monotonicMs();
    c.set('requestId', requestId);
    c.set('logger', logger.child({ requestId }));
    await next();
    const ms = clock.monotonicMs() - startedAtMs;
    const method = METHODS.has(c.req.method) ? c.req.method : 'other';
    meters.requests.inc({ method, route: routeOf(c), status: c.res.status });
    meters.requestSeconds.observe(ms / 1000);
    // Request lines are written at level debug only: 30 requests a second would make 20 MB of log an hour.
    if (!logger.isLevelEnabled('debug')) return;
    const line = {
      method: c.req.method,
      path: masked(c.req.path),
      status: c.res.status,
      ms: Math.round(ms),
    };
    c.get('logger').debug(line, 'request');
  });

export const setHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  c.res.headers.set('X-Request-Id', c.get('requestId'));
  // Browsers may not cache an answer, unless its endpoint has set Cache-Control; only the endpoints of the app's files do so.
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  c.res.headers.set('Referrer-Policy', 'no-referrer');
  c.res.headers.set('X-Content-Type-Options', 'nosniff');
});

/** Names of query parameters that hold secrets; they are refused, because URLs end up in logs, histories and Referer headers. */
const TOKEN_NAMES = new Set([
  'accesstoken',
  'refreshtoken',
  'currenttoken',
  'devicetoken',
  'idtoken',
  'token',
  'jwt',
  'bearer',
  'authorization',
  'apikey',
  'secret',
  'password',
]);

export const hasTokenInUrl = (url: URL): boolean =>
  [...url.searchParams.keys()].some((name) => TOKEN_NAMES.has(name.toLowerCase().replace(/[-_.]/g, '')));

export const refuseTokensInUrl = createMiddleware<AppEnv>(async (c, next) => {
  if (hasTokenInUrl(new URL(c.req.url)))
    throw new Failure('request/token-in-url', 'Expected tokens in the Authorization header, never in the URL.');
  await next();
});

/** Refuses a body that is not declared as JSON: a form on another site's page can send such a body without a preflight. */
export const refuseForeignBodies = createMiddleware<AppEnv>(async (c, next) => {
  const type = c.req.header('content-type');
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '');
  // GET, HEAD, requests to /confirm/ and requests to the timed jobs are not checked. The page at /confirm/ posts an empty form. A timed job demands a
  // secret or a signature in a header, which a form on another site's page cannot send.
  if (c.req.path.startsWith('/confirm/')) return next();
  if (c.req.path.includes('/cron/') || c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const hasBody = Number(c.req.header('content-length') ?? 0) > 0 || c.req.header('transfer-encoding') !== undefined;
  if (!isJson && (type !== undefined || hasBody))
    throw new Failure('request/not-json', 'Expected Content-Type: application/json.');
  return next();
});

/** The IP address in one entry of X-Forwarded-For, to which some proxies add a port; undefined if the entry holds no address. */
function addressIn(entry: string | undefined): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(entry ?? '')?.[1] ?? entry?.replace(/^([\d.]+):\d+$/, '$1') ?? '';
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * The client's IP address as our outermost proxy saw it; undefined without proxies. Each proxy appends its peer's address to the header
 * X-Forwarded-For. Only the entries that our own proxies appended are trusted.
 */
function forwardedBy(proxies: number, header: string | undefined): string | undefined {
  const entries = (header ?? '').split(',').map((entry) => entry.trim());
  return proxies === 0 ? undefined : addressIn(entries.at(-proxies) ?? entries[0]);
}

/** The caller's IP address, from the connection or from our proxies, and its User-Agent. */
export function originOf(
  c: Context<AppEnv>,
  context: AppContext,
): { ip: string | undefined; userAgent: string | undefined } {
  const forwarded = forwardedBy(context.trustedProxies, c.req.header('x-forwarded-for'));
  const ip = forwarded ?? c.env?.incoming?.socket?.remoteAddress;
  return { ip, userAgent: c.req.header('user-agent')?.slice(0, 300) };
}

/** Refuses a body at an endpoint that takes none, so that a caller that sends a userId or token gets an error. Throws request/invalid. */
export async function refuseAnyBody(c: Context<AppEnv>): Promise<void> {
  const text = (await c.req.text()).trim();
  if (text !== '' && text.replace(/\s/g, '') !== '{}')
    throw new Failure('request/invalid', 'Expected no body, or an empty object.');
}
