// A real HTTP proxy for tests: it accepts CONNECT alone, can ask for user and password, and resolves names by a table of its own. A call to a host
// name that only the proxy's table knows can arrive only through the proxy.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of every tunnel that a client asked for, in order. */
  readonly asked: readonly string[];
  /** How many tunnels the proxy has opened. */
  opened(): number;
  stop(): Promise<void>;
}

interface ProxyOptions {
  /** `user:password` that a caller must send; when absent, every caller may use the proxy. */
  readonly credentials?: string;
  /** If set, the proxy answers every CONNECT with this HTTP status and opens no tunnel. */
  readonly refuse?: number;
  /** The port on this machine to which the proxy connects for each host name. */
  readonly names?: Readonly<Record<string, number>>;
}

export async function startConnectProxy({ credentials, refuse, names = {} }: ProxyOptions = {}): Promise<ConnectProxy> {
  const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket: Socket, early: Buffer) => {
    socket.on('error', () => socket.destroy());
    const to = request.url ?? '';
    asked.push(to);
    const answer = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    if (refuse !== undefined) return answer(`${refuse} Refused`);
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected)
      return answer('407 Proxy Authentication Required');
    const [host = '', port = ''] = to.split(':');
    const onward = connect({ host: '127.0.0.1', port: names[host] ?? Number(port) });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    onward.once('connect', () => {
      opened += 1;
      socket.write('HTTP/1.1 200 Connection Established\r\nProxy-Agent: test\r\n\r\n');
      onward.write(early);
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const)
      one.once('close', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    opened: () => opened,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
