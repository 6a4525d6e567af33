// Runs timed jobs over HTTP, for platforms with a cron or queue of their own that calls these endpoints.
import { createRoute, z } from '@hono/zod-openapi';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, newRouter } from '../router.ts';
import { runJob, type TimedJob } from '../run-job.ts';
import { PURGE, REFRESH, REFRESH_TROUBLED, SWEEP, WATCH_PLACES } from '../schedule.ts';
import type { Services } from '../services.ts';

const runShape = z.looseObject({ runId: z.string(), durationMs: z.number() });
const refreshShape = runShape.extend({
  due: z.number(),
  updated: z.number(),
  failed: z.number(),
  skipped: z.number(),
});

/**
 * The paths of the endpoints, each with the job that it runs. `also` names jobs without a path of their own, which over HTTP run only together with
 * this entry's job.
 */
const PATHS: readonly { path: string; job: TimedJob; shape: z.ZodType; also?: readonly TimedJob[] }[] = [
  { path: '/cron/refresh-tokens', job: REFRESH, shape: refreshShape },
  { path: '/api/cron/refresh-tokens', job: REFRESH, shape: refreshShape },
  { path: '/cron/sweep-prebookings', job: SWEEP, shape: runShape, also: [REFRESH_TROUBLED, WATCH_PLACES] },
  { path: '/cron/purge-device-sessions', job: PURGE, shape: runShape },
];

export function cronRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  for (const { path, job, shape, also = [] } of PATHS) {
    // Both methods are needed: Vercel's cron sends GET, and QStash's schedules send POST.
    for (const method of ['get', 'post'] as const) {
      const route = createRoute({
        method,
        path,
        ...guards.cron,
        summary: `Run ${job.name} once`,
        responses: answers('The run', shape),
      });
      router.openapi(route, async (c) => {
        const run = (one: TimedJob) => runJob(services, one, context.jobLimitMs, context.stopping);
        // All jobs of this endpoint run at the same time. Each job has a time limit of its own (`jobLimitMs`), and a failed job does not stop the
        // others.
        const [report, ...others] = await Promise.allSettled([run(job), ...also.map(run)]);
        for (const end of [report, ...others]) if (end.status === 'rejected') throw end.reason;
        return c.json(report.status === 'fulfilled' ? report.value : {}, 200);
      });
    }
  }
  return router;
}
