// The HTTP client of all ordinary outgoing calls: a list of allowed addresses, no followed redirects, a body cap, deadlines that start at sending.
// The client never repeats a call (services/retry.ts does, for reads) and does not interpret a body. A race's booking requests use sockets of their
// own.
import { Agent, type Dispatcher } from 'undici';
import { type Handshakes, timeHandshakes } from './handshakes.ts';
import { ACCEPTED, BODY_CAP_BYTES, isTooLarge, textOf, unpackText } from './http-body.ts';
import { connectorBy } from './http-connector.ts';
import { startDeadlines, trouble } from './http-deadline.ts';
import { createKeptAgent } from './http-kept.ts';
import { classify, MARK } from './http-verdict.ts';
import type { OutboundProxy } from './tunnel.ts';

/** Says whether an address may be called. An allow rule is made from configuration (see `originRule`), never from an answer. */
export type AllowRule = (url: URL) => boolean;

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The limit, ms, from sending the request to the answer's head; absent for calls that change something, whose late answer is needed too. */
  readonly firstByteMs?: number;
  /** The limit, ms, from sending the request to the last byte of its answer. */
  readonly totalMs: number;
  readonly signal?: AbortSignal;
  /**
   * If `received` is set, an answer that breaks off is returned as an answer with `isCut`; if not, the call throws. As bytes of the body come,
   * `received` is called with the answer so far, before the event loop goes on; beyond `SMALL_BYTES` it is called only each time the size has
   * doubled.
   */
  readonly received?: (soFar: HttpResponse) => void;
}

/** An HTTP answer. The fields `…AtMs` are epoch milliseconds with fractions, anchored on the monotonic clock. */
export interface HttpResponse {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
  readonly age: string | undefined;
  /** The headers Server and Via, as they came: they name the server that answered. */
  readonly servedBy: string;
  /** The handshake times of the recent connections to the host that were made for HEAD calls; undefined for other methods. */
  readonly handshakes: Handshakes | undefined;
  readonly body: string;
  /** True if the answer broke off, or its end has not come yet: `body` then holds the part that came. */
  readonly isCut: boolean;
  readonly sentAtMs: number;
  readonly firstByteAtMs: number;
  readonly receivedAtMs: number;
}

export interface Http {
  /** Sends one call and never repeats it. Throws an Error if no whole answer came; `classify` tells from it if the call surely was not sent. */
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

const CONNECTIONS_PER_ORIGIN = 32;

const nowMs = (): number => performance.timeOrigin + performance.now();

/** Allows exactly this origin and, if the address has a path, only that path and addresses below it. */
export function originRule(address: string): AllowRule {
  const base = new URL(address);
  const prefix = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  return (url) =>
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    (url.pathname.startsWith(prefix) || url.pathname === base.pathname);
}

/** The headers of every call, unless the caller gives a header of the same name. */
const HEADERS = { accept: '*/*', 'accept-encoding': ACCEPTED };

/** @param allow rules for every address that may ever be called; a call to any other address is refused before a socket is opened. */
export function createHttp({
  allow,
  connections = CONNECTIONS_PER_ORIGIN,
  proxy,
}: {
  allow: readonly AllowRule[];
  /** How many connections to one origin may be open at a time. Only benches and tests set another number than the default. */
  connections?: number;
  /** The proxy through which every connection leads, if there is one. */
  proxy?: OutboundProxy | undefined;
}): Http {
  const options = {
    connect: connectorBy(proxy),
    connections,
    maxResponseSize: BODY_CAP_BYTES,
    // Undici's own timeouts are off. The deadlines of http-deadline.ts, which start at sending, end a call whose answer comes too late.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const timed = timeHandshakes(nowMs);
  const connect: typeof options.connect = (to, done) => {
    // Undici's connector returns the socket, though its types do not say so; `watch` checks that the value is a socket.
    const socket: unknown = options.connect(to, done);
    timed.watch(`${to.protocol}//${to.host}`, socket);
  };
  const agents = {
    GET: new Agent(options),
    // HEAD calls have connections of their own, which undici's option `reset: false` keeps open. By default undici closes a connection after a HEAD
    // call, because a body that a server sends in spite of HEAD would be read as the next call's answer. A HEAD connection carries only HEAD calls.
    HEAD: new Agent({ ...options, connect }),
    POST: createKeptAgent(options),
  };
  return {
    async send(request) {
      const { url } = request;
      if (!allow.some((rule) => rule(url))) throw trouble(MARK.notSent, `Expected an allowed host, got ${url.host}.`);
      const answer = await exchange(agents[request.method], request);
      return request.method === 'HEAD' ? { ...answer, handshakes: timed.of(url.origin) } : answer;
    },
    async close() {
      await Promise.all(Object.values(agents).map((agent) => agent.close()));
    },
  };
}

/** Sends a call with undici's `dispatch`. Undici's `request` would add a stream, a signal and some promises for a body that is read whole anyway. */
function exchange(dispatcher: Pick<Dispatcher, 'dispatch'>, asked: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const calledAtMs = nowMs();
    let call: Dispatcher.DispatchController | undefined;
    let sentAtMs: number | undefined;
    let head: Head | undefined;
    const chunks: Buffer[] = [];
    let nextPartBytes = 0;
    let isOver = false;
    const limits = startDeadlines(asked, giveUp);
    const stop = () => giveUp(asked.signal?.reason);
    function finish(): void {
      isOver = true;
      limits.clear();
      asked.signal?.removeEventListener('abort', stop);
    }
    function answerNow(isCut: boolean): HttpResponse {
      return answerOf(head, Buffer.concat(chunks), { sentAtMs: sentAtMs ?? calledAtMs, isCut });
    }
    function end(answer: HttpResponse): void {
      finish();
      asked.received?.(answer);
      resolve(answer);
    }
    function fail(error: unknown): void {
      if (isOver) return;
      if (asked.received && chunks.length > 0) end(answerNow(true));
      else {
        finish();
        reject(judged(error, sentAtMs !== undefined));
      }
    }
    /**
     * Calls `received` with the answer so far, unless the call is over: `end` has then called `received` already. `hearPart` runs after undici's
     * parser is done with the bytes that came, because these bytes may end the answer.
     */
    function hearPart(): void {
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (isOver || size < nextPartBytes) return;
      nextPartBytes = size < SMALL_BYTES ? size + 1 : 2 * size;
      asked.received?.(answerNow(true));
    }
    function giveUp(reason: unknown): void {
      fail(reason);
      // While no connection exists yet, `call` is undefined, and `onRequestStart` ends the given-up call as soon as undici has connected.
      call?.abort(GIVEN_UP);
    }
    if (asked.signal?.aborted) return fail(asked.signal.reason);
    asked.signal?.addEventListener('abort', stop, { once: true });
    dispatcher.dispatch(optionsOf(asked), {
      // At `onRequestStart`, undici hands the request to a connected socket. A failure before `onRequestStart` is proven `not-sent`.
      onRequestStart(controller) {
        call = controller;
        if (isOver) return controller.abort(GIVEN_UP);
        sentAtMs = nowMs();
        limits.left();
      },
      onResponseStart(_, status, headers) {
        // A 1xx status announces an answer and is not the answer itself.
        if (status < 200 || isOver) return;
        head = { status, headers, atMs: nowMs() };
        limits.answering();
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
        if (asked.received) queueMicrotask(hearPart);
      },
      onResponseEnd() {
        if (isOver) return;
        try {
          end(answerNow(false));
        } catch (error) {
          fail(error);
        }
      },
      onResponseError: (_, error) => fail(error),
    });
    if (sentAtMs === undefined && !isOver) limits.waits();
  });
}

/** The error with which undici's call is aborted. No caller sees GIVEN_UP: the waiting caller has another error by then. */
const GIVEN_UP = new Error('The call was given up.');

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly atMs: number;
}

/** Until a body has this many bytes, the caller is handed the answer so far after each new part; from then on, each time the body has doubled. */
const SMALL_BYTES = 4 * 1024;

/**
 * Makes an `HttpResponse` from the head and the body of an answer. Throws if there is no head, or if a whole body cannot be decompressed; a cut body
 * that cannot be decompressed is given as it came.
 */
function answerOf(
  head: Head | undefined,
  body: Buffer,
  { sentAtMs, isCut }: { sentAtMs: number; isCut: boolean },
): HttpResponse {
  if (!head) throw new Error('Expected the head of an answer before its end.');
  const header = (name: string) => head.headers[name]?.toString();
  const unpack = isCut ? textOf : unpackText;
  return {
    status: head.status,
    setCookie: [head.headers['set-cookie'] ?? []].flat(),
    date: header('date'),
    retryAfter: header('retry-after'),
    age: header('age'),
    servedBy: [header('server'), header('via')].join(' | '),
    handshakes: undefined,
    body: unpack(body, header('content-encoding'), header('content-type')),
    isCut,
    sentAtMs,
    firstByteAtMs: head.atMs,
    receivedAtMs: nowMs(),
  };
}

function judged(error: unknown, isSent: boolean): unknown {
  if (isTooLarge(error)) return trouble(MARK.tooLarge, `Expected a body of at most ${BODY_CAP_BYTES} bytes.`, error);
  if (isSent || classify(error) === 'not-sent') return error;
  return trouble(MARK.notSent, 'The call ended before anything was sent.', error);
}

const optionsOf = ({ method, url, headers, body }: HttpRequest) => ({
  origin: url.origin,
  path: `${url.pathname}${url.search}`,
  method,
  headers: { ...HEADERS, ...headers },
  ...(body !== undefined && { body }),
  ...(method === 'HEAD' && { reset: false }),
});
