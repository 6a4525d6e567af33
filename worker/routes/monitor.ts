// The operator's views: Prometheus text with this process's own counters, the monitor page, and the data for the app's operator screen.
import { createRoute } from '@hono/zod-openapi';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { CONTENT_TYPE } from '../monitor/exposition.ts';
import { measure } from '../monitor/measure.ts';
import { MONITOR_POLICY, renderMonitor } from '../monitor/monitor-page.ts';
import { monitorShape, toMonitor } from '../monitor/monitor-shape.ts';
import { type Snapshot, takeSnapshot } from '../monitor/snapshot.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

export function monitorRoutes({ store, clock, gate }: Services, { meters }: AppContext, guards: Guards): Router {
  const router = newRouter();
  const metrics = createRoute({
    method: 'get',
    path: '/metrics',
    ...guards.operator,
    summary: 'Prometheus text',
    responses: { 200: { description: 'The rows’ numbers, and this process’ own' } },
  });
  router.openapi(metrics, async (c) => {
    const text = `${await measure({ store, clock })}\n${await meters.expose(gate)}`;
    return c.body(text, 200, { 'Content-Type': CONTENT_TYPE });
  });

  const monitor = createRoute({
    method: 'get',
    path: '/monitor',
    ...guards.operator,
    summary: 'How everything stands, as a page',
    responses: { 200: { description: 'The page' } },
  });
  router.openapi(monitor, async (c) => {
    const [snapshot, boxes] = await Promise.all([look(), store.listBoxes()]);
    c.header('Content-Security-Policy', MONITOR_POLICY);
    c.header('Vary', 'Authorization');
    return c.html(await renderMonitor(snapshot, boxes));
  });

  const shown = createRoute({
    method: 'get',
    path: '/api/operator/monitor',
    ...guards.operatorBearer,
    summary: 'How everything stands, for the operator’s screen',
    responses: answers('As /monitor shows it', monitorShape),
  });
  router.openapi(shown, async (c) => c.json(toMonitor(await look()), 200));

  async function look(): Promise<Snapshot> {
    const now = clock.now();
    const [rows, unreachable] = await Promise.all([store.readMonitor(now), store.countUnreachable(now)]);
    return takeSnapshot(rows, unreachable, now);
  }
  return router;
}
