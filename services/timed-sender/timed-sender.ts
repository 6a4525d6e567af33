// Sends a race's requests: keeps warm connections to the gym, and has a thread of its own that writes the prepared requests at one instant. Each
// request is written at most once, whatever happens; services/race/shot-rules.ts decides what to try next.
import type { PreparedRequest } from '../gym/gym.ts';
import { type BatchOptions, CELL, type FromThread, hrtimeAheadMs, inEpoch, type ShotReport } from './protocol.ts';
import { openLink } from './thread-link.ts';

export interface TimedSenderOptions {
  /** The most warm connections; 800 leaves room under the 1,024 file descriptors of a Vercel instance. */
  readonly maxConnections?: number;
  /** The most requests that may queue on one connection once every connection has a request; about 20 requests fit into TCP's initial window. */
  readonly maxPerConnection?: number;
  readonly connectTimeoutMs?: number;
  /** `load` waits for connections at most this long; the sender goes on trying to open the rest. */
  readonly warmTimeoutMs?: number;
  /** A shot that has no answer this long after it was written to its connection is `unknown`. */
  readonly answerTimeoutMs?: number;
  readonly tls?: BatchOptions['tls'];
  readonly proxy?: BatchOptions['proxy'];
  /**
   * The epoch ms at which `performance.now()` was zero. All instants of the sender are `performance.now()` plus `anchorMs`, and so never jump. The
   * probes of the gym's clock must use the same `anchorMs` as the sender. By default `anchorMs` is `performance.timeOrigin`.
   */
  readonly anchorMs?: number;
}

/**
 * What became of one request. Instants are epoch ms with fractions; `sentAtMs` is when the first byte is handed to the kernel.
 * - `answer`: a complete HTTP answer came, which is not yet understood;
 * - `not-sent`: no byte was sent (no connection, withdrawn, closed), so sending again is safe;
 * - `unknown`: the request was written, but no complete readable answer came; ask the gym what it did, and never send the request again.
 * `gymDateMs` is the answer's `Date` (whole seconds), undefined when a cache gave the answer.
 */
export type Shot = ShotReport;

export interface Warmth {
  readonly ready: number;
  readonly cold: number;
}

export interface TimedSender {
  /**
   * Opens connections for the requests, which are indexed in order of loading. Resolves when the sender has tried once to open each connection, or
   * when `warmTimeoutMs` are over; the sender goes on trying to open the rest.
   */
  load(requests: readonly PreparedRequest[]): Promise<Warmth>;
  /**
   * Writes all loaded requests at `atMs`, never before. `fireAt` may be called only once. `onShot` is called with each result as it comes. A request
   * that could not be written by `notAfterMs` (the process was suspended, or no connection came up) ends as `not-sent`.
   */
  fireAt(atMs: number, onShot?: (shot: Shot) => void, notAfterMs?: number): Promise<Shot[]>;
  /** Writes one more request immediately, on a connection still warm or else a new one; never after `notAfterMs`. */
  shootNow(request: PreparedRequest, notAfterMs?: number): Promise<Shot>;
  /**
   * Withdraws the request with this index (see `load`), if it is not yet written. True when the request will certainly not be written; false when it
   * was written, or its shot is over.
   */
  withdraw(index: number): boolean;
  /** Closes all connections. A shot that is not over ends as `unknown` if its request may have been written, else as `not-sent`. */
  close(): Promise<void>;
}

interface Held {
  readonly cells: Int32Array;
  readonly cellAt: number;
  readonly over: PromiseWithResolvers<Shot>;
  isOver: boolean;
}

const DEFAULTS = {
  maxConnections: 800,
  maxPerConnection: 20,
  connectTimeoutMs: 3_000,
  warmTimeoutMs: 5_000,
  answerTimeoutMs: 20_000,
};

/**
 * Opens the sender of one race on the process's sender thread, which is started if need be. The caller must close the sender when the race is over.
 */
export async function openTimedSender(options: TimedSenderOptions = {}): Promise<TimedSender> {
  const { maxPerConnection, ...limits } = { ...DEFAULTS, ...options };
  const laneOptions: BatchOptions = {
    maxConnections: limits.maxConnections,
    connectTimeoutMs: limits.connectTimeoutMs,
    warmTimeoutMs: limits.warmTimeoutMs,
    answerTimeoutMs: limits.answerTimeoutMs,
    tls: options.tls ?? {},
    proxy: options.proxy,
  };
  const shiftMs = (options.anchorMs ?? performance.timeOrigin) - hrtimeAheadMs();
  const shots = new Map<number, Held>();
  const warmths = new Map<number, PromiseWithResolvers<Warmth>>();
  let hears: ((shot: Shot) => void) | undefined;
  let loaded = 0;
  let lastIndex = 0;
  let lastPart = 0;
  let isArmed = false;
  let isClosed = false;

  const link = openLink({ hear, lost: () => endAll('sender-lost') });
  link.post({ kind: 'open', batch: link.batch, options: laneOptions });

  function hear(message: FromThread): void {
    if (message.kind === 'shot') {
      end(inEpoch(message.shot, shiftMs));
      return;
    }
    warmths.get(message.part)?.resolve({ ready: message.ready, cold: message.cold });
    warmths.delete(message.part);
  }
  function end(shot: Shot): void {
    const held = shots.get(shot.index);
    if (!held || held.isOver) return;
    held.isOver = true;
    if (shot.index < loaded) hears?.(shot);
    held.over.resolve(shot);
  }
  /**
   * Ends all shots that are not over, as `not-sent` or `unknown`. The memory shared with the sender's thread is right even when the thread has died:
   * it shows which shots the thread had marked as written, and these may have been sent.
   */
  function endAll(reason: string): void {
    isClosed = true;
    for (const [index, held] of shots) {
      const wasWritten = Atomics.exchange(held.cells, held.cellAt, CELL.withdrawn) === CELL.written;
      end(ended(index, wasWritten ? { kind: 'unknown', reason } : { kind: 'not-sent', reason }));
    }
    for (const warmth of warmths.values()) warmth.resolve({ ready: 0, cold: 0 });
    warmths.clear();
  }
  function hold(cells: Int32Array, cellAt: number): Held {
    const held: Held = { cells, cellAt, over: Promise.withResolvers(), isOver: false };
    shots.set(lastIndex, held);
    lastIndex += 1;
    return held;
  }
  const mustBeOpen = (): void => {
    if (isClosed) throw new Error('Expected the sender to be open.');
  };

  return {
    async load(requests) {
      mustBeOpen();
      requests.forEach(mustBeWritable);
      if (isArmed || loaded !== lastIndex) throw new Error('Expected requests to be loaded before anything is fired.');
      if (lastIndex + requests.length > laneOptions.maxConnections * maxPerConnection) {
        throw new RangeError(`Expected at most ${laneOptions.maxConnections * maxPerConnection} requests.`);
      }
      const shared = new SharedArrayBuffer(Math.max(4, requests.length * 4));
      const firstIndex = lastIndex;
      for (const at of requests.keys()) hold(new Int32Array(shared), at);
      loaded = lastIndex;
      lastPart += 1;
      const warmth = Promise.withResolvers<Warmth>();
      warmths.set(lastPart, warmth);
      const part = lastPart;
      link.post({ kind: 'load', batch: link.batch, part, firstIndex, cells: shared, requests: [...requests] });
      return warmth.promise;
    },
    async fireAt(atMs, onShot, notAfterMs = Number.POSITIVE_INFINITY) {
      mustBeOpen();
      if (isArmed || !Number.isFinite(atMs)) throw new Error('Expected one finite instant, once.');
      isArmed = true;
      hears = onShot;
      link.post({ kind: 'fire', batch: link.batch, atMs: atMs - shiftMs, notAfterMs: notAfterMs - shiftMs });
      const waits = [...shots.values()].slice(0, loaded).map((held) => held.over.promise);
      return Promise.all(waits);
    },
    async shootNow(request, notAfterMs = Number.POSITIVE_INFINITY) {
      mustBeOpen();
      mustBeWritable(request);
      const shared = new SharedArrayBuffer(4);
      const index = lastIndex;
      const held = hold(new Int32Array(shared), 0);
      link.post({ kind: 'shoot', batch: link.batch, index, cells: shared, request, notAfterMs: notAfterMs - shiftMs });
      return held.over.promise;
    },
    withdraw(index) {
      const held = shots.get(index);
      if (!held || held.isOver) return false;
      const was = Atomics.compareExchange(held.cells, held.cellAt, CELL.loaded, CELL.withdrawn);
      if (was !== CELL.loaded) return false;
      end(ended(index, { kind: 'not-sent', reason: 'withdrawn' }));
      return true;
    },
    async close() {
      if (isClosed) return;
      endAll('closed');
      await link.release();
    },
  };
}

// One thread sends for all races, and an error in that thread would end all races. A request that the thread could not write is therefore refused
// before the thread gets it.
function mustBeWritable(request: PreparedRequest): void {
  const isPort = Number.isInteger(request.port) && request.port > 0 && request.port < 65_536;
  if (request.host === '' || !isPort || request.bytes.length === 0) {
    throw new RangeError('Expected a prepared request with host, port and bytes.');
  }
}

const ended = (index: number, result: Shot['result']): Shot => ({
  index,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result,
});
