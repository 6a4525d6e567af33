// A member's notice channels of every kind: added, shown, tested and deleted. No answer holds the whole address of a channel, because a key may be
// part of that address.
import { createRoute, z } from '@hono/zod-openapi';
import { addChannel } from '../../jobs/add-channel.ts';
import { tryChannel } from '../../jobs/try-channel.ts';
import { Failure } from '../../services/failures.ts';
import { CHANNEL_KINDS, CHANNEL_STATES } from '../../services/notify/channel.ts';
import { maskedMailbox } from '../../services/notify/channels/email.ts';
import { subscriptionShape } from '../../services/notify/channels/web-push.ts';
import { channelsOf } from '../../services/notify/notify.ts';
import { type OpenedChannel, readChannels } from '../../services/notify/own-channels.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { createLimiter } from '../limits.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, created, id, instant, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const PATH = '/api/notifications/channels';
/** How many test notices a member may ask for in a minute, so that no member can flood a webhook's server or fill another person's mailbox. */
const TRIALS = { most: 5, windowMs: 60_000 };
const ADDITIONS = { most: 10, windowMs: 60 * 60_000 };

const wishShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), address: z.string().min(3).max(254) }),
    z.strictObject({ kind: z.literal('telegram') }),
    z.strictObject({ kind: z.literal('web-push'), subscription: subscriptionShape }),
    z.strictObject({ kind: z.literal('webhook'), url: z.string().min(1).max(2_000) }),
  ])
  .openapi('ChannelWish', { example: { kind: 'email', address: 'ana@example.com' } });
const cardShape = z
  .object({
    id: z.string(),
    kind: z.enum(CHANNEL_KINDS),
    state: z.enum(CHANNEL_STATES),
    /** Where the channel delivers: a host or origin, or a shortened e-mail address; null for Telegram, which has neither. */
    label: z.string().nullable(),
    createdAt: instant,
  })
  .openapi('ChannelCard');
const listShape = z.object({
  channels: z.array(cardShape),
  /** The kinds of channels for which this installation is configured. */
  offered: z.array(z.enum(CHANNEL_KINDS)),
  /** The key that a browser passes to `pushManager.subscribe`; null if this installation sends no push messages. */
  vapidPublicKey: z.string().nullable(),
});
const addedShape = z.object({
  channel: z.object({ id: z.string(), kind: z.enum(CHANNEL_KINDS), state: z.enum(CHANNEL_STATES) }),
  /** The key that signs notices to a webhook; only the answer that adds the channel shows it. */
  secret: z.string().optional(),
  /** The address that opens the chat with the Telegram bot; present for Telegram only. */
  link: z.string().optional(),
  /** Until when the channel can be confirmed; present only if it must be confirmed. */
  expiresAt: instant.optional(),
});
const OUTCOMES = ['delivered', 'refused', 'unreachable', 'not-public', 'gone', 'unclear'] as const;
const one = { params: z.object({ id }) };
const missing = () => new Failure('notice/no-channel', 'Expected one of your own channels.');

export function channelRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const trials = createLimiter(services.clock, TRIALS);
  const additions = createLimiter(services.clock, ADDITIONS);
  const { telegram, vapidPublicKey, publicUrl } = context;
  const list = createRoute({
    method: 'get',
    path: PATH,
    ...guards.member,
    summary: 'Your channels, and what this installation offers',
    responses: answers('The oldest first', listShape),
  });
  router.openapi(list, async (c) => {
    const channels = await readChannels(services, c.get('member').userId);
    const offers = channelsOf(services);
    const offered = CHANNEL_KINDS.filter((kind) => offers[kind]);
    return c.json({ channels: channels.map(toCard), offered, vapidPublicKey: vapidPublicKey ?? null }, 200);
  });

  const add = createRoute({
    method: 'post',
    path: PATH,
    ...guards.member,
    summary:
      'Add a channel, in place of the one of its kind; e-mail and Telegram are told nothing until they are confirmed',
    request: jsonBody(wishShape),
    responses: created('Added', addedShape),
  });
  router.openapi(add, async (c) => {
    const { userId } = c.get('member');
    additions.take(userId);
    const telegramLink = telegram && ((code: Parameters<typeof telegram.linkFor>[0]) => telegram.linkFor(code));
    const request = { userId, wish: c.req.valid('json') };
    const { secret, link, expiresAt, ...channel } = await addChannel({ ...services, telegramLink, publicUrl }, request);
    const more = { ...(secret && { secret: secret.reveal() }), ...(link !== undefined && { link }) };
    return c.json({ channel, ...more, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) }, 201);
  });

  const remove = createRoute({
    method: 'delete',
    path: `${PATH}/{id}`,
    ...guards.member,
    summary: 'Tell nothing there any more',
    request: one,
    responses: answers('Removed', z.object({ removed: z.number() })),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    const removed = await services.store.removeOwnChannel(c.req.valid('param').id, c.get('member').userId);
    if (removed === 0) throw missing();
    return c.json({ removed }, 200);
  });

  const trial = createRoute({
    method: 'post',
    path: `${PATH}/{id}/test`,
    ...guards.member,
    summary: 'Send a test notice there now',
    request: one,
    responses: answers('Whether it arrived', z.object({ outcome: z.enum(OUTCOMES) })),
  });
  router.openapi(trial, async (c) => {
    await refuseAnyBody(c);
    const { userId } = c.get('member');
    const { id: channelId } = c.req.valid('param');
    trials.take(userId);
    return c.json({ outcome: await tryChannel(services, { userId, is: (own) => own.id === channelId }) }, 200);
  });
  return router;
}

const toCard = (channel: OpenedChannel): z.infer<typeof cardShape> => ({
  id: channel.id,
  kind: channel.kind,
  state: channel.state,
  label: labelOf(channel),
  createdAt: channel.createdAt.toISOString(),
});

function labelOf({ kind, target }: OpenedChannel): string | null {
  const address = target.address.reveal();
  if (kind === 'email') return maskedMailbox(address);
  if (kind === 'webhook') return new URL(address).origin;
  return kind === 'web-push' ? new URL(subscriptionShape.parse(JSON.parse(address)).endpoint).host : null;
}
