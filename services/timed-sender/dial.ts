// Connects one socket to the gym: plain or TLS, directly or through a proxy. Dialling writes no request, and tries only once to connect.
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { openTunnel } from '../tunnel.ts';
import type { BatchOptions } from './protocol.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface DialEvents {
  /** Called when the socket has connected to the gym; from then on listeners may be added to the socket. */
  up(socket: Socket): void;
  /** Called exactly once, when the socket is closed, whether it had been connected or not. */
  down(reason: string): void;
}

/**
 * Begins to connect at once. Returns a function that ends the socket, before it is up or after. Throws when Node refuses the address or options
 * themselves, such as a port out of range.
 */
export function dial(address: Address, options: BatchOptions, { up, down }: DialEvents): (why: string) => void {
  let socket: Socket;
  let reason = 'closed';
  /**
   * Listens for the errors and the closing of a socket. Of two nested sockets (TLS inside a tunnel) the one that was passed to `hold` last tells how
   * the connection ended.
   */
  function hold<S extends Socket>(next: S): S {
    socket = next;
    next.on('error', (error: NodeJS.ErrnoException) => {
      if (socket === next) reason = error.code ?? 'error';
    });
    next.once('close', () => {
      if (socket === next) down(reason);
    });
    return next;
  }
  function secure(over: Socket | undefined): void {
    const wrapped = hold(openTls(address, options, over));
    wrapped.once('secureConnect', () => up(wrapped));
  }
  if (options.proxy) {
    const through: Socket = hold(
      openTunnel(options.proxy, address, () => {
        if (address.tls) {
          secure(through);
          return;
        }
        up(through);
        through.resume();
      }),
    );
  } else if (address.tls) secure(undefined);
  else {
    const plain = hold(connectPlain({ host: address.host, port: address.port }));
    keepOpen(plain).once('connect', () => up(plain));
  }
  return (why) => {
    if (!socket.destroyed) reason = why;
    socket.destroy();
  };
}

function openTls({ host, port }: Address, options: BatchOptions, over: Socket | undefined): TLSSocket {
  const name = isIP(host) ? {} : { servername: host };
  const to = over ? { socket: over } : { host, port };
  const socket = connectTls({ ...to, ...name, ALPNProtocols: ['http/1.1'], ...options.tls });
  // The certificate is checked against the gym's name, even if the socket itself leads to a proxy.
  return over ? socket : keepOpen(socket);
}

function keepOpen<S extends Socket>(socket: S): S {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 5_000);
  return socket;
}
