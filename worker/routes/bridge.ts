// Exchanges a Supabase token for a puntual session. The Supabase token must come as a Bearer, and cookies are set only when the whole exchange for a
// puntual session has succeeded.
import { createRoute, z } from '@hono/zod-openapi';
import { bridgeSession } from '../../jobs/bridge-session.ts';
import { Failure } from '../../services/failures.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { sessionCookies } from '../../services/identity/cookies.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { originOf, refuseAnyBody } from '../request.ts';
import { answers, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const answerShape = z.object({ session: z.object({ id: z.string(), expiresAt: instant }), accessToken: z.string() });

export function bridgeRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'post',
    path: '/api/auth/session/bridge',
    ...guards.bearer,
    summary: 'Begin a session here with a token of Supabase',
    responses: answers('Begun; sets the session cookies', answerShape),
  });
  router.openapi(route, async (c) => {
    await refuseAnyBody(c);
    const { source, userId, email, supabaseSessionId, issuedAt } = c.get('member');
    // Our own access token is refused: it lives for ten minutes, and the bridge would turn it into a puntual session of three months.
    if (source !== 'supabase') throw new Failure('auth/refused', 'Expected a token of Supabase, not one of ours.');
    const opened = await bridgeSession(services, {
      ...{ userId, email, supabaseSessionId, issuedAt },
      ...originOf(c, context),
    });
    for (const cookie of sessionCookies({ ...opened, accessLifeMs: ACCESS_LIFE_MS }))
      c.header('Set-Cookie', cookie, { append: true });
    const session = { id: opened.sessionId, expiresAt: opened.sessionExpiresAt.toISOString() };
    return c.json({ session, accessToken: opened.accessToken.reveal() }, 200);
  });
  return router;
}
