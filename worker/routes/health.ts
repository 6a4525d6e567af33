// The endpoints /health and /ready. /health asks nothing outside the process; /ready checks database, queue, disk, keys and clocks.
import { createRoute, z } from '@hono/zod-openapi';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { createReadiness } from '../readiness.ts';
import { newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const check = z.object({ ok: z.boolean(), reason: z.string().optional(), skewMs: z.number().optional() });
const readyShape = z.object({
  ready: z.boolean(),
  checks: z.object({ database: check, queue: check, receipts: check, seal: check, clock: check }),
});
const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
});

export function healthRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const health = createRoute({
    method: 'get',
    path: '/health',
    ...guards.open,
    summary: 'The process is alive',
    responses: { 200: json('Alive', z.object({ status: z.literal('ok') })) },
  });
  router.openapi(health, (c) => c.json({ status: 'ok' as const }, 200));

  const ready = createRoute({
    method: 'get',
    path: '/ready',
    ...guards.open,
    summary: 'Everything we depend on answers',
    responses: { 200: json('Ready', readyShape), 503: json('Not ready, and why', readyShape) },
  });
  const look = createReadiness(services, context);
  router.openapi(ready, async (c) => {
    const readiness = await look();
    return readiness.ready ? c.json(readiness, 200) : c.json(readiness, 503);
  });
  return router;
}
