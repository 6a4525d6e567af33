// How many plan tokens a member has left in the current period of the plan at puntual.
import { createRoute } from '@hono/zod-openapi';
import { reportUsage } from '../../jobs/report-usage.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';
import { usageShape } from '../usage-shape.ts';

export function usageRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/api/usage',
    ...guards.guest,
    summary: 'Tokens left in this period: one for each place that was won',
    responses: answers('The subscription', usageShape),
  });
  router.openapi(route, async (c) => c.json(await reportUsage(services, { userId: c.get('member').userId }), 200));
  return router;
}
