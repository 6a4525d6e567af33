// One Node process: listens, assembles the services, serves, runs timed jobs; on SIGTERM or SIGINT it closes the listener and the jobs, then the
// services.
import { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { Logger } from 'pino';
import { stackFileIn, writeStackFile } from '../embedded/stack-file.ts';
import { within } from '../services/clock.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { checkSeals } from '../services/seal/check-seals.ts';
import { createApp } from './app.ts';
import { type Assembled, assemble } from './assemble.ts';
import { readEnvironment } from './config.ts';
import { eraseAgain } from './erase-again.ts';
import { watchNotices } from './notice-watch.ts';
import { openBot } from './notices.ts';
import { watchOpenings } from './opening-watch.ts';
import { watchPlacesHere } from './place-watch.ts';
import { serveRealtime } from './realtime/realtime.ts';
import { createUpgradeRule } from './realtime/upgrade.ts';
import { reportFailure } from './reply.ts';
import { runJob } from './run-job.ts';
import { REPLAY, startTicking } from './schedule.ts';
import { holdSenderThread } from './sender-thread.ts';

const DRAIN_MS = 25_000;
/** The address to listen at with an embedded database, unless HOST says otherwise: only this machine can connect. */
const LOOPBACK = '127.0.0.1';
const IDLE_CHECK_MS = 100;
/**
 * How long a request's headers and a whole request may take to arrive, and how often both limits are checked, in ms (slow-loris guard). An answer may
 * take any time.
 */
const TIMEOUT = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 };

type Answer = (request: Request, bindings: object) => Response | Promise<Response>;
interface Door {
  readonly url: string;
  readonly server: Server;
  open(answer: Answer): void;
  /** Accepts no further connection; resolves when running requests are answered, or cut off after `drainMs`. */
  close(drainMs: number): Promise<void>;
}

/**
 * Listens on the port before anything else starts, because webhooks need the port in their address, and a taken port should be reported immediately.
 */
function listen(port: number, hostname: string | undefined): Promise<Door> {
  let answer: Answer = () => new Response(null, { status: 503, headers: { 'Retry-After': '1' } });
  let listening: Server | undefined;
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: (request, bindings) => answer(request, bindings),
        port,
        serverOptions: { ...TIMEOUT, shouldUpgradeCallback: createUpgradeRule(() => listening) },
        ...(hostname && { hostname }),
      },
      (info) => {
        if (!(server instanceof Server)) return reject(new TypeError('Expected a server of plain HTTP.'));
        listening = server;
        const open = (to: Answer) => {
          answer = to;
        };
        const url = `http://127.0.0.1:${info.port}`;
        resolve({ url, server, open, close: (drainMs) => drain(server, drainMs) });
      },
    );
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const place = `port ${port}${hostname === undefined ? '' : ` of ${hostname}`}`;
      reject(
        new Failure(
          taken ? 'stack/port-taken' : 'stack/start-failed',
          taken
            ? `Port ${port} is taken: set PORT to another one.`
            : `Cannot listen on ${place} (${cause.code}): check PORT and HOST.`,
          { cause },
        ),
      );
    });
  });
}

function drain(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
    // While the server stops, idle connections are closed again and again: once its request is answered, a connection would otherwise stay open
    // for a next request.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(late);
      clearInterval(idle);
      resolve();
    });
  });
}

interface Running {
  readonly logger: Logger;
  /** Logs that the process serves, and where. */
  announce(): void;
  stop(drainMs: number): Promise<void>;
}

async function start(): Promise<Running> {
  const config = readEnvironment();
  const logger = createLogger(config.logLevel);
  const door = await listen(config.port, config.host ?? (config.supabase ? undefined : LOOPBACK));
  const thread = await holdSenderThread();
  const assembled = await assemble(config, door.url, logger);
  const { services, context } = assembled;
  await eraseAgain(services, context);
  await refuseUnreadable(assembled);
  const app = createApp(services, context);
  door.open((request, bindings) => app.fetch(request, bindings));
  await publishStack(assembled);
  // Answers that an earlier process received and did not commit are stored before any refresh, which would otherwise send a dead token.
  await runJob(services, REPLAY, context.jobLimitMs).catch(() =>
    logger.warn('spool: not replayed yet, the next minute will'),
  );
  await freeDead(assembled);
  const watch = watchOpenings(services, context);
  const noticeWatch = watchNotices(services, context);
  const placeWatch = watchPlacesHere(services, context);
  const bot = openBot(services, context);
  const ticking = startTicking(services, context);
  const realtime = await openRealtime(assembled, door.server);
  const stackFile = assembled.stack && stackFileIn(assembled.stack.dataDir);
  const addresses = { url: door.url, publicUrl: context.publicUrl, stackFile };
  const announce = () =>
    logger.info(
      { ...addresses, embedded: { database: !config.supabase, queue: !config.qstash } },
      stackFile ? `puntual: listening; every address and key is in ${stackFile}` : 'puntual: listening',
    );
  const stop = async (drainMs: number) => {
    assembled.beginShutdown();
    // When the process stops, the listener closes first, so that the port is free for the next process.
    const drained = Promise.all([
      door.close(drainMs),
      realtime.stop(),
      ticking.stop(),
      watch.stop(),
      noticeWatch.stop(),
      placeWatch.stop(),
      bot?.stop(),
    ]);
    // A refresh run may last longer than `drainMs`, the time that this process has to stop. If the process ends during a refresh run, the run's
    // leases keep other processes from renewing its sessions until the leases expire. `assembled.stop` waits for the answers to the requests that a
    // refresh run has sent to the gym.
    await within(services.clock, drainMs, drained);
    await assembled.stop();
    await thread.release();
  };
  return { logger, announce, stop };
}

/**
 * Opens Socket.IO, by which clients learn of each change as it happens. The embedded database signals each change of data, and any other database is
 * polled each second.
 */
async function openRealtime(
  { services, context, stack }: Assembled,
  server: Server,
): Promise<{ stop(): Promise<void> }> {
  const realtime = serveRealtime(services, context, server);
  if (!stack) return realtime;
  const { listenTo } = await import('../embedded/database/listener.ts');
  const listener = await listenTo(stack.postgresUrl, 'puntual_realtime', realtime.hurry);
  return {
    async stop() {
      await listener.stop();
      await realtime.stop();
    },
  };
}

/**
 * Refuses the start if the keyring cannot unwrap the data keys of some members, because the sessions of those members would be quarantined. With an
 * unreachable database the start goes on, because the database may come back.
 */
async function refuseUnreadable({ services, stop }: Assembled): Promise<void> {
  await checkSeals(services.store, services.seal).catch(async (error) => {
    if (asFailure(error).code !== 'seal/unreadable') return;
    await stop();
    throw error;
  });
}

/**
 * Releases the claims and leases of earlier processes on this data folder. The data folder's lock, held by this process, proves that earlier
 * processes on this folder are dead. A claim or lease that is not released expires by itself.
 */
async function freeDead({ services: { store, clock, logger, life } }: Assembled): Promise<void> {
  if (!life) return;
  try {
    const freed = await store.freeDeadOwners(life, clock.now());
    if (Object.values(freed).some((count) => count > 0)) logger.info(freed, 'puntual: freed what a former life held');
  } catch (error) {
    logger.warn({ code: asFailure(error).code }, 'puntual: what a former life held runs out by itself');
  }
}

/** Writes the embedded parts' addresses and keys to a file, for use with psql, supabase-js and the QStash client. */
async function publishStack({ context, stack }: Assembled): Promise<void> {
  if (!stack) return;
  const [cronSecret = context.operatorToken] = context.cronSecrets;
  await writeStackFile(stack.dataDir, {
    ...stack,
    url: context.publicUrl,
    cronSecret,
    operatorToken: context.operatorToken,
  });
}

function stopOn(signals: readonly NodeJS.Signals[], { logger, stop }: Pick<Running, 'logger' | 'stop'>): void {
  let stopping = false;
  const begin = async (why: string, drainMs = DRAIN_MS) => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'puntual: stopping');
    await stop(drainMs).catch((err) => {
      logger.error({ err }, 'puntual: did not stop cleanly');
      process.exitCode = 1;
    });
    logger.info('puntual: stopped');
    process.exit();
  };
  for (const signal of signals) process.on(signal, () => begin(signal));
  // Without this handler Node would print the raw error, which may hold secrets, and leave the embedded parts running.
  process.on('uncaughtException', (err) => {
    logger.fatal({ err }, 'puntual: nobody caught this');
    process.exitCode = 1;
    return begin('uncaught exception', 0);
  });
  // The parent process holds the other end of standard input, so standard input closes when the parent ends. When the parent's end of standard input
  // closes, the parent has ended, even if it was killed, and this process ends too.
  if (process.argv.includes('--die-with-parent')) process.stdin.once('close', () => begin('parent gone', 0)).resume();
}

try {
  const running = await start();
  stopOn(['SIGTERM', 'SIGINT'], running);
  // A supervisor may send SIGTERM as soon as it reads the log line of `announce`, so `stopOn` comes first.
  running.announce();
} catch (error) {
  const failure = asFailure(error);
  // The failure is written twice: this line for the person at the terminal, the next one for the log.
  process.stderr.write(`${failure.message}\n`);
  reportFailure(createLogger('error'), failure);
  process.exit(1);
}
