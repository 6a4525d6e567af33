// The service as a Vercel function (package.json "main" points here), assembled at the first request and kept for the life of the
// instance. The function starts no timed jobs; the platform's cron and QStash's schedules call /cron.
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
    // The platform may freeze a function after its answer, and a renewal under way would then lose its token, so renewals are awaited first.
    await services.spool.settled();
    return response;
  };
}

/** Assembles the service once, also for requests that come together; after a failure the next request tries again. */
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
    // The log says what is wrong with our settings; the caller does not learn it.
    const { status, headers } = replyTo(failure, '');
    const body = { error: { code: failure.code, message: 'The service cannot start just now.' } };
    return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
  }
});

export default app;
