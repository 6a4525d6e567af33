// One Node process: listen, assemble, serve, tick; on SIGTERM or SIGINT stop in the opposite order, letting what runs come to its end.
import { type ServerType, serve } from '@hono/node-server';
import type { Logger } from 'pino';
import { writeStackFile } from '../services/embedded/stack-file.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { createApp } from './app.ts';
import { type Assembled, assemble } from './assemble.ts';
import { readEnvironment } from './config.ts';
import { tellWhyNot } from './reply.ts';
import { startTicking } from './schedule.ts';

const DRAIN_MS = 25_000;

type Answer = (request: Request, bindings: object) => Response | Promise<Response>;
interface Door {
  readonly url: string;
  open(answer: Answer): void;
  /** No new connection; resolves when the running requests are answered, or cut after `drainMs`. */
  close(drainMs: number): Promise<void>;
}

/** Listens before anything is started: a port in use is found at once, and webhooks need the port in their address. */
function listen(port: number): Promise<Door> {
  let answer: Answer = () => new Response(null, { status: 503, headers: { 'Retry-After': '1' } });
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: (request, bindings) => answer(request, bindings), port }, (info) => {
      const open = (to: Answer) => {
        answer = to;
      };
      resolve({ url: `http://127.0.0.1:${info.port}`, open, close: (drainMs) => drain(server, drainMs) });
    });
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        new Failure(
          taken ? 'stack/port-taken' : 'stack/start-failed',
          taken ? `Port ${port} is taken: set PORT to another one.` : `Cannot listen on port ${port}.`,
          { cause },
        ),
      );
    });
  });
}

function drain(server: ServerType, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}

interface Running {
  readonly logger: Logger;
  stop(drainMs: number): Promise<void>;
}

async function start(): Promise<Running> {
  const config = readEnvironment();
  const logger = createLogger(config.logLevel);
  const door = await listen(config.port);
  const assembled = await assemble(config, door.url, logger);
  const { services, shell, stack } = assembled;
  const app = createApp(services, shell);
  door.open((request, bindings) => app.fetch(request, bindings));
  if (stack) await tellStack(assembled, stack.dataDir);
  const ticking = startTicking(services, shell.jobLimitMs);
  logger.info(
    { url: door.url, publicUrl: shell.publicUrl, embedded: { database: !config.supabase, queue: !config.qstash } },
    'puntual: listening',
  );
  const stop = async (drainMs: number) => {
    await Promise.all([drainMs > 0 ? ticking.stop() : undefined, door.close(drainMs)]);
    await assembled.stop();
  };
  return { logger, stop };
}

/** What runs here, for psql, supabase-js and the QStash client. */
async function tellStack({ services: _services, shell, stack }: Assembled, dataDir: string): Promise<void> {
  if (!stack) return;
  const [cronSecret = shell.operatorToken] = shell.cronSecrets;
  await writeStackFile(dataDir, { ...stack, url: shell.publicUrl, cronSecret, operatorToken: shell.operatorToken });
}

function stopOn(signals: readonly NodeJS.Signals[], { logger, stop }: Running): void {
  let stopping = false;
  const begin = async (signal: string, drainMs = DRAIN_MS) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'puntual: stopping');
    await stop(drainMs).catch((err) => {
      logger.error({ err }, 'puntual: did not stop cleanly');
      process.exitCode = 1;
    });
    logger.info('puntual: stopped');
    process.exit();
  };
  for (const signal of signals) process.on(signal, () => begin(signal));
  // Whoever started us holds the other end: when it is gone, killed even, nobody waits for what runs here.
  if (process.argv.includes('--die-with-parent')) process.stdin.once('close', () => begin('parent gone', 0)).resume();
}

try {
  stopOn(['SIGTERM', 'SIGINT'], await start());
} catch (error) {
  const failure = asFailure(error);
  // For whoever typed the command; the line below is for whoever collects the log.
  process.stderr.write(`${failure.message}\n`);
  tellWhyNot(createLogger('error'), failure);
  process.exit(1);
}
