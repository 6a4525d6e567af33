// The same app as a Vercel function (package.json "main" points here). Assembled at the first request and kept for the life of the
// instance; it ticks nothing, since the platform's cron and QStash's schedules call /cron.
import { Hono } from 'hono';
import { asFailure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { createApp } from './app.ts';
import { assemble } from './assemble.ts';
import { readEnvironment } from './config.ts';
import { replyTo, reportFailure } from './reply.ts';

type Answer = (request: Request) => Promise<Response>;
let once: Promise<Answer> | undefined;

async function build(): Promise<Answer> {
  const config = readEnvironment();
  const { services, context } = await assemble(config, config.publicUrl ?? '');
  const app = createApp(services, context);
  return async (request) => {
    const response = await app.fetch(request);
    // A function may be frozen once it has answered: a renewal still under way would lose the token that is on its way.
    await services.spool.settled();
    return response;
  };
}

/** Requests that come together share one assembly; a failed one is not kept. */
function answerOnce(): Promise<Answer> {
  once ??= build().catch((error) => {
    once = undefined;
    throw error;
  });
  return once;
}

const app = new Hono();
app.all('*', async (c) => {
  try {
    return await (await answerOnce())(c.req.raw);
  } catch (error) {
    const failure = asFailure(error);
    reportFailure(createLogger('error'), failure);
    // A fault in our settings goes to the log, not to the caller.
    const { status, headers } = replyTo(failure, '');
    const body = { error: { code: failure.code, message: 'The service cannot start just now.' } };
    return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
  }
});

export default app;
