// A TCP proxy that reads just enough HTTP to know which call passes; it can hold back, drop or cut off halfway a call, or its answer, or both. The
// proxy decides nothing: a function of the test says for each call what the proxy does.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A call that has been read whole and has not been passed on yet. */
export interface Passing {
  readonly line: string;
  readonly body: string;
}

/** What happens to a request or an answer: `go` passes it on, `cut` drops it and resets the connection, `cut-half` passes half and then resets. */
export type Fate = 'go' | 'cut' | 'cut-half';

/** What to do with one call (`before`) and with its answer (`after`); where `before` or `after` is absent, the message is passed on. */
export interface Orders {
  readonly before?: () => Promise<Fate>;
  readonly after?: () => Promise<Fate>;
}

export interface FaultProxy {
  readonly port: number;
  /**
   * Refuses new connections until `open` is called. Open connections are reset; with `sparing`, only the connections without a call under way.
   */
  refuse(how?: 'sparing'): Promise<void>;
  open(): Promise<void>;
  /** Resets every open connection. */
  reset(): void;
  stop(): Promise<void>;
}

export type Watcher = (call: Passing) => Promise<Orders | undefined> | Orders | undefined;

const HEAD_END = '\r\n\r\n';

/** Gives the length in bytes of the first whole message in the buffer; undefined while that message is incomplete. */
function messageLength(buffer: Buffer): number | undefined {
  const end = buffer.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = buffer.toString('latin1', 0, end).toLowerCase();
  const from = end + HEAD_END.length;
  if (/^http\/1\.1 (204|304)/.test(head)) return from;
  if (/\r\ntransfer-encoding: *chunked/.test(head)) {
    const last = buffer.indexOf('0\r\n\r\n', from);
    return last < 0 ? undefined : last + 5;
  }
  const length = from + Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  return buffer.length >= length ? length : undefined;
}

function readCall(message: Buffer): Passing {
  const text = message.toString('utf8');
  const end = text.indexOf(HEAD_END);
  return { line: text.slice(0, text.indexOf('\r\n')), body: text.slice(end + HEAD_END.length) };
}

/** Collects the bytes that arrive on a socket, and calls `whole` with each whole message; the returned function gives the bytes left over. */
function gather(socket: Socket, whole: (message: Buffer) => void): () => Buffer {
  let held: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let size = messageLength(held); size !== undefined; size = held.length > 0 ? messageLength(held) : undefined) {
      const message = held.subarray(0, size);
      held = held.subarray(size);
      whole(message);
    }
  });
  return () => held;
}

export async function startFaultProxy(target: () => number, watch: Watcher): Promise<FaultProxy> {
  const standing = new Set<Socket>();
  const busy = new Set<Socket>();
  const server = createServer((client) => serve(client, target(), watch, { standing, busy }));
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const reset = () => {
    for (const socket of standing) tear(socket);
  };
  const refuse = async (how?: 'sparing') => {
    if (!server.listening) return;
    // The server's event `close` comes only when the calls under way have ended, so a `sparing` refusal, which lets those calls go on, does not wait
    // for that event.
    const closed = how === undefined ? once(server, 'close') : undefined;
    server.close();
    if (closed) {
      reset();
      await closed;
    } else for (const socket of standing) if (!busy.has(socket)) tear(socket);
  };
  return {
    port,
    refuse,
    reset,
    stop: () => refuse(),
    open: () => (server.listening ? Promise.resolve() : listen(port)),
  };
}

/** Resets a socket if possible: on a socket that is ending already, a reset fails and would leave the handle open for ever. */
function tear(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

interface Sockets {
  readonly standing: Set<Socket>;
  /** Both sockets (to the client, and to the server) of each connection that carries a call. */
  readonly busy: Set<Socket>;
}

function serve(client: Socket, port: number, watch: Watcher, { standing, busy }: Sockets): void {
  const upstream = connect(port, '127.0.0.1');
  let orders: Orders | undefined;
  const drop = () => {
    tear(client);
    tear(upstream);
  };
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    standing.add(socket);
    // A reset on one side becomes a reset on the other: a proxy that turned a reset into a normal end would soften the fault.
    socket.on('error', drop);
    socket.once('close', () => {
      standing.delete(socket);
      busy.delete(socket);
    });
  }
  const carries = (yes: boolean) => {
    for (const socket of [client, upstream])
      if (yes) busy.add(socket);
      else busy.delete(socket);
  };
  client.once('close', () => upstream.destroy());
  const pass = (to: Socket, message: Buffer, fate: Fate) => {
    if (fate === 'go') to.write(message);
    else if (fate === 'cut') drop();
    // The first half of the message must have left before the reset.
    else to.write(message.subarray(0, Math.floor(message.length / 2)), () => setTimeout(drop, 5));
  };
  gather(client, (message) => {
    const forward = async () => {
      carries(true);
      orders = await watch(readCall(message));
      pass(upstream, message, orders?.before ? await orders.before() : 'go');
    };
    forward().catch(drop);
  });
  const rest = gather(upstream, (message) => {
    const back = async () => {
      pass(client, message, orders?.after ? await orders.after() : 'go');
      carries(false);
    };
    back().catch(drop);
  });
  // Bytes that never became a whole message (a truncated answer, garbage) are passed on as they are.
  upstream.once('end', () => client.end(rest()));
}
