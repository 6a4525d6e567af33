// One race (a batch) inside the sender's thread: its requests, the warm connections to which they will be written, and their results. thread.ts
// waits for the firing instant; race/shot-rules.ts decides about further tries.
import type { PreparedRequest } from '../gym/gym.ts';
import { type Connection, type Flight, report } from './connection.ts';
import type { Address } from './dial.ts';
import { type BatchOptions, CELL, type FromThread, hrtimeMs, type ToThread } from './protocol.ts';
import { type Keeper, openKeeper } from './warm-connection.ts';

/** The number of times that a write is rehearsed: enough for the JavaScript engine to have compiled the write path, few enough to cost no time. */
const REHEARSALS = 64;
/**
 * The most connections that are being opened at the same time: enough to warm hundreds of connections in a second or two, few enough not to look like
 * an attack.
 */
const MAX_DIALLING = 32;

const NOWHERE: PreparedRequest = { host: '', port: 0, tls: false, bytes: new Uint8Array(0) };

interface Order extends Flight {
  bytes: Uint8Array;
  /**
   * No thread may write the request after this instant, because another process may then have the right to send it. Undefined for a loaded request:
   * the `notAfterMs` of `fire` applies instead.
   */
  notAfterMs: number | undefined;
  readonly address: Address;
  readonly cells: Int32Array;
  readonly cellAt: number;
}

interface Slot {
  readonly address: Address;
  readonly orders: Order[];
  keeper: Keeper | undefined;
}

type Load = Extract<ToThread, { kind: 'load' }>;
type Shoot = Extract<ToThread, { kind: 'shoot' }>;

export interface Batch {
  load(message: Load): void;
  shoot(message: Shoot): void;
  /** Runs the code of a write many times shortly before the firing instant, without writing a byte. */
  rehearse(): void;
  /** Writes every loaded request, unless `notAfterMs` has passed. */
  fire(notAfterMs: number): void;
  close(): void;
}

export function openBatch(batch: number, options: BatchOptions, tell: (message: FromThread) => void): Batch {
  const slots: Slot[] = [];
  const waiting: (() => void)[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let dialling = 0;
  let hasFired = false;
  let volleyNotAfterMs = Number.POSITIVE_INFINITY;
  let isClosed = false;

  const orderOf = (index: number, request: PreparedRequest, cells: Int32Array, cellAt: number): Order => {
    const { host, port, tls, bytes } = request;
    const order: Order = {
      index,
      bytes,
      notAfterMs: undefined,
      address: { host, port, tls },
      cells,
      cellAt,
      claim: () => {
        // The order's `notAfterMs`, or else the volley's, is checked right before the request is written, by a clock that goes on while the process
        // is suspended. If the process was suspended, another process may have taken over the prebooking meanwhile, so no request is written after
        // `notAfterMs`.
        if (hrtimeMs() <= (order.notAfterMs ?? volleyNotAfterMs)) return take(order);
        notSent(order, 'too-late');
        return false;
      },
      report: (shot) => tell({ kind: 'shot', batch, shot }),
    };
    return order;
  };
  const take = ({ cells, cellAt }: Order): boolean =>
    Atomics.compareExchange(cells, cellAt, CELL.loaded, CELL.written) === CELL.loaded;
  const notSent = (order: Order, reason: string): void => {
    if (take(order)) order.report(report(order.index, { kind: 'not-sent', reason }));
  };

  function dialNext(): void {
    while (!isClosed && dialling < MAX_DIALLING && waiting.length > 0) waiting.shift()?.();
  }
  /** Opens a connection once fewer than `MAX_DIALLING` handshakes are under way; `settled` is called at the end of the first attempt to connect. */
  function warm(slot: Slot, settled: (isUp: boolean) => void): void {
    let isFirst = true;
    waiting.push(() => {
      dialling += 1;
      slot.keeper = openKeeper(slot.address, options, {
        wanted: () => !hasFired && !isClosed,
        settled(isUp) {
          if (!isFirst) return;
          isFirst = false;
          dialling -= 1;
          settled(isUp);
          dialNext();
        },
      });
    });
    dialNext();
  }
  function slotFor(order: Order): Slot {
    const there = slots.filter((slot) => isSame(slot.address, order.address));
    if (slots.length < options.maxConnections || there.length === 0) {
      const slot: Slot = { address: order.address, orders: [], keeper: undefined };
      slots.push(slot);
      return slot;
    }
    return there.reduce((least, slot) => (slot.orders.length < least.orders.length ? slot : least));
  }
  function later(afterMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, afterMs);
    timers.add(timer);
  }
  /**
   * Gives up unanswered requests when their time limit has passed and the sockets have been read once more. If this thread has stood still, its timers
   * run before its sockets are read, although an answer may have come in time.
   */
  const expireLater = (): void =>
    later(options.answerTimeoutMs + 5, () => {
      const beforeMs = hrtimeMs() - options.answerTimeoutMs;
      setImmediate(() => {
        for (const slot of slots) slot.keeper?.expire(beforeMs);
      });
    });

  function load(message: Load): void {
    const cells = new Int32Array(message.cells);
    const fresh = new Set<Slot>();
    for (const [at, request] of message.requests.entries()) {
      const order = orderOf(message.firstIndex + at, request, cells, at);
      const slot = slotFor(order);
      slot.orders.push(order);
      if (slot.orders.length === 1) fresh.add(slot);
    }
    let left = fresh.size;
    let ready = 0;
    let isTold = false;
    const tellWarm = (): void => {
      if (!isTold) tell({ kind: 'warm', batch, part: message.part, ready, cold: fresh.size - ready });
      isTold = true;
    };
    if (left === 0) tellWarm();
    else later(options.warmTimeoutMs, tellWarm);
    for (const slot of fresh) {
      warm(slot, (isUp) => {
        if (isUp) ready += 1;
        left -= 1;
        if (left === 0) tellWarm();
      });
    }
  }
  function fire(notAfterMs: number): void {
    const stranded: Slot[] = [];
    volleyNotAfterMs = notAfterMs;
    for (const slot of slots) {
      const connection = slot.keeper?.idle();
      if (connection) connection.write(slot.orders);
      else stranded.push(slot);
    }
    hasFired = true;
    // A connection that still waits to be dialled would come too late for the volley. The connections that still wait are given up, so that a
    // connection for a further try need not wait behind them.
    waiting.length = 0;
    for (const slot of stranded) {
      for (const order of slot.orders) notSent(order, slot.keeper?.reason() ?? 'not-connected');
    }
    expireLater();
  }
  /**
   * Writes one request immediately, on a warm connection or else on a new one. If a connection that is opened for the request does not come up, no
   * byte was sent.
   */
  function shootNow(order: Order): void {
    const idle = slots.find((slot) => isSame(slot.address, order.address) && slot.keeper?.idle())?.keeper?.idle();
    const send = (connection: Connection): void => {
      connection.write([order]);
      expireLater();
    };
    const write = (keeper: Keeper | undefined): void => {
      const connection = keeper?.idle();
      if (connection) send(connection);
      else notSent(order, keeper?.reason() ?? 'not-connected');
    };
    if (idle) {
      send(idle);
      return;
    }
    const slot: Slot = { address: order.address, orders: [], keeper: undefined };
    slots.push(slot);
    // A request that has no connection after `connectTimeoutMs` is not sent: by then no caller waits for it.
    later(options.connectTimeoutMs, () => notSent(order, 'connect-timeout'));
    // If the first attempt to connect fails before `openKeeper` returns, `slot.keeper` is not set yet when this callback runs. `setImmediate` makes
    // `write` run after `slot.keeper` is set.
    warm(slot, () => setImmediate(() => write(slot.keeper)));
  }

  return {
    load,
    fire,
    rehearse() {
      orderOf(-1, NOWHERE, new Int32Array(new SharedArrayBuffer(4)), 0).claim();
      const warm = slots.map((slot) => slot.keeper?.idle()).filter((connection) => connection !== undefined);
      for (let at = 0; at < REHEARSALS && warm.length > 0; at += 1) warm[at % warm.length]?.rehearse();
    },
    shoot(message) {
      const order = orderOf(message.index, message.request, new Int32Array(message.cells), 0);
      order.notAfterMs = message.notAfterMs;
      shootNow(order);
    },
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const slot of slots) slot.keeper?.close();
    },
  };
}

const isSame = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port && a.tls === b.tls;
