// The app and its sockets on a real listener, and clients as members' devices have them: socket.io-client, unmodified.
import { once } from 'node:events';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { io, type Socket } from 'socket.io-client';
import { systemClock } from '../../services/clock.ts';
import type { AdmissionPolicy } from '../../services/store/admission-store.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { AppContext } from '../../worker/app-context.ts';
import { type Realtime, serveRealtime } from '../../worker/realtime/realtime.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { town } from '../support/town.ts';

export type Transport = 'polling' | 'websocket';
export const TRANSPORTS: readonly Transport[] = ['polling', 'websocket'];

export interface Door {
  readonly app: TestApp;
  readonly url: string;
  readonly realtime: Realtime;
  connect(options: ConnectOptions): Client;
  /** Cuts every connection, runs `meanwhile`, and listens again at the same address. */
  restart(meanwhile: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}
export interface ConnectOptions {
  readonly token?: string | (() => string);
  readonly transports?: readonly Transport[];
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  /** Makes the client reconnect when it is cut off; without `again`, the client does not reconnect. */
  readonly again?: boolean;
}
export interface Client {
  readonly socket: Socket;
  /** All received messages, in order. */
  readonly heard: { event: string; message: Record<string, unknown> }[];
  /** Resolves as soon as the connection is accepted or refused, to `in` or to the reason for the refusal. */
  readonly outcome: Promise<string>;
  /** Resolves to the reason when the connection is cut off. */
  readonly cutOff: Promise<string>;
}

export async function openDoor(
  change: Partial<AppContext> = {},
  { scenario = town, admission }: { scenario?: ScenarioInput; admission?: AdmissionPolicy } = {},
): Promise<Door> {
  const app = await openApp(systemClock, scenario, change, admission);
  const clients: Socket[] = [];
  let served = await serveAt(app, 0);
  const url = `http://127.0.0.1:${served.port}`;
  const close = async () => {
    await served.realtime.stop();
    served.server.closeAllConnections();
    served.server.close();
    await once(served.server, 'close');
  };
  return {
    app,
    url,
    get realtime() {
      return served.realtime;
    },
    connect(options) {
      const client = connectTo(url, options);
      clients.push(client.socket);
      return client;
    },
    async restart(meanwhile) {
      await close();
      await meanwhile();
      served = await serveAt(app, served.port);
    },
    async stop() {
      for (const socket of clients) socket.disconnect();
      await close();
      await app.stop();
    },
  };
}

async function serveAt(app: TestApp, port: number) {
  const server = serve({ fetch: app.handler.fetch, port, hostname: '127.0.0.1' });
  if (!(server instanceof Server)) throw new TypeError('Expected plain HTTP.');
  if (!server.listening) await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return { server, port: bound, realtime: serveRealtime(app.services, app.context, server) };
}

function connectTo(
  url: string,
  { token, transports = ['websocket'], headers, query, again = false }: ConnectOptions,
): Client {
  const socket = io(url, {
    transports: [...transports],
    auth: (give) => give(token === undefined ? {} : { token: typeof token === 'string' ? token : token() }),
    ...(headers && { extraHeaders: headers }),
    ...(query && { query }),
    reconnection: again,
    timeout: limitMs(20_000),
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
    forceNew: true,
  });
  const heard: Client['heard'] = [];
  socket.onAny((event, message) => heard.push({ event, message }));
  const outcome = new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('in'));
    socket.once('connect_error', (error: Error & { data?: { code: string } }) =>
      resolve(error.data?.code ?? `refused: ${error.message}`),
    );
  });
  const cutOff = new Promise<string>((resolve) => socket.once('disconnect', (reason) => resolve(reason)));
  return { socket, heard, outcome, cutOff };
}
