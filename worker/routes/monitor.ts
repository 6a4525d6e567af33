// The operator's two views of the same rows: Prometheus text and a page.
import { createRoute } from '@hono/zod-openapi';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { CONTENT_TYPE, expose } from '../monitor/exposition.ts';
import { PAGE_POLICY, renderMonitor } from '../monitor/page.ts';
import { takeSnapshot } from '../monitor/snapshot.ts';
import { newRouter } from '../router.ts';
import type { Services } from '../services.ts';

export function monitorRoutes({ store, clock }: Services, guards: Guards): Router {
  const router = newRouter();
  const snapshot = async () => {
    const now = clock.now();
    const [rows, unreachable] = await Promise.all([store.readMonitor(now), store.countUnreachable(now)]);
    return takeSnapshot(rows, unreachable, now);
  };
  const metrics = createRoute({
    method: 'get',
    path: '/metrics',
    ...guards.operator,
    summary: 'Prometheus text',
    responses: { 200: { description: 'Every number, from the rows' } },
  });
  router.openapi(metrics, async (c) => {
    const [seen, unplaced] = await Promise.all([snapshot(), store.countUnplaced()]);
    return c.body(await expose(seen, unplaced), 200, { 'Content-Type': CONTENT_TYPE });
  });

  const monitor = createRoute({
    method: 'get',
    path: '/monitor',
    ...guards.operator,
    summary: 'How everything stands, as a page',
    responses: { 200: { description: 'The page' } },
  });
  router.openapi(monitor, async (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    c.header('Vary', 'Authorization');
    return c.html(await renderMonitor(await snapshot()));
  });
  return router;
}
