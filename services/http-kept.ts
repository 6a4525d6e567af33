// Connections for calls that change something. A kept one may have been closed at the other end since its last answer. A change written
// to it then would be lost, and no proof could be had that it was. So one is used again only at an origin that was seen to keep its
// connections, and after no more than half of the time that one was seen to stay open there. It rests first: by then an end sent behind the
// answer has come. Everywhere else each change opens its own.
import { Client, type Dispatcher } from 'undici';

/** No connection is used again before one was seen open for so long after its answer: half of it is more than a way to Europe and back. */
const WATCH_MS = 200;
/** A connection is not used again sooner: an end that follows the answer at once is on its way for no longer. */
const REST_MS = 25;
/** Nor after this long, whatever was seen: servers close idle connections after five seconds and more. */
const MAX_IDLE_MS = 3_000;
/** An origin that closed one is not trusted for so long; it may only have been restarted. */
const DISTRUST_MS = 10 * 60_000;

interface Line {
  readonly client: Client;
  isUp: boolean;
  idleSinceMs: number;
}

export interface KeptOptions extends Client.Options {
  /** Calls out at one origin at a time; the others wait their turn. */
  readonly connections: number;
}

/** Sends each call on a connection that cannot have been closed meanwhile. It has the part of a Dispatcher that http.ts uses. */
export function createKeptAgent(options: KeptOptions): Pick<Dispatcher, 'dispatch'> & { close(): Promise<void> } {
  const origins = new Map<string, ReturnType<typeof createOrigin>>();
  return {
    dispatch(call, handler) {
      const origin = String(call.origin);
      let lines = origins.get(origin);
      if (!lines) {
        lines = createOrigin(origin, options);
        origins.set(origin, lines);
      }
      return lines.dispatch(call, handler);
    },
    async close() {
      await Promise.all([...origins.values()].map((lines) => lines.close()));
    },
  };
}

function createOrigin(origin: string, { connections, ...options }: KeptOptions) {
  const lines = new Set<Line>();
  /** Those of them that are up and not in use: the first has been idle longest. */
  const idle: Line[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  /** The longest that a connection was seen to stay open here after an answer. */
  let keptMs = 0;
  /** The origin closed a connection that had been idle for a short time. */
  let closedAtMs: number | undefined;

  function drop(line: Line): void {
    lines.delete(line);
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    line.client.close().catch(() => undefined);
  }
  /** A connection is over. If it was idle and not dropped by us, the other end has closed it: what that says of its habit. */
  function ended(line: Line): void {
    line.isUp = false;
    if (!idle.includes(line)) return;
    const now = performance.now();
    if (now - line.idleSinceMs < MAX_IDLE_MS) {
      closedAtMs = now;
      keptMs = 0;
    }
    drop(line);
  }
  function open(): Line {
    const line: Line = { client: new Client(origin, options), isUp: false, idleSinceMs: 0 };
    line.client.on('connect', () => {
      line.isUp = true;
    });
    line.client.on('disconnect', () => ended(line));
    lines.add(line);
    return line;
  }
  function take(): Line {
    const now = performance.now();
    if (closedAtMs !== undefined && now - closedAtMs > DISTRUST_MS) closedAtMs = undefined;
    for (let first = idle[0]; first; first = idle[0]) {
      const idleMs = now - first.idleSinceMs;
      if (closedAtMs === undefined) keptMs = Math.max(keptMs, idleMs);
      if (idleMs <= MAX_IDLE_MS && closedAtMs === undefined) break;
      drop(first);
    }
    // Half also covers a process that did not look for a while, and takes a connection for open whose end it has yet to read.
    const longestMs = keptMs < WATCH_MS ? 0 : keptMs / 2;
    // Of those that have rested, the one that was in use last.
    const at = idle.findLastIndex((line) => now - line.idleSinceMs >= REST_MS);
    const isFit = at >= 0 && now - (idle[at]?.idleSinceMs ?? 0) <= longestMs;
    return idle.splice(at, isFit ? 1 : 0)[0] ?? open();
  }
  function park(line: Line): void {
    line.idleSinceMs = performance.now();
    idle.push(line);
    const isWatching = keptMs < WATCH_MS;
    // Before any is used again no more are watched than may be out at once, and the oldest is not dropped: it has been watched longest. After
    // that twice as many are kept: as many rest as are out when a whole run's calls end together.
    const surplus = isWatching ? line : idle[0];
    if (!line.isUp) drop(line);
    else if (surplus && idle.length > (isWatching ? 1 : 2) * connections) drop(surplus);
  }
  function leave(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const line = take();
    let isOut = true;
    busy += 1;
    // The next call leaves at once. This connection is idle a turn later: the parser has still to say that it is free, or that it is over.
    const end = () => {
      if (!isOut) return;
      isOut = false;
      busy -= 1;
      setImmediate(() => park(line));
      waiting.shift()?.();
    };
    return line.client.dispatch(call, {
      ...handler,
      onResponseEnd(controller, trailers) {
        handler.onResponseEnd?.(controller, trailers);
        end();
      },
      onResponseError(controller, error) {
        handler.onResponseError?.(controller, error);
        end();
      },
    });
  }
  return {
    dispatch(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      if (busy < connections) return leave(call, handler);
      waiting.push(() => leave(call, handler));
      return false;
    },
    async close() {
      await Promise.all([...lines].map(({ client }) => client.close()));
    },
  };
}
