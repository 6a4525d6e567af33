// A device that missed two renewals or more holds only a gym token that is too old to prove which device it is. A device with a gym token
// that is too old can prove which device it is by puntual's refresh cookie, if the cookie's puntual session was opened on that device. Each endpoint
// that takes a refresh cookie, this one too, exchanges it for the next refresh cookie, so that a stolen cookie is detected.
import { createRoute, z } from '@hono/zod-openapi';
import { proveDeviceBySession } from '../../jobs/prove-device-by-session.ts';
import { rotateSession } from '../../jobs/rotate-session.ts';
import { Failure } from '../../services/failures.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { readOwnCookies, sessionCookies } from '../../services/identity/cookies.ts';
import type { AppContext, Router } from '../app-context.ts';
import { refuseCrossSite } from '../identify.ts';
import { answers, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

/** A fingerprint of any JSON type: the schema does not check it, so that every wrong value gets the same error. */
const claim = z.unknown().optional().openapi({ type: 'string' });

export function deviceProofRoutes(services: Services, context: AppContext): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'post',
    path: '/api/auth/device-proof',
    security: [{ refresh: [] }],
    summary: 'Fetch this device’s gym token by the session that was opened on it; sets the session cookies',
    request: jsonBody(z.strictObject({ fingerprint: claim }).openapi('DeviceProof')),
    responses: answers('The token in force', z.object({ token: z.string() })),
  });
  router.openapi(route, async (c) => {
    const { refresh: refreshToken } = readOwnCookies(c.req.header('cookie'));
    if (!refreshToken) throw new Failure('auth/missing', 'Expected the refresh cookie: sign in again.');
    refuseCrossSite(c, context);
    const rotated = await rotateSession(services, { refreshToken });
    const { fingerprint } = c.req.valid('json');
    const { token } = await proveDeviceBySession(services, { sessionId: rotated.sessionId, fingerprint });
    // A failed request sets no cookies. If the request fails after the refresh cookie was exchanged, the browser keeps that cookie, which still
    // works, because the next refresh cookie was never used.
    for (const cookie of sessionCookies({ ...rotated, accessLifeMs: ACCESS_LIFE_MS }))
      c.header('Set-Cookie', cookie, { append: true });
    return c.json({ token: token.reveal() }, 200);
  });
  return router;
}
