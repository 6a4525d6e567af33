// How the connections of outgoing calls are opened: straight or through an http proxy, plain or TLS. This file sends no request.
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { trouble } from './http-deadline.ts';
import { MARK } from './http-verdict.ts';
import { type OutboundProxy, openTunnel } from './tunnel.ts';

const CONNECT_MS = 3_000;

/**
 * Opens connections for undici: straight, or through the proxy if one is given. Every failure to open a connection comes before the first byte of a
 * request.
 */
export function connectorBy(proxy: OutboundProxy | undefined): buildConnector.connector {
  // All connections share one TLS context: without it each connection would load every root certificate again (100 KB and a millisecond).
  const direct = buildConnector({ timeout: CONNECT_MS, secureContext: createSecureContext() });
  if (!proxy) return direct;
  return (options, callback) => {
    const isTls = options.protocol === 'https:';
    const port = Number(options.port || (isTls ? 443 : 80));
    // A socket takes an IPv6 address without the brackets that a URL needs.
    const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
    const fail = (error: Error) => callback(error, null);
    const late = setTimeout(
      () => socket.destroy(trouble(MARK.notSent, 'The proxy did not connect us in time.')),
      CONNECT_MS,
    );
    const socket = openTunnel(proxy, { host, port }, () => {
      clearTimeout(late);
      socket.off('error', fail);
      if (isTls) direct({ ...options, httpSocket: socket }, callback);
      else callback(null, socket);
    });
    socket.once('error', fail).once('close', () => clearTimeout(late));
  };
}
