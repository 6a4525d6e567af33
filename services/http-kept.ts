// Connections for calls that change something. The server may have closed an idle connection since its last answer, and a change written to that
// connection would be lost without proof. A connection is used again only at an origin that was seen to keep connections open, and only after a rest,
// in which a close that follows the answer would arrive. At every other origin each change opens a connection of its own.
import { Client, type Dispatcher } from 'undici';

/** How long an origin must leave an idle connection open before puntual uses connections to that origin again. */
const WATCH_MS = 1_000;
/** The rest of a connection before it is used again: a close that the server sends right behind its answer arrives within this time. */
const REST_MS = 25;
/** A connection that was idle for longer is not used again: servers close idle connections after five seconds and more. */
const MAX_IDLE_MS = 3_000;
/** How long connections are not used again at an origin that closed an idle one. Later the origin is watched again: its server may have restarted. */
const DISTRUST_MS = 10 * 60_000;

type Habit = 'unknown' | 'keeps' | 'closes';

interface Line {
  readonly client: Client;
  isUp: boolean;
  idleSinceMs: number;
}

export interface KeptOptions extends Client.Options {
  /** How many calls may be under way at one origin at a time; further calls wait in the order in which they came. */
  readonly connections: number;
}

/** Sends each call on a connection that cannot have been closed since its last answer. Has the part of a Dispatcher that http.ts uses. */
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
  /** The lines that are connected and not in use; the first has been idle longest. */
  const idle: Line[] = [];
  const waiting: (() => void)[] = [];
  let habit: Habit = 'unknown';
  let busy = 0;
  let closedAtMs = 0;

  function drop(line: Line): void {
    lines.delete(line);
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    line.client.close().catch(() => undefined);
  }
  /** Called when a connection has ended. If the connection was idle and puntual had not dropped it, the server closed it: note the origin's habit. */
  function ended(line: Line): void {
    line.isUp = false;
    if (!idle.includes(line)) return;
    const now = performance.now();
    if (now - line.idleSinceMs < MAX_IDLE_MS) {
      habit = 'closes';
      closedAtMs = now;
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
    if (habit === 'closes' && now - closedAtMs > DISTRUST_MS) habit = 'unknown';
    for (let first = idle[0]; first; first = idle[0]) {
      const idleMs = now - first.idleSinceMs;
      if (idleMs >= WATCH_MS && habit === 'unknown') habit = 'keeps';
      if (idleMs <= MAX_IDLE_MS && habit !== 'closes') break;
      drop(first);
    }
    // Takes the connection that was in use last, among those that have rested.
    const at = habit === 'keeps' ? idle.findLastIndex((line) => now - line.idleSinceMs >= REST_MS) : -1;
    return idle.splice(at, at < 0 ? 0 : 1)[0] ?? open();
  }
  function release(line: Line): void {
    busy -= 1;
    line.idleSinceMs = performance.now();
    idle.push(line);
    // While the habit is unknown, each call leaves an idle connection to be watched: at most as many as calls may be under way at once.
    const isWatched = habit !== 'unknown' || idle.length <= connections;
    if (!line.isUp || !isWatched) drop(line);
    waiting.shift()?.();
  }
  function leave(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const line = take();
    let isOut = true;
    busy += 1;
    // The line is released one turn of the event loop after the end: undici's parser has yet to report that the connection is free or has ended.
    const end = () => {
      if (isOut) setImmediate(() => release(line));
      isOut = false;
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
