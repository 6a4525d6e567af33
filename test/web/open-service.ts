// The service on a real listener, with a clock that the test moves and the built pages beside it. `rotations` counts the requests that exchange a
// puntual session's refresh cookie for a new one.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { serve } from '@hono/node-server';
import type { Clock } from '../../services/clock.ts';
import { serveRealtime } from '../../worker/realtime/realtime.ts';
import { CRON_SECRET, openApp, type TestApp } from '../routes/open-app.ts';
import { town } from '../support/town.ts';

export interface WebService {
  readonly app: TestApp;
  readonly url: string;
  readonly rotations: Rotations;
  /** While this function is set, it answers every request in the service's place. */
  instead: ((request: Request) => Promise<Response> | Response) | undefined;
  /** Runs the scheduled refresh once. */
  runCron(): Promise<void>;
  /** Cuts every connection, runs `meanwhile`, and listens again at the same address. */
  restart(meanwhile: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** Counts the requests that exchange a refresh cookie for a new one, as they reach the service. */
export interface Rotations {
  count: number;
  inFlight: number;
  mostInFlight: number;
  /** If set, this function is awaited before the service handles a request that exchanges a refresh cookie. */
  gate: (() => Promise<void>) | undefined;
}

const ROTATING = new Set(['/api/auth/session/refresh', '/api/auth/device-proof']);
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Opens the service on a port of this machine. @param pages the folder of built pages to serve, too; absent: no pages are served. */
export async function openService(clock: Clock, pages?: string): Promise<WebService> {
  const origins: string[] = [];
  const app = await openApp(clock, town, { sameOrigins: origins });
  const rotations: Rotations = { count: 0, inFlight: 0, mostInFlight: 0, gate: undefined };
  const rotating = async (answer: () => Promise<Response>) => {
    rotations.count += 1;
    rotations.inFlight += 1;
    rotations.mostInFlight = Math.max(rotations.mostInFlight, rotations.inFlight);
    try {
      await rotations.gate?.();
      return await answer();
    } finally {
      rotations.inFlight -= 1;
    }
  };
  const answer = async (request: Request, bindings: object): Promise<Response> => {
    if (service.instead) return service.instead(request);
    const { pathname } = new URL(request.url);
    const page = pages && request.method === 'GET' ? await readPage(pages, pathname) : undefined;
    if (page) return page;
    const ask = async () => app.handler.fetch(request, bindings);
    return ROTATING.has(pathname) ? rotating(ask) : ask();
  };
  const serveAt = async (port: number) => {
    const server = serve({ fetch: answer, port, hostname: '127.0.0.1' });
    if (!(server instanceof Server)) throw new TypeError('Expected plain HTTP.');
    if (!server.listening) await once(server, 'listening');
    return { server, realtime: serveRealtime(app.services, app.context, server) };
  };
  let served = await serveAt(0);
  const { port } = served.server.address() as AddressInfo;
  const close = async () => {
    await served.realtime.stop();
    served.server.closeAllConnections();
    served.server.close();
    await once(served.server, 'close');
  };
  const service: WebService = {
    app,
    url: `http://127.0.0.1:${port}`,
    rotations,
    instead: undefined,
    async runCron() {
      const ran = await app.ask('POST', '/cron/refresh-tokens', { bearer: CRON_SECRET });
      if (ran.status !== 200) throw new Error(`Expected a run, got ${ran.status} ${ran.text}`);
    },
    async restart(meanwhile) {
      await close();
      await meanwhile();
      served = await serveAt(port);
    },
    async stop() {
      await close();
      await app.stop();
    },
  };
  origins.push(service.url);
  return service;
}

async function readPage(folder: string, pathname: string): Promise<Response | undefined> {
  const file = join(folder, normalize(pathname));
  const type = TYPES[extname(file)];
  if (type === undefined) return undefined;
  const headers = { 'Content-Type': type, 'Content-Security-Policy': "default-src 'self'; connect-src 'self'" };
  return readFile(file).then(
    (body) => new Response(body, { headers }),
    () => undefined,
  );
}
