// A member's list of notices: what happened, and whether a channel delivered it. A member without a channel can read the list of notices, too.
import { createRoute, z } from '@hono/zod-openapi';
import { categoryOf } from '../../services/notify/category.ts';
import { messageOf } from '../../services/notify/messages.ts';
import { languageOf } from '../../services/notify/tell-member.ts';
import type { Language } from '../../services/prebooking/words/words.ts';
import type { FedNotice } from '../../services/store/notice-store.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, instant, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const PATH = '/api/notices';
const MAX_ID = Number.MAX_SAFE_INTEGER;
const queryShape = z.object({
  /** The id of the last notice that the caller has; when left out, the newest notices are returned. */
  after: z.coerce.number().int().min(0).max(MAX_ID).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const noticeShape = z
  .object({
    id: z.number(),
    kind: z.string(),
    category: z.string().nullable(),
    happenedAt: instant,
    text: z.string(),
    link: z.string().nullable(),
    prebookingId: z.string().nullable(),
    /**
     * `told`: a channel accepted the notice; `waiting`: delivery is still tried, or held back by quiet hours; `untold`: no channel accepted it;
     * `muted`: the member has switched off its category.
     */
    state: z.enum(['told', 'waiting', 'untold', 'muted']),
    isRead: z.boolean(),
  })
  .openapi('Notice');
const feedShape = z.object({
  notices: z.array(noticeShape),
  unread: z.number(),
  /** `untold-notices`: some unread notices were delivered by no channel; `no-channel`: the member has no channel that could deliver them. */
  warnings: z.array(z.enum(['no-channel', 'untold-notices'])),
});

export function noticeRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const feed = createRoute({
    method: 'get',
    path: PATH,
    ...guards.member,
    summary: 'What happened, the oldest first; nothing becomes read by looking',
    request: { query: queryShape },
    responses: answers('After the one that was named, or the newest', feedShape),
  });
  router.openapi(feed, async (c) => {
    const { userId } = c.get('member');
    const { after, limit } = c.req.valid('query');
    const [notices, counted, account] = await Promise.all([
      store.readNotices(userId, after, limit),
      store.countUnread(userId),
      store.readAccount(userId),
    ]);
    const hasChannel = account?.channels.some(({ state }) => state === 'live' || state === 'failing') === true;
    const isReached = hasChannel || services.notifyOptions?.operator !== undefined;
    const warnings = [
      ...(isReached ? [] : (['no-channel'] as const)),
      ...(counted.untold > 0 ? (['untold-notices'] as const) : []),
    ];
    const told = notices.map((one) => toNotice(one, languageOf(account ?? {}), context.publicUrl));
    return c.json({ notices: told, unread: counted.unread, warnings }, 200);
  });

  const read = createRoute({
    method: 'post',
    path: `${PATH}/read`,
    ...guards.member,
    summary: 'You have seen everything up to this one',
    request: jsonBody(z.strictObject({ upTo: z.number().int().min(0).max(MAX_ID) })),
    responses: answers('How many were unread until now', z.object({ read: z.number() })),
  });
  router.openapi(read, async (c) => {
    const { upTo } = c.req.valid('json');
    return c.json({ read: await store.markNoticesRead(c.get('member').userId, upTo, clock.now()) }, 200);
  });
  return router;
}

function toNotice(notice: FedNotice, language: Language, publicUrl: string): z.infer<typeof noticeShape> {
  const { text, link, happenedAt } = messageOf(notice, notice.createdAt, publicUrl);
  return {
    id: notice.id,
    kind: notice.kind,
    category: categoryOf(notice.kind) ?? null,
    happenedAt,
    text: text[language],
    link: link ?? null,
    prebookingId: notice.prebooking?.id ?? null,
    state: notice.state,
    isRead: notice.readAt !== undefined,
  };
}
