// A member's webhook, an https address that gets signed notices; routes/channels.ts has every kind of channel. No answer holds the whole address of a
// webhook, because a key may be part of the address.
import { createRoute, z } from '@hono/zod-openapi';
import { tryChannel } from '../../jobs/try-channel.ts';
import { keepWebhook, readChannels } from '../../services/notify/own-channels.ts';
import { Secret } from '../../services/secret.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { createLimiter } from '../limits.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, instant, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const PATH = '/api/notifications/webhook';
const MAX_ADDRESS = 2_000;
/** How many test notices to the member's webhook a member may ask for in a minute, so that no member can flood the webhook's server. */
const TRIALS = { most: 5, windowMs: 60_000 };

const wishShape = z.strictObject({ url: z.string().min(1).max(MAX_ADDRESS) }).openapi('WebhookWish');
const webhookShape = z.object({ origin: z.string(), createdAt: instant });
const keptShape = z.object({ origin: z.string(), secret: z.string() });
const shownShape = z.object({ webhook: webhookShape.nullable() });
const trialShape = z.object({
  outcome: z.enum(['delivered', 'refused', 'unreachable', 'not-public', 'gone', 'unclear']),
});

const originIn = (address: Secret): string => new URL(address.reveal()).origin;

export function notificationRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const trials = createLimiter(services.clock, TRIALS);
  const keep = createRoute({
    method: 'put',
    path: PATH,
    ...guards.member,
    summary:
      'Have notices sent to this https address, in place of the one before; the signing secret is shown this once',
    request: jsonBody(wishShape),
    responses: answers('Kept; Puntual-Signature is HMAC-SHA256 over `<t>.<body>` with the secret', keptShape),
  });
  router.openapi(keep, async (c) => {
    const address = new Secret(c.req.valid('json').url);
    const secret = await keepWebhook(services, c.get('member').userId, address);
    return c.json({ origin: originIn(address), secret: secret.reveal() }, 200);
  });

  const show = createRoute({
    method: 'get',
    path: PATH,
    ...guards.member,
    summary: 'Where notices are sent: the host, never the whole address',
    responses: answers('The webhook, or null', shownShape),
  });
  router.openapi(show, async (c) => {
    const found = (await readChannels(services, c.get('member').userId)).find(({ kind }) => kind === 'webhook');
    const webhook = found && { origin: originIn(found.target.address), createdAt: found.createdAt.toISOString() };
    return c.json({ webhook: webhook ?? null }, 200);
  });

  const remove = createRoute({
    method: 'delete',
    path: PATH,
    ...guards.member,
    summary: 'Send notices there no more',
    responses: answers('How many were removed', z.object({ removed: z.number() })),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    return c.json({ removed: await services.store.removeNoticeChannel(c.get('member').userId, 'webhook') }, 200);
  });

  const trial = createRoute({
    method: 'post',
    path: `${PATH}/test`,
    ...guards.member,
    summary: 'Send a test notice there now',
    responses: answers('Whether it arrived', trialShape),
  });
  router.openapi(trial, async (c) => {
    await refuseAnyBody(c);
    const { userId } = c.get('member');
    trials.take(userId);
    return c.json({ outcome: await tryChannel(services, { userId, is: ({ kind }) => kind === 'webhook' }) }, 200);
  });
  return router;
}
