// Tears connections down for good, TLS or not. A TLS socket cannot be reset itself: the TCP socket under it can.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const under = new Map<string, Socket>();
const nameOf = (socket: Socket): string => `${socket.localPort}<${socket.remoteAddress}:${socket.remotePort}`;

/** Remembers the TCP sockets of a server, so that they can be reset and none outlives it. Answers how to end them all. */
export function followSockets(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.add(socket);
    under.set(name, socket);
    socket.setNoDelay(true);
    socket.once('close', () => {
      open.delete(socket);
      under.delete(name);
    });
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

/** Sends RST instead of FIN. */
export function resetSocket(socket: Socket): void {
  const tcp = under.get(nameOf(socket)) ?? socket;
  tcp.resetAndDestroy();
  if (tcp !== socket) socket.destroy();
}
