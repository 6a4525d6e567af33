// What every request passes before its endpoint: an id and a log line, headers, and the two refusals that need no endpoint to know.
import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { Failure } from '../services/failures.ts';
import { masked } from '../services/log.ts';
import type { Services } from '../services/services.ts';
import type { ShellEnv } from './shell.ts';

/** One line a request: method, path without its query, status, time. Never headers, never a body. */
export const observe = ({ logger, clock }: Services) =>
  createMiddleware<ShellEnv>(async (c, next) => {
    const requestId = randomUUID();
    const startedAtMs = clock.monotonicMs();
    c.set('requestId', requestId);
    c.set('logger', logger.child({ requestId }));
    await next();
    const line = {
      method: c.req.method,
      path: masked(c.req.path),
      status: c.res.status,
      ms: Math.round(clock.monotonicMs() - startedAtMs),
    };
    c.get('logger').info(line, 'request');
  });

export const setHeaders = createMiddleware<ShellEnv>(async (c, next) => {
  await next();
  c.res.headers.set('X-Request-Id', c.get('requestId'));
  c.res.headers.set('Cache-Control', 'no-store');
  c.res.headers.set('Referrer-Policy', 'no-referrer');
  c.res.headers.set('X-Content-Type-Options', 'nosniff');
});

/** URLs end up in logs, histories and Referer headers. */
const TOKEN_NAMES = new Set([
  'accesstoken',
  'access_token',
  'token',
  'refreshtoken',
  'refresh_token',
  'apikey',
  'api_key',
  'password',
]);

export const refuseTokensInUrl = createMiddleware<ShellEnv>(async (c, next) => {
  const names = [...new URL(c.req.url).searchParams.keys()].map((name) => name.toLowerCase());
  if (names.some((name) => TOKEN_NAMES.has(name)))
    throw new Failure('request/token-in-url', 'Expected tokens in the Authorization header, never in the URL.');
  await next();
});

/** A body is JSON and says so: what a form of another site can send without asking is refused, whatever it holds. */
export const refuseForeignBodies = createMiddleware<ShellEnv>(async (c, next) => {
  const type = c.req.header('content-type');
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '');
  // Timed jobs have no body to read; whoever starts them sets what header they like.
  if (c.req.path.includes('/cron/') || c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const hasBody = Number(c.req.header('content-length') ?? 0) > 0 || c.req.header('transfer-encoding') !== undefined;
  if (!isJson && (type !== undefined || hasBody))
    throw new Failure('request/not-json', 'Expected Content-Type: application/json.');
  return next();
});
