// Stamps every chunk at the moment it is read off its socket, and hands it to the HTTP parser a little later, a few at a time.
// Without this, parsing and judging the first of a thousand requests delays the stamps of all the others,
// and a bench would measure the pretend gym instead of the racer.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { systemMs } from './sim-clock.ts';

// After so long the sockets are looked at again before the next request is parsed: the error of a stamp.
const SLICE_MS = 0.2;

export interface Stamps {
  /** When the chunk that is being parsed now was read; epoch milliseconds. */
  readAtMs(socket: Socket): number;
}

interface Chunk {
  socket: Socket;
  parse: () => void;
  atMs: number;
}

/** Takes hold of all sockets of the server. Call once, before it listens. */
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
        // The end must not overtake what came before it.
        parseUntil(Number.POSITIVE_INFINITY);
        return push(null);
      }
      hold({ socket, parse: () => push(chunk), atMs: systemMs() });
      return true;
    };
    // Node's parser reads a socket past its stream until another listener hears it.
    socket.on('data', () => undefined);
  });
  return { readAtMs: (socket) => stamps.get(socket) ?? systemMs() };
}
