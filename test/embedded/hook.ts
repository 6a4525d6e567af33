// A webhook endpoint for the queue's tests: it keeps every request, verifies the signature with QStash's unmodified Receiver, and answers what the
// test says. The webhook endpoint listens on loopback.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Receiver } from '@upstash/qstash';
import { vi } from 'vitest';
import type { Secret } from '../../services/secret.ts';
import { limitMs } from '../support/limits.ts';

export interface Received {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly verified: boolean;
  readonly atMs: number;
}

export interface HookAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Hook {
  readonly url: string;
  readonly received: Received[];
  /** Gives the endpoint's answer to a request; status 200 by default. A test may delay the answer by returning a promise that resolves late. */
  answer: (request: Received) => HookAnswer | Promise<HookAnswer>;
  /** Waits until this many requests have come, on the given path if there is one. */
  wait(count: number, path?: string): Promise<Received[]>;
  on(path: string): Received[];
  stop(): Promise<void>;
}

export interface HookKeys {
  readonly qstashCurrentSigningKey: Secret;
  readonly qstashNextSigningKey: Secret;
}

export async function startHook(keys: HookKeys, port = 0): Promise<Hook> {
  const receiver = new Receiver({
    currentSigningKey: keys.qstashCurrentSigningKey.reveal(),
    nextSigningKey: keys.qstashNextSigningKey.reveal(),
  });
  const received: Received[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const signature = String(req.headers['upstash-signature']);
    const verified = await receiver
      .verify({ signature, body, url: `${hook.url}${req.url}`, clockTolerance: 5 })
      .catch(() => false);
    const request = {
      path: req.url ?? '',
      method: req.method ?? '',
      headers: req.headers,
      body,
      verified,
      atMs: Date.now(),
    };
    received.push(request);
    const answer = await hook.answer(request);
    res.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const on = (path: string) => received.filter((request) => request.path === path);
  const hook: Hook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: () => ({ status: 200 }),
    on,
    wait: (count, path) =>
      vi.waitFor(
        () => {
          const found = path === undefined ? received : on(path);
          if (found.length < count)
            throw new Error(`Expected ${count} requests on ${path ?? 'any path'}, got ${found.length}.`);
          return found;
        },
        { timeout: limitMs(15_000), interval: 10 },
      ),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hook;
}
