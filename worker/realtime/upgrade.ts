// Decides which requests with an Upgrade header become WebSockets of Socket.IO. Requests with an Upgrade header for another purpose (curl --http2,
// another path) are answered as plain HTTP requests. Without the rule of this file, Node would hand requests with an Upgrade header for another
// purpose to Socket.IO, which does not answer them.
import type { IncomingMessage, Server } from 'node:http';

/** The path of Socket.IO; a request is for Socket.IO if its URL begins with this path, as Socket.IO itself decides. */
export const SOCKET_PATH = '/socket.io/';

/**
 * Makes a server's `shouldUpgradeCallback` (Node 24.9 and later). `server` is a function, because `shouldUpgradeCallback` must exist before the
 * server is created.
 */
export const createUpgradeRule =
  (server: () => Server | undefined) =>
  ({ url, headers }: IncomingMessage): boolean => {
    const isForSocket = url?.startsWith(SOCKET_PATH) && /\bwebsocket\b/i.test(headers.upgrade ?? '');
    // An upgrade is allowed only after Socket.IO listens, because before that Node would cut off the connection.
    return Boolean(isForSocket) && (server()?.listenerCount('upgrade') ?? 0) > 0;
  };
