// The one door for ordinary outbound calls: a host list, no followed redirects, a body cap, deadlines that start at sending.
// It never repeats a call (services/retry.ts does, for reads) and understands no body. The race's shot has its own socket.
import { Agent, type Dispatcher } from 'undici';
import { startDeadlines, trouble } from './http-deadline.ts';
import { classify, MARK } from './http-verdict.ts';

/** May this address be called? Made from configuration (see `originRule`), never from an answer. */
export type AllowRule = (url: URL) => boolean;

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From sending to the head of the answer. Absent for a call that changes something: giving up does not undo it. */
  readonly firstByteMs?: number;
  /** From sending to the last byte. */
  readonly totalMs: number;
  readonly signal?: AbortSignal;
}

/** `…AtMs` are epoch milliseconds, sub-millisecond, anchored on the monotonic clock. */
export interface HttpResponse {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
  readonly age: string | undefined;
  readonly body: string;
  readonly sentAtMs: number;
  readonly firstByteAtMs: number;
  readonly receivedAtMs: number;
}

export interface Http {
  /** One call, once. Throws an Error to be read with `classify`: nothing complete came back. */
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

const CONNECT_MS = 3_000;
const CONNECTIONS_PER_ORIGIN = 32;
const BODY_CAP_BYTES = 2 * 1024 * 1024;

const nowMs = (): number => performance.timeOrigin + performance.now();

/** Exactly this origin and, if the address has a path, only below it. */
export function originRule(address: string): AllowRule {
  const base = new URL(address);
  const prefix = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  return (url) =>
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    (url.pathname.startsWith(prefix) || url.pathname === base.pathname);
}

/** Where one call stands: `dispatched` says that our agent saw it (an interceptor in a test keeps it away from us). */
interface Progress {
  dispatched: boolean;
  sentAtMs: number | undefined;
}

/** The agent, noting when a request is handed to a connected socket: before that, a failure is proven `not-sent`. */
function watched(agent: Agent, progress: Progress, left: () => void): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => {
    progress.dispatched = true;
    return dispatch(options, {
      onRequestStart(controller, context) {
        progress.sentAtMs = nowMs();
        left();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...heard) => handler.onRequestUpgrade?.(...heard),
      onResponseStart: (...heard) => handler.onResponseStart?.(...heard),
      onResponseData: (...heard) => handler.onResponseData?.(...heard),
      onResponseEnd: (...heard) => handler.onResponseEnd?.(...heard),
      onResponseError: (...heard) => handler.onResponseError?.(...heard),
    });
  });
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_CAP_BYTES) throw trouble(MARK.tooLarge, `Expected a body of at most ${BODY_CAP_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function toRequest(request: HttpRequest, allow: readonly AllowRule[]): Request {
  const { method, url, headers, body } = request;
  if (!allow.some((rule) => rule(url))) throw trouble(MARK.notSent, `Expected an allowed host, got ${url.host}.`);
  try {
    return new Request(url, {
      method,
      redirect: 'manual',
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
    });
  } catch {
    // The cause would quote the header it refused, and that may be a cookie.
    throw trouble(MARK.notSent, 'Expected headers that can be sent.');
  }
}

/** @param allow every address that may ever be called; anything else is refused before a socket is opened. */
export function createHttp({
  allow,
  connections = CONNECTIONS_PER_ORIGIN,
}: {
  allow: readonly AllowRule[];
  /** At one origin at a time; who wants to renew more sessions at once needs more. */
  connections?: number;
}): Http {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    connections,
    // Ours start at sending and may be 60 s; the agent's own would cut a slow answer that must not be lost.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: async (request) => exchange(agent, request, toRequest(request, allow)),
    close: () => agent.close(),
  };
}

async function exchange(agent: Agent, asked: HttpRequest, request: Request): Promise<HttpResponse> {
  const progress: Progress = { dispatched: false, sentAtMs: undefined };
  const limits = startDeadlines(asked);
  const calledAtMs = nowMs();
  const dispatcher = watched(agent, progress, limits.left);
  try {
    // `object`: Node's own types know an older dispatcher than the undici we bring.
    const init: object = { signal: limits.signal, dispatcher };
    const response = await fetch(request, init);
    const firstByteAtMs = nowMs();
    limits.answering();
    const header = (name: string) => response.headers.get(name) ?? undefined;
    return {
      status: response.status,
      setCookie: response.headers.getSetCookie(),
      date: header('date'),
      retryAfter: header('retry-after'),
      age: header('age'),
      body: await readBody(response),
      sentAtMs: progress.sentAtMs ?? calledAtMs,
      firstByteAtMs,
      receivedAtMs: nowMs(),
    };
  } catch (error) {
    if (!progress.dispatched || progress.sentAtMs !== undefined || classify(error) === 'not-sent') throw error;
    throw trouble(MARK.notSent, 'The call ended before anything was sent.', error);
  } finally {
    limits.clear();
  }
}
