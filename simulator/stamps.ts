// Stamps every chunk at the moment it is read off its socket, and hands it to the HTTP parser a little later, a few chunks at a time. If chunks were
// stamped when they are parsed, the work on the first of a thousand requests would delay all other stamps, and a bench would measure the pretend gym.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { systemMs } from './sim-clock.ts';

// After this many ms of parsing, the sockets are read again before more chunks are parsed; a stamp is late by at most about this time.
const SLICE_MS = 0.2;

export interface Stamps {
  /** When the chunk that is being parsed at present was read off its socket, in epoch milliseconds. */
  readAtMs(socket: Socket): number;
}

interface Chunk {
  socket: Socket;
  parse: () => void;
  atMs: number;
}

/**
 * Records, for every chunk on every socket of the server, when the chunk was read off its socket. Call `stampReads` once, before the server listens.
 */
export function stampReads(server: Server, tls: boolean): Stamps {
  const stamps = new WeakMap<Socket, number>();
  let waiting: Chunk[] = [];
  let next = 0;
  function parseUntil(deadlineMs: number): void {
    for (let chunk = waiting[next]; chunk !== undefined; chunk = waiting[next]) {
      next++;
      stamps.set(chunk.socket, chunk.atMs);
      chunk.parse();
      if (systemMs() >= deadlineMs) break;
    }
    if (next < waiting.length) return;
    waiting = [];
    next = 0;
  }
  function parseSlice(): void {
    parseUntil(systemMs() + SLICE_MS);
    if (waiting.length > 0) setImmediate(parseSlice);
  }
  function hold(chunk: Chunk): void {
    if (waiting.length === 0) setImmediate(parseSlice);
    waiting.push(chunk);
  }
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    const push = socket.push.bind(socket);
    socket.push = (chunk: Buffer | null) => {
      if (chunk === null) {
        // The HTTP parser gets all waiting chunks before it hears that this socket has ended.
        parseUntil(Number.POSITIVE_INFINITY);
        return push(null);
      }
      hold({ socket, parse: () => push(chunk), atMs: systemMs() });
      return true;
    };
    // Without a listener on `data`, Node's HTTP parser reads the socket directly and never calls `push`, which here records when a chunk came.
    socket.on('data', () => undefined);
  });
  return { readAtMs: (socket) => stamps.get(socket) ?? systemMs() };
}
