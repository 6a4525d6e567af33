// Reads the requests of one connection, and of each request only what the lean gym needs. The reader understands Content-Length alone, because no
// caller in the benches sends chunked bodies.
import type { Duplex } from 'node:stream';

export interface Request {
  readonly method: string;
  readonly path: string;
  /** The slot's id in the body of a booking; undefined for any other request. */
  readonly booking: number | undefined;
}

const HEAD_END = '\r\n\r\n';

/**
 * Calls `whole` while the chunk that ends a request is handled. A later chunk thus cannot overwrite the instant of arrival that the caller keeps for
 * this chunk.
 */
export function readRequests(socket: Duplex, whole: (request: Request) => void): void {
  let held = '';
  socket.on('data', (chunk: Buffer) => {
    held += chunk.toString('latin1');
    for (;;) {
      const headEnd = held.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = held.slice(0, headEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + HEAD_END.length + length;
      if (held.length < end) return;
      const body = held.slice(headEnd + HEAD_END.length, end);
      held = held.slice(end);
      const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ');
      const booking = path.endsWith('/api/book') ? /^id=(\d+)/.exec(body)?.[1] : undefined;
      whole({ method, path, booking: booking === undefined ? undefined : Number(booking) });
    }
  });
}
