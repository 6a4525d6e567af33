// Ends connections immediately, with or without TLS. A TLS socket cannot be reset itself, but the TCP socket under it can.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const under = new Map<string, Socket>();
const nameOf = (socket: Socket): string => `${socket.localPort}<${socket.remoteAddress}:${socket.remotePort}`;

export interface Sockets {
  /** Marks a connection that carries control calls, so that `drop`, which ends all other connections, does not end it. */
  spare(socket: Socket): void;
  /** Ends every connection except those that `spare` marked, as a gym ends idle connections; returns how many connections it ended. */
  drop(how: 'fin' | 'reset'): number;
  /** Ends all connections, so that none outlives the server. */
  destroy(): void;
}

/** Keeps track of the TCP sockets of a server from the moment each is accepted. */
export function followSockets(server: Server): Sockets {
  const open = new Map<string, Socket>();
  const spared = new Set<string>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    under.set(name, socket);
    socket.setNoDelay(true);
    socket.once('close', () => {
      for (const names of [open, under, spared]) names.delete(name);
    });
  });
  return {
    spare: (socket) => spared.add(nameOf(socket)),
    drop(how) {
      const dropped = [...open].filter(([name]) => !spared.has(name));
      for (const [, socket] of dropped) {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.destroySoon();
      }
      return dropped.length;
    },
    destroy() {
      for (const socket of open.values()) socket.destroy();
    },
  };
}

/** Ends a connection with RST instead of FIN. */
export function resetSocket(socket: Socket): void {
  const tcp = under.get(nameOf(socket)) ?? socket;
  tcp.resetAndDestroy();
  if (tcp !== socket) socket.destroy();
}
