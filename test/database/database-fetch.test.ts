// The service's own fetch for the database, compared with Node's: the same text and status come back, and failures have the same messages.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseFetch } from '../../services/store/database-fetch.ts';

let url: string;
let heard: { method: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
const answers: Record<string, (res: ServerResponse) => unknown> = {
  '/rows': (res) => res.writeHead(200, { 'content-type': 'application/json', 'content-range': '0-1/2' }).end('[1,"é"]'),
  '/nothing': (res) => res.writeHead(204).end(),
  '/refused': (res) => res.writeHead(409, 'Conflict').end('{"code":"23505"}'),
  '/cut': (res) => res.writeHead(200, { 'content-length': '100' }).write('half', () => res.destroy()),
  '/silent': () => undefined,
};
const server = createServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  heard.push({ method: req.method, headers: req.headers, body });
  answers[req.url ?? '']?.(res);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const fetches = { ours: databaseFetch, nodes: fetch };
const asked = async (by: keyof typeof fetches, path: string, signal?: AbortSignal) => {
  const headers = new Headers({ apikey: 'a-key', 'content-type': 'application/json' });
  heard = [];
  try {
    const answer = await fetches[by](url + path, {
      method: 'POST',
      headers,
      body: '{"a":"ñ"}',
      ...(signal && { signal }),
    });
    return { status: answer.status, range: answer.headers.get('content-range'), text: await answer.text() };
  } catch (error) {
    return error instanceof Error ? { name: error.name, message: error.message } : error;
  }
};

test.each(['/rows', '/nothing', '/refused'])('%s is answered as by fetch', async (path) => {
  expect(await asked('ours', path)).toEqual(await asked('nodes', path));
});

test('an answer is read as JSON, too', async () => {
  const answer = await databaseFetch(`${url}/rows`, { method: 'POST' });
  expect([answer.ok, await answer.json()]).toEqual([true, [1, 'é']]);
});

test('what is sent is what fetch sends, but for what only streams and browsers need', async () => {
  await asked('nodes', '/rows');
  const [byNode] = heard;
  await asked('ours', '/rows');
  const [byUs] = heard;
  const {
    accept: _a,
    'accept-language': _l,
    'accept-encoding': _e,
    'sec-fetch-mode': _m,
    ...needed
  } = byNode?.headers ?? {};
  expect(byUs).toEqual({ ...byNode, headers: needed });
});

test('a call that times out, or is given up, rejects with the reason of its signal', async () => {
  for (const by of ['ours', 'nodes'] as const) {
    expect(await asked(by, '/silent', AbortSignal.timeout(30))).toMatchObject({ name: 'TimeoutError' });
    expect(await asked(by, '/silent', AbortSignal.abort('enough'))).toBe('enough');
  }
});

test('a server that is not there, or cuts its answer short, is a TypeError with a cause', async () => {
  const gone = databaseFetch('http://127.0.0.1:1/', { method: 'POST', body: '{}' });
  await expect(gone).rejects.toMatchObject({ name: 'TypeError', cause: { code: 'ECONNREFUSED' } });
  expect(await asked('ours', '/cut')).toMatchObject({ name: 'TypeError' });
});

test('anything but text is refused before it is sent', async () => {
  await expect(databaseFetch(url, { method: 'POST', body: new Uint8Array(1) })).rejects.toThrow('to send text');
});

test('gives its text where the web server has put a Response of its own in the place of Node’s', async () => {
  // The Response that this test puts back at its end. A test file that ran earlier in this process may have started a server, which replaces the
  // global Response.
  const before = globalThis.Response;
  getRequestListener(() => new Response());
  try {
    expect(() => Object.assign(new Response(), { text: 'mine' })).toThrow(TypeError);
    const answer = await databaseFetch(`${url}/rows`, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.text(), await answer.json()]).toEqual([200, '[1,"é"]', [1, 'é']]);
  } finally {
    globalThis.Response = before;
  }
});
