// puntual's own sessions: keep a session alive, list the member's sessions, end one or all. No endpoint of this file calls the gym.
import { createRoute, z } from '@hono/zod-openapi';
import { rotateSession } from '../../jobs/rotate-session.ts';
import { adviceFor, asFailure, Failure } from '../../services/failures.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { expiredCookies, readOwnCookies, sessionCookies } from '../../services/identity/cookies.ts';
import type { LiveSessions } from '../../services/identity/live-session.ts';
import type { AppContext, Member, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { type Asking, hasBearer, type Identify, refuseCrossSite, sourceOf } from '../identify.ts';
import { mayUseCookies } from '../origins.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, id, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const refreshShape = z.object({
  session: z.object({ id: z.string(), expiresAt: instant }),
  accessToken: z.string(),
  expiresAt: instant,
});
const listShape = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      userAgent: z.string().nullable(),
      createdAt: instant,
      lastSeenAt: instant,
      current: z.boolean(),
    }),
  ),
});
const endedShape = z.object({ ended: z.number() });

export function sessionRoutes(
  services: Services,
  context: AppContext,
  guards: Guards,
  identify: Identify,
  live: LiveSessions,
): Router {
  const router = newRouter();
  const { store, clock, family } = services;
  const end = async (userId: string, sessionId: string | undefined) => {
    const ended = await store.revokeUserSessions(userId, sessionId, clock.now());
    live.forget();
    return ended;
  };
  /**
   * Gives the id of the puntual session to which the request's refresh cookie belongs, even if a later refresh token has replaced the cookie's token.
   * Undefined without a refresh cookie, or if the request comes from a page for which `mayUseCookies` is false.
   */
  const keptAlive = (c: Asking): string | undefined => {
    const { refresh } = readOwnCookies(c.req.header('cookie'));
    return refresh && mayUseCookies(sourceOf(c), context) ? family.parse(refresh)?.sessionId : undefined;
  };
  const endKept = async (sessionId: string | undefined): Promise<number> => {
    const row = sessionId === undefined ? undefined : await store.readUserSession(sessionId, clock.now());
    return row ? end(row.userId, sessionId) : 0;
  };
  const clearCookies = (c: Asking): void => {
    for (const cookie of expiredCookies()) c.header('Set-Cookie', cookie, { append: true });
  };
  /** Gives the member that signs out, or undefined if only the refresh cookie identifies the session; throws auth/… if nothing identifies it. */
  const whoLeaves = async (c: Asking, kept: string | undefined): Promise<Member | undefined> => {
    try {
      return await identify.member(c);
    } catch (error) {
      if (hasBearer(c) || adviceFor(asFailure(error).code).status !== 401) throw error;
      clearCookies(c);
      if (kept === undefined) throw error;
      return undefined;
    }
  };

  const refresh = createRoute({
    method: 'post',
    path: '/api/auth/session/refresh',
    security: [{ refresh: [] }],
    summary: 'Exchange the refresh cookie for the next one',
    responses: answers('Rotated; sets the session cookies', refreshShape),
  });
  router.openapi(refresh, async (c) => {
    const { refresh: refreshToken } = readOwnCookies(c.req.header('cookie'));
    if (!refreshToken) throw new Failure('auth/missing', 'Expected the refresh cookie: sign in again.');
    refuseCrossSite(c, context);
    await refuseAnyBody(c);
    const rotated = await rotateSession(services, { refreshToken });
    for (const cookie of sessionCookies({ ...rotated, accessLifeMs: ACCESS_LIFE_MS }))
      c.header('Set-Cookie', cookie, { append: true });
    const session = { id: rotated.sessionId, expiresAt: rotated.sessionExpiresAt.toISOString() };
    return c.json(
      { session, accessToken: rotated.accessToken.reveal(), expiresAt: rotated.expiresAt.toISOString() },
      200,
    );
  });

  const list = createRoute({
    method: 'get',
    path: '/api/auth/sessions',
    ...guards.member,
    summary: 'Where you are signed in',
    responses: answers('Your sessions, last seen first', listShape),
  });
  router.openapi(list, async (c) => {
    const { userId, sessionId } = c.get('member');
    const rows = await store.readUserSessions(userId, clock.now());
    const sessions = rows.map((row) => ({
      id: row.id,
      userAgent: row.userAgent ?? null,
      createdAt: row.createdAt.toISOString(),
      lastSeenAt: row.lastSeenAt.toISOString(),
      current: row.id === sessionId,
    }));
    return c.json({ sessions }, 200);
  });

  const revoke = createRoute({
    method: 'delete',
    path: '/api/auth/sessions/{id}',
    ...guards.member,
    summary: 'End one of your sessions, or `all`',
    request: { params: z.object({ id: z.union([z.literal('all'), id]) }) },
    responses: answers('How many ended', endedShape),
  });
  router.openapi(revoke, async (c) => {
    await refuseAnyBody(c);
    const { id: which } = c.req.valid('param');
    const { userId, sessionId } = c.get('member');
    const kept = keptAlive(c);
    const ended = which === 'all' ? (await end(userId, undefined)) + (await endKept(kept)) : await end(userId, which);
    if (which === 'all' || (ended > 0 && [sessionId, kept].includes(which))) clearCookies(c);
    if (ended === 0 && which !== 'all')
      throw new Failure('session/missing', 'Expected one of your own sessions that has not ended.');
    return c.json({ ended }, 200);
  });

  const logout = createRoute({
    method: 'post',
    path: '/api/auth/logout',
    security: [...guards.member.security, { refresh: [] }],
    summary: 'Leave: end this session and remove its cookies',
    responses: answers('How many ended', endedShape),
  });
  router.openapi(logout, async (c) => {
    c.header('Vary', 'Authorization, Cookie');
    const kept = keptAlive(c);
    const member = await whoLeaves(c, kept);
    await refuseAnyBody(c);
    const own = member?.sessionId === undefined ? 0 : await end(member.userId, member.sessionId);
    const ended = own + (await endKept(kept));
    c.header('Set-Cookie', undefined);
    clearCookies(c);
    return c.json({ ended }, 200);
  });
  return router;
}
