// The demo's way into the app: an address of this machine that works once. The front door's address gives its visitor the cookies of a newly
// signed-in member and redirects to the app. Cookies belong to a host, whatever its port: the service, on another port of this machine, receives
// those that the front door has set.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FrontDoor {
  /** The front door's address; it contains a code that works once, and no token. */
  readonly url: string;
  close(): void;
}

/**
 * Opens a server at the front door's address.
 * @param signIn returns Set-Cookie headers; called when the first visitor comes.
 * @param to where the visitor is redirected.
 */
export async function openFrontDoor(signIn: () => Promise<readonly string[]>, to: string): Promise<FrontDoor> {
  const path = `/${randomBytes(16).toString('base64url')}`;
  let isUsed = false;
  const server = createServer(async (request, response) => {
    // A link preview asks by HEAD; such a request must not use up the address, which works once.
    if (request.method !== 'GET' || request.url !== path) return response.writeHead(404).end();
    if (isUsed) return response.writeHead(303, { Location: to, 'Cache-Control': 'no-store' }).end();
    isUsed = true;
    try {
      const cookies = await signIn();
      const headers = { Location: to, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' };
      return response.writeHead(303, { ...headers, 'Set-Cookie': [...cookies] }).end();
    } catch {
      isUsed = false;
      return response.writeHead(503, { 'Retry-After': '5' }).end('Sign-in failed; try this address again.');
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${path}`, close: () => server.close() };
}
