// Serves the built app with the real service: real database, pretend gym, real sockets. The tests of screens use this set-up, in which no race runs.
import { once } from 'node:events';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { systemClock } from '../../services/clock.ts';
import type { Channels } from '../../services/notify/channel.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { createApp } from '../../worker/app.ts';
import { readPages } from '../../worker/page-files.ts';
import { serveRealtime } from '../../worker/realtime/realtime.ts';
import { ask, openApp, type TestApp } from '../routes/open-app.ts';
import { builtPages } from './built.ts';

export interface Pages {
  readonly app: TestApp;
  readonly url: string;
  stop(): Promise<void>;
}

export interface PagesOptions {
  /** The channels that this installation offers besides webhooks. */
  readonly channels?: Channels;
  readonly vapidPublicKey?: string;
  readonly allowKeptLogin?: boolean;
}

/** Builds the pages and serves them. */
export async function openPages(scenario: ScenarioInput, options: PagesOptions = {}): Promise<Pages> {
  const sameOrigins: string[] = [];
  const { channels, vapidPublicKey, allowKeptLogin } = options;
  const pages = await readPages(await builtPages());
  const app = await openApp(systemClock, scenario, { pages, sameOrigins, ...(vapidPublicKey && { vapidPublicKey }) });
  const services = {
    ...app.services,
    ...(allowKeptLogin !== undefined && { allowKeptLogin }),
    notifyOptions: { ...app.services.notifyOptions, ...(channels && { channels }) },
  };
  const handler = createApp(services, app.context);
  const server = serve({ fetch: handler.fetch, port: 0, hostname: '127.0.0.1' });
  if (!(server instanceof Server)) throw new TypeError('Expected plain HTTP.');
  if (!server.listening) await once(server, 'listening');
  const realtime = serveRealtime(services, app.context, server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sameOrigins.push(url);
  return {
    app: { ...app, handler, ask: (method, path, asked) => ask(handler, method, path, asked) },
    url,
    async stop() {
      await realtime.stop();
      server.closeAllConnections();
      server.close();
      await app.stop();
    },
  };
}

/** Channels for e-mail and push that accept every message. */
export const takesAll: Channels = { email: async () => undefined, 'web-push': async () => undefined };
