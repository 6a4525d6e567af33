// The one door for ordinary outbound calls: a host list, no followed redirects, a body cap, deadlines that start at sending.
// It never repeats a call (services/retry.ts does, for reads) and understands no body. The race's shot has its own socket.
import { createSecureContext } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { ACCEPTED, BODY_CAP_BYTES, isTooLarge, unpackText } from './http-body.ts';
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

/** What goes along with every call unless the caller says otherwise. */
const HEADERS = { accept: '*/*', 'accept-encoding': ACCEPTED };

/** Where one call stands; handed through undici as its `opaque`. */
interface Progress {
  sentAtMs: number | undefined;
  left(): void;
}

/** Notes when a request is handed to a connected socket: before that nothing is written, and a failure is proven `not-sent`. */
const noteSending: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { opaque: progress } = options as { opaque?: Progress };
  return dispatch(options, {
    onRequestStart(controller, context) {
      if (progress) {
        progress.sentAtMs = nowMs();
        progress.left();
      }
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...heard) => handler.onRequestUpgrade?.(...heard),
    onResponseStart: (...heard) => handler.onResponseStart?.(...heard),
    onResponseData: (...heard) => handler.onResponseData?.(...heard),
    onResponseEnd: (...heard) => handler.onResponseEnd?.(...heard),
    onResponseError: (...heard) => handler.onResponseError?.(...heard),
  });
};

/** @param allow every address that may ever be called; anything else is refused before a socket is opened. */
export function createHttp({
  allow,
  connections = CONNECTIONS_PER_ORIGIN,
}: {
  allow: readonly AllowRule[];
  /** At one origin at a time; who wants to renew more sessions at once needs more. */
  connections?: number;
}): Http {
  const options = {
    // One for all connections: by itself each would load every root certificate anew (100 KB and a millisecond).
    connect: { timeout: CONNECT_MS, secureContext: createSecureContext() },
    connections,
    maxResponseSize: BODY_CAP_BYTES,
    // Ours start at sending and may be 60 s; the agent's own would cut a slow answer that must not be lost.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  // HEAD has connections of its own, which stay open: undici closes them, because a server that sends a body all the same would have
  // it read as the next call's answer. Here the next call is another HEAD.
  const agents = { calls: new Agent(options), heads: new Agent(options) };
  const calls = agents.calls.compose(noteSending);
  const heads = agents.heads.compose(noteSending);
  return {
    async send(request) {
      const { url } = request;
      if (!allow.some((rule) => rule(url))) throw trouble(MARK.notSent, `Expected an allowed host, got ${url.host}.`);
      return exchange(request.method === 'HEAD' ? heads : calls, request);
    },
    async close() {
      await Promise.all([agents.calls.close(), agents.heads.close()]);
    },
  };
}

async function exchange(dispatcher: Dispatcher, asked: HttpRequest): Promise<HttpResponse> {
  const limits = startDeadlines(asked);
  const calledAtMs = nowMs();
  const progress: Progress = { sentAtMs: undefined, left: limits.left };
  try {
    limits.signal.throwIfAborted();
    // Not `fetch`, which costs five times the work. The race: undici hears a signal only once it has a connection.
    const call = dispatcher.request({ ...optionsOf(asked), signal: limits.signal, opaque: progress });
    const response = await Promise.race([call, limits.over]);
    const firstByteAtMs = nowMs();
    limits.answering();
    const header = (name: string) => response.headers[name]?.toString();
    return {
      status: response.statusCode,
      setCookie: [response.headers['set-cookie'] ?? []].flat(),
      date: header('date'),
      retryAfter: header('retry-after'),
      age: header('age'),
      body: unpackText(await response.body.bytes(), header('content-encoding')),
      sentAtMs: progress.sentAtMs ?? calledAtMs,
      firstByteAtMs,
      receivedAtMs: nowMs(),
    };
  } catch (error) {
    if (isTooLarge(error)) throw trouble(MARK.tooLarge, `Expected a body of at most ${BODY_CAP_BYTES} bytes.`, error);
    if (progress.sentAtMs !== undefined || classify(error) === 'not-sent') throw error;
    throw trouble(MARK.notSent, 'The call ended before anything was sent.', error);
  } finally {
    limits.clear();
  }
}

const optionsOf = ({ method, url, headers, body }: HttpRequest) => ({
  origin: url.origin,
  path: `${url.pathname}${url.search}`,
  method,
  headers: { ...HEADERS, ...headers },
  ...(body !== undefined && { body }),
  ...(method === 'HEAD' && { reset: false }),
});
