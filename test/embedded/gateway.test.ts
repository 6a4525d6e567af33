// The gateway alone, in front of a server that stands in for PostgREST: which requests and headers the gateway passes on and which it drops.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../embedded/database/gateway.ts';
import { makeSecrets, publicJwks, type Secrets } from '../../embedded/secrets.ts';

let secrets: Secrets;
let gateway: Gateway;
let behind: Server;
let port = 0;
let seen: { url: string; method: string; headers: IncomingHttpHeaders; bytes: number };

beforeAll(async () => {
  secrets = await makeSecrets();
  behind = createServer(async (req, res) => {
    let bytes = 0;
    for await (const chunk of req as AsyncIterable<Buffer>) bytes += chunk.length;
    seen = { url: req.url ?? '', method: req.method ?? '', headers: req.headers, bytes };
    if (req.url === '/slow') {
      res.write('first');
      return;
    }
    res.writeHead(206, { 'content-range': '0-0/1' }).end('x'.repeat(req.url === '/big' ? 3_000_000 : 1));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => behind.once('listening', resolve));
  port = (behind.address() as AddressInfo).port;
  const { publishableKey, secretKey, roleKey, sessionSigningKey } = secrets;
  gateway = await startGateway({
    postgrestPort: () => port,
    publishableKey,
    secretKey,
    roleKey,
    signingJwks: publicJwks(sessionSigningKey),
  });
});
afterAll(async () => {
  await gateway?.stop();
  behind?.closeAllConnections();
  behind?.close();
});

const call = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(gateway.url + path, { ...init, headers: { apikey: secrets.publishableKey, ...headers } });
const sentToken = () => seen.headers.authorization?.replace('Bearer ', '') ?? '';

test('an API key alone becomes its role', async () => {
  await call('/rest/v1/things?select=*');
  expect([seen.url, decodeJwt(sentToken())['role']]).toEqual(['/things?select=*', 'anon']);
  await call('/rest/v1/things', { apikey: secrets.secretKey.reveal() });
  expect(decodeJwt(sentToken())['role']).toBe('service_role');
});

test('an API key repeated as the bearer becomes its role too', async () => {
  await call('/rest/v1/things', { authorization: `Bearer ${secrets.publishableKey}` });
  expect(decodeJwt(sentToken())['role']).toBe('anon');
});

test('a person’s own token passes unchanged, and the API key stays here', async () => {
  await call('/rest/v1/things', { authorization: 'Bearer own.token.here' });
  expect(sentToken()).toBe('own.token.here');
  expect(seen.headers).not.toHaveProperty('apikey');
});

test('a secret key with a person’s token does not become the service', async () => {
  await call('/rest/v1/things', { apikey: secrets.secretKey.reveal(), authorization: 'Bearer own.token.here' });
  expect(sentToken()).toBe('own.token.here');
});

test('method, body, status and headers pass in both directions', async () => {
  const answer = await call(
    '/rest/v1/things',
    { prefer: 'count=exact' },
    { method: 'PATCH', body: 'y'.repeat(2_000_000) },
  );
  expect([seen.method, seen.bytes, seen.headers['prefer']]).toEqual(['PATCH', 2_000_000, 'count=exact']);
  expect([answer.status, answer.headers.get('content-range')]).toEqual([206, '0-0/1']);
  expect((await (await call('/rest/v1/big')).text()).length).toBe(3_000_000);
});

test('an answer is passed on as it comes, not when it is complete', async () => {
  const leave = new AbortController();
  const answer = await call('/rest/v1/slow', {}, { signal: leave.signal });
  const { value } = (await answer.body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toBe('first');
  leave.abort();
});

test('without a PostgREST behind it says so', async () => {
  const before = port;
  port = 1;
  const answer = await call('/rest/v1/things');
  port = before;
  expect(answer.status).toBe(503);
});

test('other parts of a hosted project are not there', async () => {
  expect((await call('/storage/v1/object')).status).toBe(404);
});
