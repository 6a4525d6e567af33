// The same app as a Vercel function (package.json "main" points here). Assembled at the first request and kept for the life of the
// instance; it ticks nothing, since the platform's cron and QStash's schedules call /cron.
import { Hono } from 'hono';
import { asFailure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { type App, createApp } from './app.ts';
import { assemble } from './assemble.ts';
import { readEnvironment } from './config.ts';
import { replyTo, tellWhyNot } from './reply.ts';

let once: Promise<App> | undefined;

async function build(): Promise<App> {
  const config = readEnvironment();
  const { services, shell } = await assemble(config, config.publicUrl ?? '');
  return createApp(services, shell);
}

/** Requests that come together share one assembling; a failed one is not kept. */
function appOnce(): Promise<App> {
  once ??= build().catch((error) => {
    once = undefined;
    throw error;
  });
  return once;
}

const app = new Hono();
app.all('*', async (c) => {
  try {
    return await (await appOnce()).fetch(c.req.raw);
  } catch (error) {
    const failure = asFailure(error);
    tellWhyNot(createLogger('error'), failure);
    // What is wrong with our settings is for the log, not for the world.
    const { status, headers } = replyTo(failure, '');
    const body = { error: { code: failure.code, message: 'The service cannot start just now.' } };
    return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
  }
});

export default app;
