// The queue's wake-up: verifies the signature over the raw body and our public address, then runs the job. The status of the answer tells the queue
// whether to deliver the wake-up again.
import { createRoute, z } from '@hono/zod-openapi';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { EXECUTE_PATH } from '../../services/dispatch/qstash.ts';
import { asFailure, Failure, type FailureCode } from '../../services/failures.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { replyToQueue } from '../reply.ts';
import { answers, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const bodyShape = z.strictObject({ prebookingId: z.guid() }).openapi('WakeUp');
const answerShape = z.looseObject({
  status: z.string(),
  prebookings: z.array(z.object({ id: z.string(), status: z.string() })),
});

export function executeRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'post',
    path: EXECUTE_PATH,
    ...guards.queue,
    summary: 'A wake-up from the queue: claim, prepare, race, settle',
    responses: {
      ...answers('Settled, or already known', answerShape),
      489: { description: 'Never deliver this again' },
      503: { description: 'Deliver again, after Retry-After' },
    },
  });
  router.openapi(route, async (c) => {
    // The signature covers these exact bytes, so the body is parsed only after the signature has been checked. The URL that the signature is checked
    // against is our own, whatever the Host header says.
    const rawBody = await c.req.text();
    const signature = c.req.header('upstash-signature');
    const delivery = { signature, rawBody, url: `${context.publicUrl}${EXECUTE_PATH}` };
    const { jti } = await context.verifyDelivery(delivery).catch((error: unknown) => noteSkew(services, error));
    const { prebookingId } = parseBody(rawBody);
    const messageId = c.req.header('upstash-message-id');
    const logger = c.get('logger').child({ prebookingId, jti, messageId });
    const until = new Date(services.clock.now().getTime() + context.jobLimitMs);
    try {
      const call = { prebookingId, delivery: { jti, messageId }, until, stopping: context.stopping };
      const { status, prebookings } = await executePrebooking({ ...services, logger }, call);
      return c.json({ status, prebookings: prebookings.map(({ id, status }) => ({ id, status })) }, 200);
    } catch (error) {
      const failure = asFailure(error);
      if (ORDINARY.includes(failure.code)) logger.info({ code: failure.code }, `wake-up: ${failure.message}`);
      else logger.warn({ code: failure.code, err: failure }, 'wake-up: not done');
      const { status, body, headers } = replyToQueue(failure, c.get('requestId'));
      return Response.json(body, { status, headers });
    }
  });
  return router;
}

/** Failures of an ordinary wake-up, which are no error: the race cannot run here yet or runs elsewhere (`not-yet`), or its prebooking is gone. */
const ORDINARY: readonly FailureCode[] = ['prebooking/not-yet', 'prebooking/missing'];

/** Counts, for the operator, a delivery of our queue with a time that disagrees with our clock; the delivery is still refused. */
async function noteSkew({ store, clock }: Services, refusal: unknown): Promise<never> {
  const { why, jti } = refusal instanceof Failure ? refusal.details : {};
  if (why === 'clock-skew' && typeof jti === 'string')
    await store.noteClockSkew(jti, clock.now()).catch(() => undefined);
  throw refusal;
}

function parseBody(rawBody: string): z.infer<typeof bodyShape> {
  try {
    return bodyShape.parse(JSON.parse(rawBody));
  } catch {
    throw new Failure('request/invalid', 'Expected a body of { prebookingId } and nothing else.');
  }
}
