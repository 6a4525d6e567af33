// Tests the operator's own channels on request, so that a channel that does not work is found before an alert needs it.
import { createRoute, z } from '@hono/zod-openapi';
import { tryOperatorChannels } from '../../jobs/try-operator-channels.ts';
import { TRIAL_VERDICTS } from '../../services/notify/trial.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { createLimiter } from '../limits.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const TRIALS = { most: 5, windowMs: 60_000 };
const triedShape = z.object({ channels: z.array(z.object({ name: z.string(), outcome: z.enum(TRIAL_VERDICTS) })) });

export function operatorChannelRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const trials = createLimiter(services.clock, TRIALS);
  const trial = createRoute({
    method: 'post',
    path: '/api/operator/channels/test',
    ...guards.operatorBearer,
    summary: 'Send a test alert by each of the operator’s channels now',
    responses: answers('Whether each arrived', triedShape),
  });
  router.openapi(trial, async (c) => {
    await refuseAnyBody(c);
    trials.take('operator');
    return c.json({ channels: [...(await tryOperatorChannels(services))] }, 200);
  });
  return router;
}
