// Examines this running service for the operator (`npm run doctor`), and receives the call by which the queue shows that it reaches the service; one
// check waits for that call.
import { createRoute, z } from '@hono/zod-openapi';
import { QUEUE_CHECK_PATH } from '../../services/dispatch/qstash.ts';
import { Failure } from '../../services/failures.ts';
import type { AppContext, Router } from '../app-context.ts';
import { examine } from '../doctor/examine.ts';
import { examineProxies } from '../doctor/proxies.ts';
import type { Guards } from '../guards.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const checkShape = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warn', 'red', 'skipped']),
    said: z.string(),
    remedy: z.string().optional(),
  })
  .openapi('DoctorCheck');
const examinationShape = z.object({ ok: z.boolean(), checks: z.array(checkShape) });
const bodyShape = z.strictObject({ runId: z.guid() }).openapi('QueueCheck');

/** The job's name in the rows that the queue check writes to the table `runs`; no real job has this name. */
const RUN_NAME = 'queue-check';

export function doctorRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const doctor = createRoute({
    method: 'get',
    path: '/api/operator/doctor',
    ...guards.operator,
    summary: 'Whether everything a race needs works from here, each red line with its remedy',
    responses: answers('The examination', examinationShape),
  });
  router.openapi(doctor, async (c) => {
    const { ok, checks } = await examine(services, context);
    const proxies = examineProxies(context.trustedProxies, c.req.header('x-forwarded-for'));
    return c.json({ ok, checks: [...checks, proxies] }, 200);
  });

  const queueCheck = createRoute({
    method: 'post',
    path: QUEUE_CHECK_PATH,
    ...guards.queue,
    summary: 'The queue shows that it reaches us; leaves a run and does nothing',
    responses: answers('Noted', z.object({ runId: z.string() })),
  });
  router.openapi(queueCheck, async (c) => {
    const rawBody = await c.req.text();
    const signature = c.req.header('upstash-signature');
    await context.verifyDelivery({ signature, rawBody, url: `${context.publicUrl}${QUEUE_CHECK_PATH}` });
    const { runId } = parseBody(rawBody);
    const now = services.clock.now();
    await services.store.startRun(runId, RUN_NAME, now);
    await services.store.finishRun({ id: runId, report: {}, failureCode: undefined, now });
    return c.json({ runId }, 200);
  });
  return router;
}

function parseBody(rawBody: string): z.infer<typeof bodyShape> {
  try {
    return bodyShape.parse(JSON.parse(rawBody));
  } catch {
    throw new Failure('request/invalid', 'Expected a body of { runId } and nothing else.');
  }
}
