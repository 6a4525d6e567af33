// A member's boxes: the member's role in each, its time zone, and when its classes open, as far as that is known.
import { createRoute, z } from '@hono/zod-openapi';
import type { Router } from '../app-context.ts';
import { ownBoxShape, toOwnBox } from '../box-shape.ts';
import type { Guards } from '../guards.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

/** The endpoint GET `/api/boxes`. */
export function boxRoutes({ store }: Services, guards: Guards): Router {
  const router = newRouter();
  const list = createRoute({
    method: 'get',
    path: '/api/boxes',
    ...guards.member,
    summary: 'Your boxes, as the latest login at the gym named them',
    responses: answers('By name', z.object({ boxes: z.array(ownBoxShape) })),
  });
  router.openapi(list, async (c) => {
    const { userId } = c.get('member');
    const [boxes, account] = await Promise.all([store.readMemberBoxes(userId), store.readAccount(userId)]);
    return c.json({ boxes: boxes.map((box) => toOwnBox(box, account?.language)) }, 200);
  });
  return router;
}
