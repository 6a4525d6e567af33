// The outbound HTTP client over real sockets: which requests it refuses, how long it waits, and what a failure proves about the request.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttp, type Http, originRule } from '../../services/http.ts';
import { classify } from '../../services/http-verdict.ts';
import { makeCertificate } from '../../simulator/certificate.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener) => listen(createServer(listener));
const tcp = (listener: (socket: Socket) => void) => listen(createTcpServer(listener));

function door(...origins: string[]): Http {
  const http = createHttp({ allow: origins.map(originRule) });
  cleanups.push(() => http.close());
  return http;
}

const post = (url: string, more: { firstByteMs?: number; totalMs?: number } = {}) => ({
  method: 'POST' as const,
  url: new URL(url),
  body: 'a=1',
  totalMs: 5_000,
  ...more,
});
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('Expected a failure.'),
    (error: unknown) => error,
  );

describe('a HEAD', () => {
  const head = (url: string) => ({ method: 'HEAD' as const, url: new URL(url), totalMs: 5_000 });

  test('tells how long TCP took with that host, and which server answered', async () => {
    const origin = await serve((_, response) => response.writeHead(200, { server: 'nginx', via: '1.1 door' }).end());
    const http = door(origin);
    const [one, two] = await Promise.all([http.send(head(`${origin}/`)), http.send(head(`${origin}/`))]);
    expect(one.servedBy).toBe('nginx | 1.1 door');
    const { fastestMs, medianMs } = two.handshakes ?? expect.fail('Expected handshakes.');
    expect(fastestMs).toBeGreaterThan(0);
    expect(medianMs).toBeGreaterThanOrEqual(fastestMs);
    // The client reports handshake times only for connections that it opened in order to measure, and sends no other request over them.
    expect((await http.send({ ...head(`${origin}/`), method: 'GET' })).handshakes).toBeUndefined();
  });

  test('does not believe a handshake that a relay near us has answered: TLS goes the whole way', async () => {
    const HELD_MS = 300;
    const certificate = makeCertificate();
    const secure = createTlsServer(certificate, (_, response) => response.end());
    await listen(secure);
    const behind = (secure.address() as AddressInfo).port;
    // The relay `slow` accepts TCP connections immediately, and passes the first byte of TLS on after a while.
    const slow = await tcp((socket) => {
      const on = connect(behind, '127.0.0.1');
      for (const one of [socket, on]) one.on('error', () => undefined);
      socket.once('data', (chunk) => {
        socket.pause();
        setTimeout(() => {
          on.write(chunk);
          socket.pipe(on);
        }, HELD_MS);
      });
      on.pipe(socket);
    });
    const origin = slow.replace('http:', 'https:');
    setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);
    expect((await door(origin).send(head(`${origin}/`))).handshakes).toBeUndefined();
    const direct = `https://127.0.0.1:${behind}`;
    // The fastest of several measurements counts: on a busy machine a single measurement may take as long as one through a relay.
    const timed = async () => (await door(direct).send(head(`${direct}/`))).handshakes;
    let found = await timed();
    for (let tries = 0; tries < 30 && !found; tries += 1) found = await timed();
    expect(found?.fastestMs).toBeGreaterThan(0);
  });

  test('leaves its connection open for the next one: a handshake would cost a look at the clock two round trips', async () => {
    let connections = 0;
    const server = createServer((_, response) => response.end());
    server.on('connection', () => {
      connections += 1;
    });
    const origin = await listen(server);
    const http = door(origin);
    for (let turn = 0; turn < 6; turn += 1) expect((await http.send(head(`${origin}/`))).status).toBe(200);
    // The second call may find the connection of the first call still busy, and then opens another.
    expect(connections).toBeLessThanOrEqual(2);
  });

  test('that is answered with a body spoils no other call', async () => {
    const origin = await tcp((socket) => {
      socket.on('data', (bytes) => {
        const isHead = bytes.toString('latin1').startsWith('HEAD');
        const planted = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged';
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n');
        socket.write(isHead ? planted : 'ok');
      });
      socket.on('error', () => undefined);
    });
    const http = door(origin);
    await http.send(head(`${origin}/`));
    expect((await http.send(post(`${origin}/`))).body).toBe('ok');
  });
});

describe('an answer', () => {
  test('carries every Set-Cookie apart, the dates and the instants in order', async () => {
    const origin = await serve((_, response) => {
      response.setHeader('set-cookie', ['a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'b="2"']);
      response.setHeader('retry-after', '7');
      response.setHeader('age', '3');
      response.end('héllo');
    });
    const answer = await door(origin).send(post(`${origin}/x`));
    expect(answer).toMatchObject({ status: 200, retryAfter: '7', age: '3', body: 'héllo' });
    expect(answer.setCookie).toEqual(['a=1; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'b="2"']);
    expect(Date.parse(answer.date ?? '')).toBeGreaterThan(0);
    expect(answer.sentAtMs).toBeLessThanOrEqual(answer.firstByteAtMs);
    expect(answer.firstByteAtMs).toBeLessThanOrEqual(answer.receivedAtMs);
  });

  test('says the length of the body it sends', async () => {
    const origin = await serve((request, response) => response.end(`${request.headers['content-length']}`));
    expect((await door(origin).send(post(`${origin}/`))).body).toBe('3');
  });

  test('that redirects is handed back and not followed', async () => {
    let visits = 0;
    const sink = await serve((_, response) => {
      visits += 1;
      response.end();
    });
    const origin = await serve((_, response) => response.writeHead(302, { location: `${sink}/steal` }).end());
    expect((await door(origin, sink).send(post(`${origin}/`))).status).toBe(302);
    expect(visits).toBe(0);
  });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ['identity', (text: string) => Buffer.from(text)],
  ])('packed as %s is unpacked', async (encoding, pack) => {
    const origin = await serve((_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(pack('{"newToken":"héllo"}'));
    });
    expect((await door(origin).send(post(`${origin}/`))).body).toBe('{"newToken":"héllo"}');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('packed as %s that lacks its end is worth what it holds', async (encoding, pack) => {
    const origin = await serve((_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(pack('{"newToken":"héllo"}').subarray(0, -4));
    });
    expect((await door(origin).send(post(`${origin}/`))).body).toBe('{"newToken":"héllo"}');
  });

  test('that says it is packed and is not is unknown', async () => {
    const origin = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end('{"newToken":"x"}');
    });
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('unknown');
  });

  test('that begins with "wait a moment" is the one that follows', async () => {
    const origin = await serve((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.end('the answer');
    });
    expect(await door(origin).send(post(`${origin}/`))).toMatchObject({ status: 200, body: 'the answer' });
  });

  test('keeps the very bytes of its cookies', async () => {
    const origin = await tcp((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nset-cookie: a=\xe9\r\ncontent-length: 2\r\n\r\nok', 'latin1'),
      ),
    );
    expect((await door(origin).send(post(`${origin}/`))).setCookie).toEqual(['a=\u00e9']);
  });

  test.each(['gzip', 'br'])('of more than 2 MB once unpacked from %s is given up', async (encoding) => {
    const pack = encoding === 'br' ? brotliCompressSync : gzipSync;
    const packed = pack(Buffer.alloc(2 * 1024 * 1024 + 1, 'a'));
    const origin = await serve((_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(packed);
    });
    const error = await failureOf(door(origin).send(post(`${origin}/`)));
    expect(String(error)).toContain('Expected a body of at most');
    expect(classify(error)).toBe('unknown');
  });

  test('of more than 2 MB is given up', async () => {
    const origin = await serve((_, response) => response.end(Buffer.alloc(2 * 1024 * 1024 + 1, 'a')));
    const error = await failureOf(door(origin).send(post(`${origin}/`)));
    expect(String(error)).toContain('Expected a body of at most');
    expect(classify(error)).toBe('unknown');
  });
});

describe('a host outside the list', () => {
  test.each([
    'http://127.0.0.1:1/',
    'http://user@HOST/box/x',
    'http://HOST/elsewhere',
    'http://evil.test/HOST/box/x',
  ])('%s is refused before a socket is opened', async (address) => {
    let connections = 0;
    const origin = await tcp((socket) => {
      connections += 1;
      socket.end();
    });
    const url = address.replace('HOST', new URL(origin).host);
    const error = await failureOf(door(`${origin}/box`).send({ method: 'GET', url: new URL(url), totalMs: 1_000 }));
    expect(String(error)).toContain('Expected an allowed host');
    expect(classify(error)).toBe('not-sent');
    expect(connections).toBe(0);
  });
});

describe('a call that fails', () => {
  test('on a closed port was never sent', async () => {
    const server = createTcpServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((done) => server.close(done));
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('not-sent');
  });

  test('on an unknown host was never sent', async () => {
    const origin = 'http://nowhere.invalid';
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('not-sent');
  });

  test('in the TLS handshake was never sent', async () => {
    const origin = (await serve((_, response) => response.end())).replace('http:', 'https:');
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('not-sent');
  });

  test('at a server with an untrusted certificate was never sent', async () => {
    let heard = 0;
    const server = createTlsServer(makeCertificate(), (_, response) => {
      heard += 1;
      response.end();
    });
    const origin = (await listen(server)).replace('http:', 'https:');
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('not-sent');
    expect(heard).toBe(0);
  });

  test('on a socket cut before the handshake ended was never sent', async () => {
    const origin = (await tcp((socket) => socket.once('data', () => socket.destroy()))).replace('http:', 'https:');
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('not-sent');
  });

  test('on a server that answers the handshake with garbage was never sent', async () => {
    const origin = await tcp((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.end('220 mail\r\n')),
    );
    const secure = origin.replace('http:', 'https:');
    expect(classify(await failureOf(door(secure).send(post(`${secure}/`))))).toBe('not-sent');
  });

  test('while it waits for a connection was never sent; the ones before it are unknown', async () => {
    let open = 0;
    const full = Promise.withResolvers<void>();
    const origin = await serve(() => {
      open += 1;
      if (open === 32) full.resolve();
    });
    const http = door(origin);
    const stop = new AbortController();
    const calls = Array.from({ length: 33 }, () =>
      failureOf(http.send({ ...post(`${origin}/`), signal: stop.signal })),
    );
    await full.promise;
    stop.abort();
    const verdicts = (await Promise.all(calls)).map(classify);
    expect(verdicts).toEqual([...Array(32).fill('unknown'), 'not-sent']);
  });

  test('given up while it waits for a connection ends at once, and is not sent when one becomes free', async () => {
    const heard: string[] = [];
    const responses: ServerResponse[] = [];
    const arrived = Promise.withResolvers<void>();
    const origin = await serve((request, response) => {
      heard.push(request.url ?? '');
      responses.push(response);
      arrived.resolve();
    });
    const http = createHttp({ allow: [originRule(origin)], connections: 1 });
    cleanups.push(() => http.close());
    const first = http.send(post(`${origin}/first`));
    await arrived.promise;
    const stop = new AbortController();
    const second = failureOf(http.send({ ...post(`${origin}/second`), signal: stop.signal }));
    stop.abort();
    expect(classify(await second)).toBe('not-sent');
    responses[0]?.end('one');
    expect((await first).body).toBe('one');
    const third = http.send(post(`${origin}/third`));
    await expect.poll(() => heard).toContain('/third');
    responses[1]?.end('three');
    expect((await third).body).toBe('three');
    expect(heard).toEqual(['/first', '/third']);
  });

  test('given up before it began was never sent', async () => {
    let connections = 0;
    const origin = await tcp(() => {
      connections += 1;
    });
    const call = door(origin).send({ ...post(`${origin}/`), signal: AbortSignal.abort() });
    expect(classify(await failureOf(call))).toBe('not-sent');
    expect(connections).toBe(0);
  });

  test('with a header that cannot be sent was never sent, and the error does not quote it', async () => {
    const origin = await serve((_, response) => response.end());
    const headers = { cookie: 'canary\r\nx: y' };
    const error = await failureOf(door(origin).send({ ...post(`${origin}/`), headers }));
    expect(classify(error)).toBe('not-sent');
    expect(`${error} ${(error as Error).cause}`).not.toContain('canary');
  });

  test.each([
    ['a reset after the request', (socket: Socket) => socket.resetAndDestroy()],
    ['an end without a byte', (socket: Socket) => socket.end()],
    ['half an answer', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"newTok')],
    ['garbage', (socket: Socket) => socket.end('\u0000\u0001 what is this\r\n\r\n')],
  ])('by %s is unknown', async (_, act) => {
    const origin = await tcp((socket) => socket.on('error', () => undefined).once('data', () => act(socket)));
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`))))).toBe('unknown');
  });

  test('by its first-byte deadline is unknown', async () => {
    const origin = await serve(() => undefined);
    expect(classify(await failureOf(door(origin).send(post(`${origin}/`, { firstByteMs: 30 }))))).toBe('unknown');
  });

  test('by its total deadline in the middle of a trickle is unknown', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
    });
    const call = door(origin).send(post(`${origin}/`, { firstByteMs: 2_000, totalMs: 50 }));
    expect(classify(await failureOf(call))).toBe('unknown');
  });
});

describe('F3, P8: what came of an answer', () => {
  const TOKEN = '{"newToken":"12|1|a"}';
  const head = (more: string) => `HTTP/1.1 200 OK\r\nset-cookie: a=1\r\n${more}\r\n\r\n`;
  const broken: [string, (socket: Socket) => void][] = [
    ['a length too large, then closed', (socket) => socket.end(`${head('content-length: 85')}${TOKEN}`)],
    [
      'chunks without their end',
      (socket) => socket.end(`${head('transfer-encoding: chunked')}${TOKEN.length.toString(16)}\r\n${TOKEN}\r\n`),
    ],
    [
      'a reset after all of it',
      (socket) =>
        socket.write(`${head('content-length: 85')}${TOKEN}`, () => setImmediate(() => socket.resetAndDestroy())),
    ],
    ['chunks that go wrong', (socket) => socket.end(`${head('transfer-encoding: chunked')}15\r\n${TOKEN}\r\nzz\r\n`)],
  ];
  test.each(broken)('by %s is an answer, for a caller that hears of it', async (_, act) => {
    const origin = await tcp((socket) => socket.on('error', () => undefined).once('data', () => act(socket)));
    const heard: [string, boolean][] = [];
    const call = door(origin).send({
      ...post(`${origin}/`),
      received: ({ body, isCut }) => heard.push([body, isCut]),
    });
    expect(await call).toMatchObject({ status: 200, body: TOKEN, isCut: true, setCookie: ['a=1'] });
    expect(heard.at(-1)).toEqual([TOKEN, true]);
  });

  test('is heard of part by part, and a whole one once', async () => {
    const rest = Promise.withResolvers<void>();
    const origin = await serve((request, response) => {
      if (request.url === '/whole') return response.end(TOKEN);
      response.write(TOKEN.slice(0, 5));
      return rest.promise.then(() => response.end(TOKEN.slice(5)));
    });
    const http = door(origin);
    const heard: [string, boolean][] = [];
    const listen = (path: string) =>
      http.send({
        ...post(`${origin}${path}`),
        received({ body, isCut }) {
          heard.push([body, isCut]);
          rest.resolve();
        },
      });
    await listen('/parts');
    expect(heard).toEqual([
      [TOKEN.slice(0, 5), true],
      [TOKEN, false],
    ]);
    heard.length = 0;
    expect(await listen('/whole')).toMatchObject({ isCut: false });
    expect(heard).toEqual([[TOKEN, false]]);
  });

  test('by its total deadline is what there is by then', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write(TOKEN);
    });
    const call = door(origin).send({ ...post(`${origin}/`, { totalMs: 1_500 }), received: () => undefined });
    expect(await call).toMatchObject({ body: TOKEN, isCut: true });
  });

  test.each([
    'totalMs',
    'firstByteMs',
  ])('that came while this process stood still past %s is read before the call is given up', async (limit) => {
    const LIMIT_MS = 300;
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const gym = new Worker(
      `const { parentPort, workerData: answered } = require('node:worker_threads');
       const server = require('node:http').createServer((_, response) => {
         response.end('${TOKEN}', () => setTimeout(() => {
           Atomics.store(answered, 0, 1);
           Atomics.notify(answered, 0);
         }, ${2 * LIMIT_MS}));
       });
       server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true, workerData: answered },
    );
    cleanups.push(() => gym.terminate());
    const [port] = (await once(gym, 'message')) as [number];
    const standStill = () => setImmediate(() => Atomics.wait(answered, 0, 0, 15_000));
    subscribe('undici:client:sendHeaders', standStill);
    cleanups.push(() => unsubscribe('undici:client:sendHeaders', standStill));
    const origin = `http://127.0.0.1:${port}`;
    const call = door(origin).send({ ...post(`${origin}/`), [limit]: LIMIT_MS });
    expect(await call).toMatchObject({ status: 200, body: TOKEN });
  });

  test('packed in a way that cannot be undone is given as it came', async () => {
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(TOKEN));
    const call = door(origin).send({ ...post(`${origin}/`), received: () => undefined });
    expect(await call).toMatchObject({ body: TOKEN, isCut: true });
  });
});

test('F10: of 300 changes at a gym that closes each connection right after its answer, none is lost', async () => {
  const origin = await tcp((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok');
      setTimeout(() => socket.destroy(), Math.random() * 3);
    });
  });
  const http = door(origin);
  const ends = [];
  for (let turn = 0; turn < 300; turn += 1) {
    ends.push(
      await http.send(post(`${origin}/`)).then(
        ({ body }) => body,
        (error) => String(error),
      ),
    );
    // In every third step, the loop waits for about as long as the gym keeps an idle connection open, so that the gym may close the connection a
    // moment later.
    if (turn % 3 === 0) await new Promise((resolve) => setTimeout(resolve, turn % 4));
  }
  expect(ends).toEqual(Array(300).fill('ok'));
});

describe('F10: connections for changes', () => {
  /** Opens a gym that answers every call, counts connections, and closes each connection `afterMs` after its answer (undefined: never). */
  async function gymThatCloses(afterMs: number | undefined) {
    const seen = { connections: 0, open: 0 };
    const origin = await tcp((socket) => {
      seen.connections += 1;
      seen.open += 1;
      socket.on('close', () => {
        seen.open -= 1;
      });
      socket.on('error', () => undefined);
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok');
        if (afterMs !== undefined) setTimeout(() => socket.destroy(), afterMs);
      });
    });
    return { origin, seen, http: door(origin) };
  }
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test.each([
    10, 40, 200, 230, 410,
  ])('none is lost at a gym that closes each %i ms after its answer', async (afterMs) => {
    const { origin, http } = await gymThatCloses(afterMs);
    const bodies = [];
    for (let turn = 0; turn < 40; turn += 1) {
      bodies.push((await http.send(post(`${origin}/`))).body);
      await pause(turn % 2 === 0 ? afterMs - 3 : 30);
    }
    expect(bodies).toEqual(Array(40).fill('ok'));
  });

  test('are used again within half of the time that one was seen open, and no later', async () => {
    const { origin, seen } = await gymThatCloses(undefined);
    const http = createHttp({ allow: [originRule(origin)], connections: 1 });
    cleanups.push(() => http.close());
    const opened = [];
    for (const ms of [0, 300, 30, 30, 450, 30]) {
      await pause(ms);
      await http.send(post(`${origin}/`));
      opened.push(seen.connections);
    }
    expect(opened).toEqual([1, 2, 2, 2, 3, 3]);
  });

  test('teach nothing after a longer rest than is counted as an early close', async () => {
    const { origin, http, seen } = await gymThatCloses(undefined);
    const opened = [];
    for (const ms of [0, 3_100, 30]) {
      await pause(ms);
      await http.send(post(`${origin}/`));
      opened.push(seen.connections);
    }
    expect(opened).toEqual([1, 2, 3]);
  });

  test('are used again at a gym that was seen to keep them', async () => {
    const { origin, http, seen } = await gymThatCloses(undefined);
    await http.send(post(`${origin}/`));
    await pause(300);
    for (let turn = 0; turn < 20; turn += 1) {
      await http.send(post(`${origin}/`));
      await pause(30);
    }
    expect(seen.connections).toBeLessThan(5);
  });

  test('are watched in no greater number than may be out at once, and closing one ourselves says nothing of the gym', async () => {
    const { origin, seen } = await gymThatCloses(undefined);
    const http = createHttp({ allow: [originRule(origin)], connections: 2 });
    cleanups.push(() => http.close());
    for (let turn = 0; turn < 6; turn += 1) await http.send(post(`${origin}/`));
    await pause(1_100);
    expect(seen.open).toBe(2);
    for (let turn = 0; turn < 20; turn += 1) {
      await http.send(post(`${origin}/`));
      await pause(30);
    }
    expect(seen.connections).toBeLessThan(10);
  });

  test('are not used again while nobody knows the gym’s habit', async () => {
    const { origin, http, seen } = await gymThatCloses(undefined);
    for (let turn = 0; turn < 5; turn += 1) await http.send(post(`${origin}/`));
    expect(seen.connections).toBe(5);
  });
});

describe('F12: a body', () => {
  test.each([
    ['text/html; charset=ISO-8859-1', Buffer.from('Halterofilia olímpica', 'latin1')],
    ['text/html; charset="iso-8859-15"; x=y', Buffer.from('Halterofilia olímpica', 'latin1')],
    ['application/json;CHARSET=utf-8', Buffer.from('Halterofilia olímpica')],
    ['text/html', Buffer.from('Halterofilia olímpica')],
    ['text/html; charset=unheard-of', Buffer.from('Halterofilia olímpica')],
  ])('declared as %s is read as such, packed or not', async (type, bytes) => {
    const origin = await serve((request, response) => {
      const isPacked = request.url === '/packed';
      response.writeHead(200, { 'content-type': type, ...(isPacked && { 'content-encoding': 'gzip' }) });
      response.end(isPacked ? gzipSync(bytes) : bytes);
    });
    for (const path of ['/', '/packed'])
      expect((await door(origin).send({ method: 'GET', url: new URL(`${origin}${path}`), totalMs: 5_000 })).body).toBe(
        'Halterofilia olímpica',
      );
  });
});

describe('the verdict', () => {
  test.each([
    [200, 'definite'],
    [403, 'definite'],
    [429, 'definite'],
    [302, 'unknown'],
    [408, 'unknown'],
    [502, 'unknown'],
  ])('of a complete answer %i is %s', (status, verdict) => {
    expect(classify({ status })).toBe(verdict);
  });

  test('of several addresses is not-sent only if every one was', () => {
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    const reset = Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    expect(classify(new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) }))).toBe('not-sent');
    expect(classify(new TypeError('fetch failed', { cause: new AggregateError([refused, reset]) }))).toBe('unknown');
  });

  test('of a time-out depends on what was being done', () => {
    const late = (syscall: string) => Object.assign(new Error('late'), { code: 'ETIMEDOUT', syscall });
    expect(classify(late('connect'))).toBe('not-sent');
    expect(classify(late('read'))).toBe('unknown');
  });

  test('exists for everything that can be answered or thrown', () => {
    const nested = fc.letrec((tie) => ({
      link: fc.oneof(
        { maxDepth: 6 },
        fc.anything(),
        fc.record(
          {
            code: fc.oneof(fc.string(), fc.constantFrom('ECONNREFUSED', 'ECONNRESET'), fc.anything()),
            status: fc.anything(),
            syscall: fc.anything(),
            message: fc.anything(),
            errors: fc.array(tie('link')),
            cause: tie('link'),
          },
          { requiredKeys: [] },
        ),
      ),
    })).link;
    fc.assert(fc.property(nested, (thrown) => ['not-sent', 'definite', 'unknown'].includes(classify(thrown))));
  });

  test('exists for an error that is its own cause, and for one that throws when read', () => {
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect([classify(loop), classify(trap)]).toEqual(['unknown', 'unknown']);
  });
});
