// The endpoints by which a device renews its own gym token or fetches the token that is in force. A caller that cannot prove that it is the device
// always gets the same error; therefore the schema does not check fingerprint and token.
import { createRoute, z } from '@hono/zod-openapi';
import { syncDeviceSession } from '../../jobs/sync-device-session.ts';
import { updateDeviceToken } from '../../jobs/update-device-token.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { counted } from '../monitor/meters.ts';
import { answers, instant, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const claim = z.unknown().optional().openapi({ type: 'string' });
const updatedShape = z.object({ token: z.string(), tokenUpdateCount: z.number() });
const syncedShape = z.union([
  z.object({ needsSync: z.literal(false) }),
  z.object({ needsSync: z.literal(true), token: z.string(), refreshedAt: instant }),
]);

export function deviceRoutes(services: Services, { meters }: AppContext, guards: Guards): Router {
  const router = newRouter();
  const update = createRoute({
    method: 'post',
    path: '/api/auth/token-update',
    ...guards.member,
    summary: 'Renew this device’s gym token now; `token` proves that it is this device',
    request: jsonBody(z.strictObject({ fingerprint: claim, token: claim }).openapi('TokenUpdate')),
    responses: answers('The new token', updatedShape),
  });
  router.openapi(update, async (c) => {
    const { fingerprint, token } = c.req.valid('json');
    const asked = updateDeviceToken(services, { userId: c.get('member').userId, fingerprint, token });
    const updated = await counted(meters.deviceRenewals, asked, () => 'renewed');
    return c.json({ token: updated.token.reveal(), tokenUpdateCount: updated.tokenUpdateCount }, 200);
  });

  const sync = createRoute({
    method: 'post',
    path: '/api/auth/sync-device-session',
    ...guards.member,
    summary:
      'Fetch this device’s gym token, if it has changed; the current one or the one before proves that it is this device',
    request: jsonBody(z.strictObject({ fingerprint: claim, currentToken: claim }).openapi('DeviceSync')),
    responses: answers('Whether it has changed', syncedShape),
  });
  router.openapi(sync, async (c) => {
    const { fingerprint, currentToken } = c.req.valid('json');
    const { userId } = c.get('member');
    const asked = syncDeviceSession(services, { userId, fingerprint, currentToken });
    const synced = await counted(meters.deviceSyncs, asked, ({ needsSync }) => (needsSync ? 'synced' : 'in-step'));
    if (!synced.needsSync) return c.json({ needsSync: false as const }, 200);
    const { token, refreshedAt } = synced;
    return c.json({ needsSync: true as const, token: token.reveal(), refreshedAt: refreshedAt.toISOString() }, 200);
  });
  return router;
}
