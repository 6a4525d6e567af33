// A connection through an http proxy: one socket asks the proxy to CONNECT, and after the proxy's 200 it leads to the server behind the proxy. This
// file sends nothing to the server behind the proxy. When `openTunnel` fails, no request has been sent through the tunnel.
import { connect, type Socket } from 'node:net';
import { Failure } from './failures.ts';
import type { Secret } from './secret.ts';

/**
 * A proxy, described by plain values because this description is also sent to another thread (services/timed-sender). `authorization` is a secret:
 * never print it.
 */
export interface OutboundProxy {
  readonly host: string;
  readonly port: number;
  readonly authorization: string | undefined;
}

/**
 * The codes of the errors that arise while the proxy opens the tunnel. Whenever an error with one of these codes is thrown, nothing was sent to the
 * server behind the proxy.
 */
export const TUNNEL_ERROR = {
  /** The proxy answered 407: user or password are wrong. */
  credentials: 'PROXY_CREDENTIALS',
  refused: 'PROXY_REFUSED',
  unreadable: 'PROXY_UNREADABLE',
} as const;

const DEFAULT_PORT = 80;
const MAX_HEAD_BYTES = 16 * 1024;
const END = '\r\n\r\n';

/** Reads `http://user:password@host:port`. Throws config/invalid, with a message that never quotes the address. */
export function parseProxy(address: Secret): OutboundProxy {
  const url = URL.canParse(address.reveal()) ? new URL(address.reveal()) : undefined;
  const isPlain = url?.protocol === 'http:' && url.hostname !== '' && `${url.pathname}${url.search}${url.hash}` === '/';
  if (!url || !isPlain) throw new Failure('config/invalid', 'GYM_PROXY: expected http://user:password@host:port.');
  const credentials = url.username === '' ? undefined : credentialsOf(url);
  const authorization = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  // A socket takes an IPv6 address without the brackets that a URL needs.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port || DEFAULT_PORT), authorization };
}

function credentialsOf({ username, password }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new Failure('config/invalid', 'GYM_PROXY: expected %25 for a % in user or password.');
  }
}

/**
 * Opens a tunnel through the proxy to `host:port`. The socket is returned before the tunnel is open, so that the caller can also end a tunnel that is
 * still opening. `opened` is called once the tunnel is open; bytes of the server that came together with the proxy's answer are put back into the
 * socket. Every failure ends the socket with an error that has a code.
 */
export function openTunnel(
  proxy: OutboundProxy,
  { host, port }: { readonly host: string; readonly port: number },
  opened: () => void,
): Socket {
  const socket = connect({ host: proxy.host, port: proxy.port });
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const identity = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  let head = Buffer.alloc(0);
  const fail = (code: string, message: string) => socket.destroy(Object.assign(new Error(message), { code }));
  const ended = () => fail(TUNNEL_ERROR.unreadable, 'The proxy closed the connection before it had answered.');
  function hear(chunk: Buffer): void {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(END);
    if (end < 0) {
      if (head.length > MAX_HEAD_BYTES) fail(TUNNEL_ERROR.unreadable, 'The proxy answered with too long a head.');
      return;
    }
    socket.off('data', hear).off('end', ended);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, end))?.[1];
    if (!status?.startsWith('2')) {
      refuse(status);
      return;
    }
    socket.pause();
    const early = head.subarray(end + END.length);
    if (early.length > 0) socket.unshift(early);
    opened();
  }
  function refuse(status: string | undefined): void {
    if (status === '407') fail(TUNNEL_ERROR.credentials, 'The proxy refused our user and password (407).');
    else if (status === undefined) fail(TUNNEL_ERROR.unreadable, 'The proxy answered in a way we do not know.');
    else fail(TUNNEL_ERROR.refused, `The proxy refused to connect us (${status}).`);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 5_000);
  socket.once('connect', () => socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${identity}\r\n`));
  socket.on('data', hear).once('end', ended);
  return socket;
}
