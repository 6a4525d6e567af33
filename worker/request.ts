// What every request passes before its endpoint: an id and a log line, headers, and the two errors that need no endpoint.
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
/** The endpoint's pattern, never the requested path: those are unlimited in number. */
const routeOf = (c: Context<AppEnv>): string => {
  const path = matchedRoutes(c).at(-1)?.path;
  return path === undefined || path.endsWith('*') ? 'none' : path;
};

/** Counts a request and its time, and writes one line at level debug: method, path without its query, status, time. Never headers, never a body. */
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
    // At 30 requests a second these would be 20 MB an hour.
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
  // Only the app's own files say otherwise.
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
  c.res.headers.set('Referrer-Policy', 'no-referrer');
  c.res.headers.set('X-Content-Type-Options', 'nosniff');
});

/** URLs end up in logs, histories and Referer headers. */
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

/** A body must be JSON and declare it: a body that a form of another site can send without permission is refused. */
export const refuseForeignBodies = createMiddleware<AppEnv>(async (c, next) => {
  const type = c.req.header('content-type');
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '');
  // Timed jobs have no body; their callers may set any header. The button of a confirming page posts an empty form: the code is in its path.
  if (c.req.path.startsWith('/confirm/')) return next();
  if (c.req.path.includes('/cron/') || c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const hasBody = Number(c.req.header('content-length') ?? 0) > 0 || c.req.header('transfer-encoding') !== undefined;
  if (!isJson && (type !== undefined || hasBody))
    throw new Failure('request/not-json', 'Expected Content-Type: application/json.');
  return next();
});

/** One entry of X-Forwarded-For; some proxies add the port. undefined for what is no address. */
function addressIn(entry: string | undefined): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(entry ?? '')?.[1] ?? entry?.replace(/^([\d.]+):\d+$/, '$1') ?? '';
  return isIP(bare) === 0 ? undefined : bare;
}

/** The address that the outermost of our own proxies saw: each adds its peer's address at the right end, and only those entries are trusted. */
function forwardedBy(proxies: number, header: string | undefined): string | undefined {
  const entries = (header ?? '').split(',').map((entry) => entry.trim());
  return proxies === 0 ? undefined : addressIn(entries.at(-proxies) ?? entries[0]);
}

/** The address a request comes from: the other end of the connection, or of our own proxies' if there are some. */
export function originOf(
  c: Context<AppEnv>,
  context: AppContext,
): { ip: string | undefined; userAgent: string | undefined } {
  const forwarded = forwardedBy(context.trustedProxies, c.req.header('x-forwarded-for'));
  const ip = forwarded ?? c.env?.incoming?.socket?.remoteAddress;
  return { ip, userAgent: c.req.header('user-agent')?.slice(0, 300) };
}

/** Endpoints without a body: a caller that sends a userId or a token in one gets an error. Throws request/invalid. */
export async function refuseAnyBody(c: Context<AppEnv>): Promise<void> {
  const text = (await c.req.text()).trim();
  if (text !== '' && text.replace(/\s/g, '') !== '{}')
    throw new Failure('request/invalid', 'Expected no body, or an empty object.');
}
