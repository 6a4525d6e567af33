// Which requests leave HTTP for a socket. Other requests with an Upgrade header (curl --http2, a WebSocket to another path) are answered as plain
// HTTP requests. Node would otherwise hand each of them to Socket.IO, which answers nothing.
import type { IncomingMessage, Server } from 'node:http';

/** The path of Socket.IO, compared as Socket.IO compares it. */
export const SOCKET_PATH = '/socket.io/';

/** For a server's `shouldUpgradeCallback` (Node 24.9 and later). `server` is asked for late: it is made with this. */
export const createUpgradeRule =
  (server: () => Server | undefined) =>
  ({ url, headers }: IncomingMessage): boolean => {
    const isForSocket = url?.startsWith(SOCKET_PATH) && /\bwebsocket\b/i.test(headers.upgrade ?? '');
    // Before Socket.IO listens, a claimed upgrade would be cut off.
    return Boolean(isForSocket) && (server()?.listenerCount('upgrade') ?? 0) > 0;
  };
