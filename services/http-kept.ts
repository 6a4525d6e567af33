// Connections for calls that change something. A kept one may have been closed at the other end since its last answer. A change written
// to it then would be lost, and no proof could be had that it was. So one is used again only at an origin that was seen to keep its
// connections. It rests first: by then an end sent behind the answer has come. Everywhere else each change opens its own.
import { Client, type Dispatcher } from 'undici';

/** An origin that leaves a connection open for so long after an answer keeps it until it says otherwise. */
const WATCH_MS = 1_000;
/** A connection is not used again sooner: an end that follows the answer at once is on its way for no longer. */
const REST_MS = 25;
/** Nor later: servers close idle connections after five seconds and more. */
const MAX_IDLE_MS = 3_000;
/** An origin that closed one is not trusted for so long; it may only have been restarted. */
const DISTRUST_MS = 10 * 60_000;

type Habit = 'unknown' | 'keeps' | 'closes';

interface Line {
  readonly client: Client;
  isBusy: boolean;
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
  const waiting: (() => void)[] = [];
  let habit: Habit = 'unknown';
  let busy = 0;
  let closedAtMs = 0;

  function drop(line: Line): void {
    lines.delete(line);
    line.client.close().catch(() => undefined);
  }
  /** A connection is over. If it was idle and not dropped by us, the other end has closed it: what that says of its habit. */
  function ended(line: Line): void {
    line.isUp = false;
    if (line.isBusy || !lines.has(line)) return;
    const now = performance.now();
    if (now - line.idleSinceMs < MAX_IDLE_MS) {
      habit = 'closes';
      closedAtMs = now;
    }
    drop(line);
  }
  function open(): Line {
    const line: Line = { client: new Client(origin, options), isBusy: false, isUp: false, idleSinceMs: 0 };
    line.client.on('connect', () => {
      line.isUp = true;
    });
    line.client.on('disconnect', () => ended(line));
    lines.add(line);
    return line;
  }
  function take(): Line {
    const now = performance.now();
    let found: Line | undefined;
    if (habit === 'closes' && now - closedAtMs > DISTRUST_MS) habit = 'unknown';
    for (const line of lines) {
      if (line.isBusy) continue;
      const idleMs = now - line.idleSinceMs;
      if (idleMs >= WATCH_MS && habit === 'unknown') habit = 'keeps';
      if (idleMs > MAX_IDLE_MS || habit === 'closes') drop(line);
      else if (habit === 'keeps' && line.isUp && idleMs >= REST_MS) found = line;
    }
    return found ?? open();
  }
  function release(line: Line): void {
    if (!line.isBusy) return;
    line.isBusy = false;
    busy -= 1;
    line.idleSinceMs = performance.now();
    // While the habit is unknown each call leaves one behind: no more are watched than may be out at once.
    const isWatched = habit !== 'unknown' || lines.size - busy <= connections;
    if (!line.isUp || !isWatched) drop(line);
    waiting.shift()?.();
  }
  function leave(call: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const line = take();
    line.isBusy = true;
    busy += 1;
    return line.client.dispatch(call, {
      ...handler,
      onResponseEnd(controller, trailers) {
        handler.onResponseEnd?.(controller, trailers);
        // A turn later: the parser has still to say that the connection is free, or that it is over.
        setImmediate(() => release(line));
      },
      onResponseError(controller, error) {
        handler.onResponseError?.(controller, error);
        setImmediate(() => release(line));
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
