// The endpoint that the queue calls to add a worker to a large refresh run on a serverless platform: verifies the signature, then runs the refresh
// job. Leases decide which worker renews which session, so that a call that comes twice, late or never costs only time.
import { createRoute, z } from '@hono/zod-openapi';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { REFRESH_PART_PATH } from '../../services/dispatch/qstash.ts';
import { asFailure, Failure } from '../../services/failures.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { replyToQueue } from '../reply.ts';
import { answers, newRouter } from '../router.ts';
import { type RunContext, runJob } from '../run-job.ts';
import type { Services } from '../services.ts';

const bodyShape = z.strictObject({ runId: z.guid(), part: z.int().nonnegative() }).openapi('RefreshPart');
const answerShape = z.looseObject({ runId: z.string(), due: z.number(), updated: z.number(), failed: z.number() });

/**
 * The job name under which the parts of a shared refresh run stand in the table `runs`: under the whole run's name, their rows would hide that the
 * whole runs have stopped.
 */
const NAME = 'refresh-background-sessions:part';

export function refreshPartRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'post',
    path: REFRESH_PART_PATH,
    ...guards.queue,
    summary: 'A further worker on one refresh run',
    responses: { ...answers('The part', answerShape), 503: { description: 'Deliver again, after Retry-After' } },
  });
  router.openapi(route, async (c) => {
    const rawBody = await c.req.text();
    const signature = c.req.header('upstash-signature');
    await context.verifyDelivery({ signature, rawBody, url: `${context.publicUrl}${REFRESH_PART_PATH}` });
    const { runId } = parseBody(rawBody);
    const run = (parts: Services, { until, stopping }: RunContext) =>
      refreshBackgroundSessions(parts, { runId, until, stopping, isPart: true });
    try {
      const report = await runJob(services, { name: NAME, run }, context.jobLimitMs, context.stopping);
      return c.json(answerShape.parse(report), 200);
    } catch (error) {
      const { status, body, headers } = replyToQueue(asFailure(error), c.get('requestId'));
      return Response.json(body, { status, headers });
    }
  });
  return router;
}

function parseBody(rawBody: string): z.infer<typeof bodyShape> {
  try {
    return bodyShape.parse(JSON.parse(rawBody));
  } catch {
    throw new Failure('request/invalid', 'Expected a body of { runId, part } and nothing else.');
  }
}
