// The HTTP client of all ordinary outgoing calls: a host list, no followed redirects, a body cap, deadlines that start at sending. It never
// repeats a call (services/retry.ts does, for reads) and does not interpret a body. The race's shot has its own socket.
import { Agent, type Dispatcher } from 'undici';
import { type Handshakes, timeHandshakes } from './handshakes.ts';
import { ACCEPTED, BODY_CAP_BYTES, isTooLarge, textOf, unpackText } from './http-body.ts';
import { connectorBy } from './http-connector.ts';
import { startDeadlines, trouble } from './http-deadline.ts';
import { createKeptAgent } from './http-kept.ts';
import { classify, MARK } from './http-verdict.ts';
import type { OutboundProxy } from './tunnel.ts';

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
  /**
   * Makes what came of a broken answer an answer, too (`isCut`), where otherwise the call would throw. Called with every part of the
   * body so far, and with the last, in the same breath as the bytes came. Its work before its first wait is done before anything
   * else happens in this process.
   */
  readonly received?: (soFar: HttpResponse) => void;
}

/** `…AtMs` are epoch milliseconds, sub-millisecond, anchored on the monotonic clock. */
export interface HttpResponse {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly date: string | undefined;
  readonly retryAfter: string | undefined;
  readonly age: string | undefined;
  /** Server and Via, as they came: the server that answered. */
  readonly servedBy: string;
  /** Handshakes with the host, of the connections made for HEAD calls lately; undefined for other methods. */
  readonly handshakes: Handshakes | undefined;
  readonly body: string;
  /** The answer broke off, or its end has not come yet: `body` is what there is of it. */
  readonly isCut: boolean;
  readonly sentAtMs: number;
  readonly firstByteAtMs: number;
  readonly receivedAtMs: number;
}

export interface Http {
  /** One call, once. Throws an Error to be read with `classify`: nothing complete came back. */
  send(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

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

/** The headers that go along with every call unless the caller says otherwise. */
const HEADERS = { accept: '*/*', 'accept-encoding': ACCEPTED };

/** @param allow every address that may ever be called; anything else is refused before a socket is opened. */
export function createHttp({
  allow,
  connections = CONNECTIONS_PER_ORIGIN,
  proxy,
}: {
  allow: readonly AllowRule[];
  /** At one origin at a time; a caller that renews more sessions at once needs more. */
  connections?: number;
  /** Every connection leads through it. */
  proxy?: OutboundProxy | undefined;
}): Http {
  const options = {
    connect: connectorBy(proxy),
    connections,
    maxResponseSize: BODY_CAP_BYTES,
    // Ours start at sending and may be 60 s; the agent's own would cut a slow answer that must not be lost.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const timed = timeHandshakes(nowMs);
  const connect: typeof options.connect = (to, done) => {
    // It answers the socket, though its types do not say so; `watch` looks whether it is one.
    const socket: unknown = options.connect(to, done);
    timed.watch(`${to.protocol}//${to.host}`, socket);
  };
  const agents = {
    GET: new Agent(options),
    // HEAD has connections of its own, which stay open. Undici closes them: a body that a server sends all the same would be
    // read as the next call's answer. Here the next call is another HEAD.
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

/** One call by undici's own handler: its `request` makes a stream, a signal and some promises more for a body that is read whole anyway. */
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
    /** After the parser has done with what came: an answer that is whole by then has been heard of as a whole. */
    function hearPart(): void {
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (isOver || size < nextPartBytes) return;
      nextPartBytes = size < SMALL_BYTES ? size + 1 : 2 * size;
      asked.received?.(answerNow(true));
    }
    function giveUp(reason: unknown): void {
      fail(reason);
      // There is no call yet without a connection: it hears of this when it is about to leave.
      call?.abort(GIVEN_UP);
    }
    if (asked.signal?.aborted) return fail(asked.signal.reason);
    asked.signal?.addEventListener('abort', stop, { once: true });
    dispatcher.dispatch(optionsOf(asked), {
      // A request is handed to a connected socket: before that nothing is written, and a failure is proven `not-sent`.
      onRequestStart(controller) {
        call = controller;
        if (isOver) return controller.abort(GIVEN_UP);
        sentAtMs = nowMs();
        limits.left();
      },
      onResponseStart(_, status, headers) {
        // "Wait a moment" is not the answer yet.
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

/** No caller hears it: the one that waited has been told why by then. */
const GIVEN_UP = new Error('The call was given up.');

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly atMs: number;
}

/** Up to this size a body is heard of with each part that comes; from there on, each time it has doubled. */
const SMALL_BYTES = 4 * 1024;

/** Throws what unpacking throws (a cut body is given as it came, then), or that there was no head. */
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
