// The socket that the gym listens on: shut for a while and opened again on the same port.
// While it is shut a client is refused by the system (nothing listens) or accepted and reset.
import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { resetSocket, type Sockets } from './sockets.ts';

/** How a new connection fares: nothing listens, or it is accepted and reset. */
export type Refusal = 'refused' | 'reset';

/** The listening socket, while the server runs. */
export interface Listener {
  /** Ends every connection but the control's own, and lets no new one in. */
  shut(how: Refusal): void;
  /** Resolves once new connections are let in again. */
  open(): Promise<void>;
}

/** Port 0: any free one. */
export interface ListenOptions {
  port: number;
  host: string;
}

const BACKLOG = 4096;
/** Another process may hold the port for a moment while nothing listens on it. */
const MAX_TRIES = 200;
const AGAIN_MS = 10;

/** Resolves once the server listens; rejects on a port in use. */
export async function listenOn(server: Server, options: ListenOptions, sockets: Sockets): Promise<Listener> {
  let isResetting = false;
  server.prependListener('connection', (socket: Socket) => {
    if (isResetting) resetSocket(socket);
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    shut(how) {
      isResetting = how === 'reset';
      // Node's HTTP server would end the control's connection too, and for good: only the listening socket is to go.
      if (how === 'refused' && server.listening) net.Server.prototype.close.call(server);
      sockets.drop('reset');
    },
    async open() {
      isResetting = false;
      for (let tries = 1; !server.listening; tries++)
        await listen(server, { ...options, port }).catch((error: unknown) => {
          if (tries >= MAX_TRIES) throw error;
          return wait(AGAIN_MS);
        });
    },
  };
}

async function listen(server: Server, { port, host }: ListenOptions): Promise<void> {
  server.listen({ port, host, backlog: BACKLOG });
  await once(server, 'listening');
}
