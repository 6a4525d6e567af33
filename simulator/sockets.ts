// Tears connections down for good, TLS or not. A TLS socket cannot be reset itself: the TCP socket under it can.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const under = new Map<string, Socket>();
const nameOf = (socket: Socket): string => `${socket.localPort}<${socket.remoteAddress}:${socket.remotePort}`;

export interface Sockets {
  /** Spares this connection from `drop`: it is the control's own. */
  spare(socket: Socket): void;
  /** Ends every other connection, as a gym does with idle ones; answers how many. */
  drop(how: 'fin' | 'reset'): number;
  /** Ends them all, so that none outlives the server. */
  destroy(): void;
}

/** Follows the TCP sockets of a server from their first byte on. */
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

/** Sends RST instead of FIN. */
export function resetSocket(socket: Socket): void {
  const tcp = under.get(nameOf(socket)) ?? socket;
  tcp.resetAndDestroy();
  if (tcp !== socket) socket.destroy();
}
