// A durable queue with QStash's HTTP API, for machines without QStash; a SIGKILL loses no message. QStash's unmodified client publishes to this
// queue, and QStash's unmodified receiver accepts this queue's deliveries. This file is the queue's HTTP server; delivery.ts delivers the messages.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Pool } from 'pg';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../services/clock.ts';
import { adviceFor, Failure } from '../../services/failures.ts';
import type { Secret } from '../../services/secret.ts';
import { listenOnLoopback } from '../port.ts';
import type { Answer, Call, RouteContext } from './call.ts';
import { applySchema } from './database.ts';
import { startDelivery } from './delivery.ts';
import { answerCall } from './routes.ts';

const MAX_BODY_BYTES = 1024 * 1024; // the limit of QStash's free plan
const POOL_SIZE = 8;

export interface QueueOptions {
  /** The database's address with the superuser's login; the queue has its own schema `qstash` in that database. */
  readonly databaseUrl: Secret;
  readonly qstashToken: Secret;
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
  readonly logger: Logger;
  readonly port?: number | undefined;
  readonly clock?: Clock;
}

export interface Queue {
  readonly url: string;
  stop(): Promise<void>;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Failure('request/too-large', `Expected at most ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readCall(req: IncomingMessage): Promise<Call> {
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, value?.toString()]));
  return { method: req.method ?? 'GET', target: req.url ?? '/', headers, body: await readBody(req) };
}

/** True for errors that mean Postgres is stopping or starting: connection errors, and Postgres's codes of class 57P (shutdown) or 08 (connection). */
function isDatabaseGone(trouble: unknown): boolean {
  const { code = '', message = '' } = trouble as { code?: string; message?: string };
  return /^(57P|08|ECONN|EPIPE)/.test(code) || message.startsWith('Connection terminated');
}

function answerTrouble(trouble: unknown, logger: Logger): Answer {
  if (trouble instanceof Failure) return { status: adviceFor(trouble.code).status, body: { error: trouble.message } };
  if (trouble instanceof SyntaxError || trouble instanceof URIError)
    return { status: 400, body: { error: trouble.message } };
  if (isDatabaseGone(trouble))
    return { status: 503, body: { error: 'the embedded queue has no database at the moment' } };
  logger.error({ err: trouble }, 'the queue could not answer');
  return { status: 500, body: { error: 'the embedded queue could not answer' } };
}

/** Starts the queue's server and its deliveries. Throws `stack/port-taken`. */
export async function startQueue(options: QueueOptions): Promise<Queue> {
  const {
    databaseUrl,
    qstashToken,
    qstashCurrentSigningKey,
    qstashNextSigningKey,
    logger,
    clock = systemClock,
  } = options;
  const pool = new Pool({ connectionString: databaseUrl.reveal(), max: POOL_SIZE });
  // The idle connections of the pool end when Postgres stops, and the pool then emits `error`; the next query opens another connection.
  pool.on('error', () => {});
  await applySchema(pool);
  const delivery = await startDelivery({ pool, databaseUrl, signingKey: qstashCurrentSigningKey, clock, logger });
  const context: RouteContext = {
    pool,
    clock,
    signingKeys: { current: qstashCurrentSigningKey, next: qstashNextSigningKey },
  };
  const expected = digest(`Bearer ${qstashToken.reveal()}`);

  const answer = async (req: IncomingMessage): Promise<Answer> => {
    const allowed = timingSafeEqual(digest(req.headers.authorization ?? ''), expected);
    if (!allowed) return { status: 401, body: { error: 'Expected the token of this queue.' } };
    return answerCall(context, await readCall(req));
  };
  const server = createServer(async (req, res) => {
    const { status, body } = await answer(req).catch((trouble) => answerTrouble(trouble, logger));
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await delivery.stop();
    await pool.end();
  };
  const port = await listenOnLoopback(server, 'the queue', options.port).catch(async (cause) => {
    await delivery.stop();
    await pool.end();
    throw cause;
  });
  return { url: `http://127.0.0.1:${port}`, stop };
}
