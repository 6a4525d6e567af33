// The socket that the gym listens on; it can be shut for a while and opened again on the same port. The gym can be shut in two ways: nothing listens,
// so the operating system refuses each new connection; or the gym accepts each new connection and resets it.
import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { resetSocket, type Sockets } from './sockets.ts';

/** What becomes of a new connection while the gym is shut: nothing listens, or the connection is accepted and reset. */
export type Refusal = 'refused' | 'reset';

/** Shuts and opens the listening socket while the server runs. */
export interface Listener {
  /** Ends every connection except those that carry control calls, and serves no new connection until `open` is called. */
  shut(how: Refusal): void;
  /** Opens the socket again; resolves once the gym serves new connections. */
  open(): Promise<void>;
}

/** Port 0 means any free port. */
export interface ListenOptions {
  port: number;
  host: string;
}

const BACKLOG = 4096;
/** At most this many times the gym tries to listen again on its port, which another process may have taken while nothing listened on it. */
const MAX_TRIES = 200;
const AGAIN_MS = 10;

/** Resolves once the server listens; rejects when the port is in use. */
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
      // Only the listening socket may close: `close` of Node's HTTP server would also end the connection that carries control calls.
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
