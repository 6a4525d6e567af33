// Calls to the gym through a real HTTP proxy: ordinary calls and those of the timed sender, without TLS and over TLS. The tests show what a proxy's
// refusal proves about the request, and that the proxy's password is not disclosed.
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp, originRule } from '../../services/http.ts';
import { classify } from '../../services/http-verdict.ts';
import { Secret } from '../../services/secret.ts';
import { openTimedSender } from '../../services/timed-sender/timed-sender.ts';
import { type OutboundProxy, parseProxy } from '../../services/tunnel.ts';
import { makeCertificate } from '../../simulator/certificate.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { town } from '../support/town.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const PASSWORD = 'pä%ss:w@rd';
const CREDENTIALS = `us%40er:${encodeURIComponent(PASSWORD)}`;
const nowMs = () => performance.timeOrigin + performance.now();

async function proxied(options: Parameters<typeof startConnectProxy>[0], credentials = '') {
  const proxy = await startConnectProxy(options);
  cleanups.push(() => proxy.stop());
  const at = parseProxy(new Secret(`http://${credentials}${credentials && '@'}127.0.0.1:${proxy.port}`));
  return { proxy, at };
}
function doorThrough(proxy: OutboundProxy, origin: string) {
  const http = createHttp({ allow: [originRule(origin)], proxy });
  cleanups.push(() => http.close());
  return http;
}
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('Expected a failure.'),
    (error: unknown) => error as Error & { code: string },
  );
async function serveTls() {
  const server = createTlsServer({ ...makeCertificate() }, (_, response) => response.end('over TLS'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

describe('the address', () => {
  test('is taken apart, its words unescaped', () => {
    const proxy = parseProxy(new Secret(`http://${CREDENTIALS}@proxy.example:3128`));
    expect(proxy).toMatchObject({ host: 'proxy.example', port: 3128 });
    expect(Buffer.from(proxy.authorization?.slice(6) ?? '', 'base64').toString()).toBe(`us@er:${PASSWORD}`);
    expect(parseProxy(new Secret('http://[::1]:3128'))).toEqual({ host: '::1', port: 3128, authorization: undefined });
  });

  test.each([
    'socks5://h:1',
    'https://h:1',
    'h:3128',
    'http://h:1/path',
    'http://u:%zz@h:1',
    '',
  ])('is not %s, and what is refused is not quoted', (address) => {
    expect(() => parseProxy(new Secret(address))).toThrow(/^GYM_PROXY: expected/);
  });
});

describe('an ordinary call', () => {
  test('leads through the proxy by name, and every method does', async () => {
    const gym = await startSimulator({ scenario: town });
    cleanups.push(() => gym.stop());
    const names = { 'gym.invalid': Number(new URL(gym.url).port) };
    const { proxy, at } = await proxied({ credentials: `us@er:${PASSWORD}`, names }, CREDENTIALS);
    const http = doorThrough(at, 'http://gym.invalid');
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      const url = new URL('http://gym.invalid/main-host/');
      expect((await http.send({ method, url, totalMs: 5_000 })).status).toBe(200);
    }
    expect(proxy.asked).toEqual(['gym.invalid:80', 'gym.invalid:80', 'gym.invalid:80']);
    expect((await gym.control.history()).map(({ method }) => method)).toEqual(['GET', 'HEAD', 'POST']);
  });

  test('over TLS is checked by the gym’s own name, and refused before anything is sent', async () => {
    const port = await serveTls();
    const { at, proxy } = await proxied({ names: { 'gym.invalid': port } });
    const http = doorThrough(at, 'https://gym.invalid');
    const error = await failureOf(http.send({ method: 'POST', url: new URL('https://gym.invalid/'), totalMs: 5_000 }));
    expect([error.code, classify(error)]).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT', 'not-sent']);
    expect(proxy.asked).toEqual(['gym.invalid:443']);
  });

  test.each([
    ['a wrong password (407)', { credentials: 'a:b' }, 'PROXY_CREDENTIALS'],
    ['a proxy that may not (403)', { refuse: 403 }, 'PROXY_REFUSED'],
    ['a proxy that cannot (502)', { refuse: 502 }, 'PROXY_REFUSED'],
  ] as const)('%s is told by a code of its own, and nothing was sent', async (_, options, code) => {
    const { at } = await proxied(options, CREDENTIALS);
    const http = doorThrough(at, 'http://gym.invalid');
    const error = await failureOf(http.send({ method: 'POST', url: new URL('http://gym.invalid/'), totalMs: 5_000 }));
    expect([error.code, classify(error)]).toEqual([code, 'not-sent']);
    expect(`${error.message}${error.stack}`).not.toMatch(/w@rd|Basic/);
  });

  test.each([
    ['says something else', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['says nothing and hangs up', ''],
  ])('a proxy that %s is unreadable, and nothing was sent', async (_, words) => {
    const server = createTcpServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end(words),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    cleanups.push(() => new Promise((done) => server.close(done)));
    const at = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, authorization: undefined };
    const http = doorThrough(at, 'http://gym.invalid');
    const error = await failureOf(http.send({ method: 'POST', url: new URL('http://gym.invalid/'), totalMs: 5_000 }));
    expect([error.code, classify(error)]).toEqual(['PROXY_UNREADABLE', 'not-sent']);
  });

  test('a proxy that is not there: nothing was sent', async () => {
    const http = doorThrough({ host: '127.0.0.1', port: 1, authorization: undefined }, 'http://gym.invalid');
    const error = await failureOf(http.send({ method: 'POST', url: new URL('http://gym.invalid/'), totalMs: 5_000 }));
    expect([error.code, classify(error)]).toEqual(['ECONNREFUSED', 'not-sent']);
  });
});

describe('the sender', () => {
  const request = (port: number, tls: boolean, host = 'gym.invalid') => ({
    host,
    port,
    tls,
    bytes: Buffer.from(`GET / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n`),
  });

  test('shoots over TLS through the proxy, and the certificate is checked', async () => {
    const certificate = makeCertificate();
    const server = createTlsServer({ ...certificate }, (_, response) => response.end('over TLS'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    cleanups.push(() => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    });
    const { port } = server.address() as AddressInfo;
    const { at, proxy } = await proxied({ credentials: `us@er:${PASSWORD}` }, CREDENTIALS);
    const sender = await openTimedSender({ tls: { ca: certificate.cert }, proxy: at });
    cleanups.push(() => sender.close());
    const three = Array.from({ length: 3 }, () => request(port, true, '127.0.0.1'));
    expect(await sender.load(three)).toEqual({ ready: 3, cold: 0 });
    const atMs = nowMs() + 80;
    const shots = await sender.fireAt(atMs);
    expect(shots.map(({ result }) => result.kind === 'answer' && result.raw.body)).toEqual(Array(3).fill('over TLS'));
    for (const { sentAtMs = 0 } of shots) expect(sentAtMs).toBeGreaterThanOrEqual(atMs);
    expect(proxy.opened()).toBe(3);
    const stranger = await openTimedSender({ proxy: at });
    cleanups.push(() => stranger.close());
    expect(await stranger.load([request(port, true, '127.0.0.1')])).toEqual({ ready: 0, cold: 1 });
    const [shot] = await stranger.fireAt(nowMs());
    expect(shot?.result).toEqual({ kind: 'not-sent', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('a refused password leaves the shot not sent, and says why', async () => {
    const { at } = await proxied({ credentials: 'a:b' }, CREDENTIALS);
    const sender = await openTimedSender({ proxy: at });
    cleanups.push(() => sender.close());
    expect(await sender.load([request(80, false)])).toEqual({ ready: 0, cold: 1 });
    const [shot] = await sender.fireAt(nowMs());
    expect(shot?.result).toEqual({ kind: 'not-sent', reason: 'PROXY_CREDENTIALS' });
  });

  test('a proxy that breaks off after the shot leaves it unknown', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined).on('data', () => socket.destroy()));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    cleanups.push(() => new Promise((done) => silent.close(done)));
    const { at } = await proxied({});
    const sender = await openTimedSender({ proxy: at });
    cleanups.push(() => sender.close());
    const { port } = silent.address() as AddressInfo;
    expect(await sender.load([request(port, false, '127.0.0.1')])).toEqual({ ready: 1, cold: 0 });
    const [shot] = await sender.fireAt(nowMs() + 50);
    expect(shot?.result.kind).toBe('unknown');
  });
});
