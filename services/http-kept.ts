// HTTP connections for calls that change something at the server. If the server has already closed an idle connection, a request written to that
// connection may or may not have taken effect. A connection is used again only if its idle time is at least `REST_MS`, and at most half the longest
// idle time that its origin was seen to allow.
import { Client, type Dispatcher } from 'undici';

/**
 * Connections to an origin are used for a second call only after one of them was seen open for this long, in ms, after an answer. `WATCH_MS` must
 * exceed two round trips to the gym. A connection is used again after at most half the longest idle time that was seen. The rest of that
 * idle time must exceed one round trip, so that the request arrives before the origin may close the connection.
 */
const WATCH_MS = 200;
/** How long, ms, a connection is idle before it may be used again: a close that the server sends right behind its answer arrives within this time. */
const REST_MS = 25;
/** A connection that was idle for longer than this, ms, is not used again: servers close idle connections after five seconds and more. */
const MAX_IDLE_MS = 3_000;
/**
 * For how long, ms, no connection is used for a second call at an origin that has closed an idle connection. After `DISTRUST_MS`, puntual measures
 * anew how long the origin keeps idle connections open, because the origin may have closed a connection only for a restart.
 */
const DISTRUST_MS = 10 * 60_000;

interface Line {
  readonly client: Client;
  isUp: boolean;
  idleSinceMs: number;
}

export interface KeptOptions extends Client.Options {
  /** How many calls may be under way at one origin at a time; further calls wait in the order in which they came. */
  readonly connections: number;
}

/** Sends each call on a new connection, or on one idle for less time than the server was seen to allow. */
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
  /** The lines (connections to this origin) that are connected and not in use; the first has been idle longest. */
  const idle: Line[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  /** The longest time, ms, for which an idle connection to this origin was seen open after an answer. */
  let keptMs = 0;
  /** When the origin last closed a connection that had been idle for less than `MAX_IDLE_MS`; undefined if it closed none within `DISTRUST_MS`. */
  let closedAtMs: number | undefined;

  function drop(line: Line): void {
    lines.delete(line);
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    line.client.close().catch(() => undefined);
  }
  /**
   * Called when a connection has ended. If the connection was idle and puntual had not dropped it, the server closed it, so perhaps this origin does
   * not keep connections open.
   */
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
      if (idleMs <= MAX_IDLE_MS && closedAtMs === undefined) {
        // An idle time above `MAX_IDLE_MS` does not prove that the origin keeps connections open, because a blocked process may not have read the
        // server's close. A connection that ends after more than `MAX_IDLE_MS` of idleness does not count as a sign that the origin closes idle
        // connections.
        keptMs = Math.max(keptMs, idleMs);
        break;
      }
      drop(first);
    }
    // A connection that was idle for more than half of `keptMs` is not used again: the server may have closed it while this process was blocked.
    const longestMs = keptMs < WATCH_MS ? 0 : keptMs / 2;
    // Takes the connection that was in use last, among those that have been idle for at least `REST_MS`.
    const at = idle.findLastIndex((line) => now - line.idleSinceMs >= REST_MS);
    const isFit = at >= 0 && now - (idle[at]?.idleSinceMs ?? 0) <= longestMs;
    return idle.splice(at, isFit ? 1 : 0)[0] ?? open();
  }
  function park(line: Line): void {
    line.idleSinceMs = performance.now();
    idle.push(line);
    const isWatching = keptMs < WATCH_MS;
    // Until an origin is known to keep connections open, a connection that becomes idle is closed if `connections` others are idle already. The
    // connections that have been idle longest show best for how long an origin keeps idle connections open. At an origin known to keep connections
    // open, at most twice `connections` idle connections stay open: one half can rest for `REST_MS` after its calls while the other half is used.
    const surplus = isWatching ? line : idle[0];
    if (!line.isUp) drop(line);
    else if (surplus && idle.length > (isWatching ? 1 : 2) * connections) drop(surplus);
  }
  function leave(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const line = take();
    let isOut = true;
    busy += 1;
    // As soon as this call has ended, the next waiting call is sent on another connection. This call's connection joins `idle` a moment later,
    // because undici's parser must first report that the connection is free or has ended.
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
