// The timed sender over real sockets: it sends nothing early and nothing twice, and answers `unknown` when it cannot know whether a request was sent.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { PreparedRequest } from '../../services/gym/gym.ts';
import {
  openTimedSender,
  type TimedSender,
  type TimedSenderOptions,
} from '../../services/timed-sender/timed-sender.ts';

const nowMs = (): number => performance.timeOrigin + performance.now();
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function starter(options: TimedSenderOptions = {}): Promise<TimedSender> {
  const opened = await openTimedSender(options);
  endings.push(() => opened.close());
  return opened;
}

async function listening(server: Server | NetServer, sockets = new Set<Socket>()): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Opens a server in the gym's place, which records by this machine's clock when each request arrived. */
async function gym(
  answer: (id: string, request: IncomingMessage, response: ServerResponse) => void = (id, _, response) =>
    response.end(id),
) {
  const arrivals: { id: string; atMs: number; port: number }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const id = request.url?.slice(1) ?? '';
    arrivals.push({ id, atMs: nowMs(), port: request.socket.remotePort ?? 0 });
    answer(id, request, response);
  });
  const port = await listening(server, sockets);
  return { arrivals, sockets, server, port };
}

/**
 * Opens a server in the gym's place, which runs in a thread of its own. `untilHeard` blocks the test's thread, event loop included, until the gym has
 * received a request.
 */
async function gymThread() {
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(
    `const { parentPort, workerData: heard } = require('node:worker_threads');
     const server = require('node:http').createServer((request, response) => {
       Atomics.store(heard, 0, 1);
       Atomics.notify(heard, 0);
       response.end();
     });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: heard },
  );
  endings.push(() => thread.terminate());
  const [port] = (await once(thread, 'message')) as [number];
  return { port, untilHeard: () => Atomics.wait(heard, 0, 0, 15_000) };
}

/** Opens a server in the gym's place, where `speak` writes the bytes of each answer: it is called with the socket and the bytes that arrived. */
async function scripted(speak: (socket: Socket, heard: string) => void) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createNetServer((socket) => {
    socket.on('data', (chunk) => {
      heard.push(chunk.toString());
      speak(socket, chunk.toString());
    });
  });
  return { heard, sockets, server, port: await listening(server, sockets) };
}

const request = (port: number, id: string | number): PreparedRequest => ({
  host: '127.0.0.1',
  port,
  tls: false,
  bytes: Buffer.from(`POST /${id} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\nok`),
});

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Loads one request, sends it immediately, and gives the only shot that was made. */
async function shootOne(port: number, options: TimedSenderOptions = {}) {
  const hands = await starter(options);
  await hands.load([request(port, 1)]);
  const [shot] = await hands.fireAt(nowMs());
  if (!shot) throw new Error('expected a shot');
  return shot;
}

describe('the instant', () => {
  test('fifty shots all arrive after the instant, each once, each answered with its own answer', async () => {
    const { arrivals, port } = await gym();
    const hands = await starter();
    const warmth = await hands.load(Array.from({ length: 50 }, (_, id) => request(port, id)));
    expect(warmth).toEqual({ ready: 50, cold: 0 });
    const atMs = nowMs() + 150;
    const shots = await hands.fireAt(atMs);
    expect(arrivals).toHaveLength(50);
    expect(new Set(arrivals.map((one) => one.id)).size).toBe(50);
    for (const arrival of arrivals) expect(arrival.atMs).toBeGreaterThanOrEqual(atMs);
    for (const [index, shot] of shots.entries()) {
      expect(shot.index).toBe(index);
      expect(shot.sentAtMs).toBeGreaterThanOrEqual(atMs);
      expect(shot.answeredAtMs).toBeGreaterThanOrEqual(shot.firstByteAtMs ?? Number.NaN);
      expect(shot.result).toMatchObject({ kind: 'answer', raw: { status: 200, body: String(index) } });
    }
  });

  test('is never early in many firings of one request', async () => {
    const { port } = await gym();
    await starter(); // keeps the thread from ending between the rounds
    for (let round = 0; round < 20; round += 1) {
      const hands = await starter();
      await hands.load([request(port, round)]);
      const atMs = nowMs() + 12 + Math.random() * 40;
      const [shot] = await hands.fireAt(atMs);
      expect(shot?.sentAtMs).toBeGreaterThanOrEqual(atMs);
      await hands.close();
    }
  });

  test('is kept by the thread while the main thread is blocked', async () => {
    const { port, untilHeard } = await gymThread();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    const atMs = nowMs() + 60;
    const shots = hands.fireAt(atMs);
    await new Promise((resolve) => setImmediate(resolve));
    expect(untilHeard()).not.toBe('timed-out');
    const [shot] = await shots;
    expect(shot?.sentAtMs).toBeGreaterThanOrEqual(atMs);
    expect(shot?.result).toMatchObject({ kind: 'answer', raw: { status: 200 } });
  });

  test('follows the anchor it was given', async () => {
    const { port } = await gym();
    const aheadMs = 5_000_000;
    const hands = await starter({ anchorMs: performance.timeOrigin + aheadMs });
    await hands.load([request(port, 1)]);
    const atMs = nowMs() + aheadMs + 40;
    const [shot] = await hands.fireAt(atMs);
    expect(shot?.sentAtMs).toBeGreaterThanOrEqual(atMs);
    expect(shot?.sentAtMs).toBeLessThan(atMs + aheadMs / 2);
  });

  test('several races share the thread and keep their own instants', async () => {
    const { port } = await gym();
    const races = await Promise.all([1, 2, 3].map(() => starter()));
    for (const [at, race] of races.entries()) await race.load([request(port, at)]);
    const atMs = nowMs() + 50;
    const fired = await Promise.all(races.map((race, at) => race.fireAt(atMs + at * 3)));
    for (const [at, [shot]] of fired.entries()) {
      expect(shot?.sentAtMs).toBeGreaterThanOrEqual(atMs + at * 3);
      expect(shot?.result).toMatchObject({ kind: 'answer', raw: { body: String(at) } });
    }
  });
});

describe('connections', () => {
  test('races of one instant are all written before an answer to any of them is heard', async () => {
    const { port, arrivals } = await gym();
    const races = await Promise.all(Array.from({ length: 8 }, () => starter()));
    await Promise.all(races.map((race, at) => race.load([0, 1, 2].map((shot) => request(port, `${at}-${shot}`)))));
    const atMs = nowMs() + 400;
    // A gym's clock is known to a few milliseconds only, so races of different boxes for one opening instant send some milliseconds apart.
    const fired = await Promise.all(races.map((race, at) => race.fireAt(atMs + at)));
    const shots = fired.flat();
    const lastSentAtMs = Math.max(...shots.map(({ sentAtMs }) => sentAtMs ?? Number.NaN));
    const firstHeardAtMs = Math.min(...shots.map(({ firstByteAtMs }) => firstByteAtMs ?? Number.NaN));
    expect(lastSentAtMs).toBeLessThan(firstHeardAtMs);
    expect(arrivals).toHaveLength(24);
    for (const [at, race] of fired.entries())
      for (const shot of race) expect(shot.sentAtMs).toBeGreaterThanOrEqual(atMs + at);
  });

  test('a connection the gym closes before the instant is replaced', async () => {
    const { port, sockets, arrivals } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await until(() => sockets.size === 1);
    const first = [...sockets];
    for (const socket of first) socket.destroy();
    await until(() => sockets.size === 1 && !sockets.has(first[0] as Socket));
    const [shot] = await hands.fireAt(nowMs() + 40);
    expect(shot?.result.kind).toBe('answer');
    expect(arrivals).toHaveLength(1);
  });

  test('a connection on which the gym speaks unasked is replaced, and its words answer nothing', async () => {
    const { port, sockets } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await until(() => sockets.size === 1);
    const [first] = [...sockets];
    first?.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
    await until(() => sockets.size === 1 && !sockets.has(first as Socket));
    const [shot] = await hands.fireAt(nowMs() + 40);
    expect(shot?.result).toMatchObject({ kind: 'answer', raw: { status: 200 } });
  });

  test('a gym that is gone at the instant leaves the shot not sent', async () => {
    const { port, sockets, server } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await until(() => sockets.size === 1);
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    const [shot] = await hands.fireAt(nowMs() + 60);
    expect(shot).toMatchObject({ sentAtMs: undefined, result: { kind: 'not-sent' } });
  });

  test('a refused connection leaves the shot not sent, with the reason', async () => {
    const { port, server } = await gym();
    await new Promise((resolve) => server.close(resolve));
    const hands = await starter();
    expect(await hands.load([request(port, 1)])).toEqual({ ready: 0, cold: 1 });
    const [shot] = await hands.fireAt(nowMs() + 20);
    expect(shot?.result).toEqual({ kind: 'not-sent', reason: 'ECONNREFUSED' });
  });

  test('requests queue on one connection only beyond the limit, and each gets its own answer', async () => {
    const { port, arrivals, sockets } = await gym();
    const hands = await starter({ maxConnections: 3 });
    await hands.load(Array.from({ length: 30 }, (_, id) => request(port, id)));
    expect(sockets.size).toBeLessThanOrEqual(3);
    const shots = await hands.fireAt(nowMs() + 30);
    expect(new Set(arrivals.map((one) => one.port)).size).toBe(3);
    expect(shots.map((shot) => shot.result.kind === 'answer' && shot.result.raw.body)).toEqual(
      Array.from({ length: 30 }, (_, id) => String(id)),
    );
    await expect(
      (await starter({ maxConnections: 1 })).load(Array.from({ length: 21 }, (_, id) => request(port, id))),
    ).rejects.toThrow('at most 20');
  });
});

describe('a gym that accepts but never shakes hands', () => {
  test('holds up neither the loading nor a further try, and nothing is written later', async () => {
    const { port, heard } = await scripted(() => undefined);
    const hands = await starter({ warmTimeoutMs: 60, connectTimeoutMs: 60_000 });
    const secret = { ...request(port, 1), tls: true };
    expect(await hands.load(Array.from({ length: 40 }, () => secret))).toEqual({ ready: 0, cold: 40 });
    const shots = await hands.fireAt(nowMs() + 20);
    expect(new Set(shots.map((shot) => shot.result.kind))).toEqual(new Set(['not-sent']));
    const impatient = await starter({ connectTimeoutMs: 60 });
    expect((await impatient.shootNow(secret)).result).toEqual({ kind: 'not-sent', reason: 'connect-timeout' });
    expect(heard.join('')).not.toContain('POST');
  });
});

describe('what cannot be dialled', () => {
  test('is refused before it reaches the thread, and other races go on', async () => {
    const { port } = await gym();
    const hands = await starter();
    await expect(hands.load([{ ...request(port, 1), port: Number.NaN }])).rejects.toThrow('host, port and bytes');
    await expect(hands.load([{ ...request(port, 1), bytes: new Uint8Array(0) }])).rejects.toThrow(
      'host, port and bytes',
    );
    const odd = await starter({ tls: { ca: '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----' } });
    await odd.load([{ ...request(port, 1), tls: true }]);
    expect((await odd.fireAt(nowMs()))[0]?.result.kind).toBe('not-sent');
    await hands.load([request(port, 2)]);
    expect((await hands.fireAt(nowMs()))[0]?.result.kind).toBe('answer');
  });

  test('a host that does not exist leaves the shot not sent', async () => {
    const hands = await starter();
    await hands.load([{ ...request(80, 1), host: 'nowhere.invalid' }]);
    expect((await hands.fireAt(nowMs()))[0]?.result.kind).toBe('not-sent');
  });

  test('a starter fires once, and nothing is loaded after', async () => {
    const { port } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await expect(hands.fireAt(Number.NaN)).rejects.toThrow('finite');
    await hands.fireAt(nowMs());
    await expect(hands.fireAt(nowMs())).rejects.toThrow('once');
    await expect(hands.load([request(port, 1)])).rejects.toThrow('before anything is fired');
  });
});

describe('answers', () => {
  const trickle = async (socket: Socket, text: string): Promise<void> => {
    for (const letter of text) {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  test.each([
    ['by length', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('%s are heard byte by byte', async (_how, text) => {
    const { port } = await scripted((socket) => void trickle(socket, text));
    const shot = await shootOne(port);
    expect(shot.result).toMatchObject({ kind: 'answer', raw: { status: 200, body: 'hello' } });
    // Two readings of one clock may be equal; a later reading is never smaller.
    expect(shot.firstByteAtMs).toBeLessThanOrEqual(shot.answeredAtMs ?? 0);
  });

  test('that end with the connection are whole', async () => {
    const { port } = await scripted((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    expect((await shootOne(port)).result).toMatchObject({ kind: 'answer', raw: { body: 'hello' } });
  });

  test('bring the gym’s own Date along', async () => {
    const { port } = await scripted((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ndate: Tue, 24 Nov 2026 17:00:00 GMT\r\ncontent-length: 0\r\n\r\n'),
    );
    expect((await shootOne(port)).gymDateMs).toBe(Date.UTC(2026, 10, 24, 17));
  });
});

describe('what cannot be known', () => {
  test('a reset after the write is unknown, and nothing is written again', async () => {
    const { port, heard } = await scripted((socket) => socket.resetAndDestroy());
    const shot = await shootOne(port);
    expect(shot.result.kind).toBe('unknown');
    expect(shot.sentAtMs).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toHaveLength(1);
  });

  test('an answer cut off in its head is unknown', async () => {
    const { port } = await scripted((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n'));
    expect((await shootOne(port)).result).toEqual({ kind: 'unknown', reason: 'closed' });
  });

  test.each([
    ['a close', 'content-length: 10\r\n\r\nhalf', (socket: Socket) => socket.end()],
    ['a close between chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', (socket: Socket) => socket.end()],
    ['a close in a chunk', 'transfer-encoding: chunked\r\n\r\n40\r\nhalf', (socket: Socket) => socket.end()],
    ['silence', 'content-length: 10\r\n\r\nhalf', () => undefined],
  ])('of an answer cut off in its body by %s is handed on with what came, as cut', async (_, rest, end) => {
    const { port } = await scripted((socket) => {
      socket.write(`HTTP/1.1 429 Busy\r\nretry-after: 7\r\n${rest}`, () => end(socket));
    });
    const { result, sentAtMs, answeredAtMs } = await shootOne(port, { answerTimeoutMs: 80 });
    expect(result).toEqual({
      kind: 'answer',
      raw: { status: 429, setCookie: [], retryAfter: '7', body: 'half', isCut: true },
    });
    expect(answeredAtMs).toBeGreaterThanOrEqual(sentAtMs ?? 0);
  });

  test('an answer that turns out malformed is unknown, the part before included', async () => {
    const { port } = await scripted((socket) =>
      socket.write('HTTP/1.1 429 Busy\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n-1\r\n'),
    );
    expect((await shootOne(port)).result).toEqual({ kind: 'unknown', reason: 'unreadable-answer' });
  });

  test('silence past the deadline is unknown', async () => {
    const { port, heard } = await scripted(() => undefined);
    const shot = await shootOne(port, { answerTimeoutMs: 80 });
    expect(shot.result).toEqual({ kind: 'unknown', reason: 'answer-timeout' });
    expect(heard).toHaveLength(1);
  });

  test('an answer with two framings at once is unknown', async () => {
    const { port } = await scripted((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    );
    expect((await shootOne(port)).result).toEqual({ kind: 'unknown', reason: 'unreadable-answer' });
  });

  test('after "connection: close" what was queued behind is unknown, not repeated', async () => {
    const { port, heard } = await scripted((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
    );
    const hands = await starter({ maxConnections: 1 });
    await hands.load([request(port, 1), request(port, 2)]);
    const shots = await hands.fireAt(nowMs());
    expect(shots.map((shot) => shot.result.kind)).toEqual(['answer', 'unknown']);
    expect(heard.join('').split('POST').length - 1).toBe(2);
  });

  test('a starter closed under way calls the written unknown and the unwritten not sent', async () => {
    const { port, heard } = await scripted(() => undefined);
    const hands = await starter();
    await hands.load([request(port, 1)]);
    const first = hands.fireAt(nowMs());
    await until(() => heard.length === 1);
    const waiting = await starter();
    await waiting.load([request(port, 2)]);
    const second = waiting.fireAt(nowMs() + 60_000);
    await hands.close();
    await waiting.close();
    expect((await first)[0]?.result).toEqual({ kind: 'unknown', reason: 'closed' });
    expect((await second)[0]?.result).toEqual({ kind: 'not-sent', reason: 'closed' });
    expect(heard).toHaveLength(1);
  });
});

describe('changing one’s mind', () => {
  test('a withdrawn shot is never written', async () => {
    const { port, arrivals } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1), request(port, 2)]);
    const fired = hands.fireAt(nowMs() + 40);
    expect(hands.withdraw(0)).toBe(true);
    const shots = await fired;
    expect(shots[0]?.result).toEqual({ kind: 'not-sent', reason: 'withdrawn' });
    expect(shots[1]?.result.kind).toBe('answer');
    expect(arrivals.map((one) => one.id)).toEqual(['2']);
  });

  test('withdrawing at the very instant either wins or loses, never both', async () => {
    const { port, arrivals } = await gym();
    const hands = await starter();
    await hands.load(Array.from({ length: 40 }, (_, id) => request(port, id)));
    const atMs = nowMs() + 40;
    const fired = hands.fireAt(atMs);
    await new Promise((resolve) => setImmediate(resolve));
    while (nowMs() < atMs) {}
    const won = Array.from({ length: 40 }, (_, at) => 39 - at).filter((index) => hands.withdraw(index));
    const shots = await fired;
    const written = new Set(arrivals.map((one) => Number(one.id)));
    for (const index of won) expect(written.has(index)).toBe(false);
    expect(written.size + won.length).toBe(40);
    expect(shots.filter((shot) => shot.result.kind === 'answer')).toHaveLength(written.size);
  });

  test('a shot cannot be withdrawn once written', async () => {
    const { port } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await hands.fireAt(nowMs());
    expect(hands.withdraw(0)).toBe(false);
  });
});

describe('further tries', () => {
  test('leave at once on the connection that is still warm', async () => {
    const { port, arrivals } = await gym();
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await hands.fireAt(nowMs());
    const again = await hands.shootNow(request(port, 2));
    expect(again.result).toMatchObject({ kind: 'answer', raw: { body: '2' } });
    expect(arrivals[1]?.port).toBe(arrivals[0]?.port);
  });

  test('open a new connection when the gym has closed the old one', async () => {
    const { port } = await gym((id, _, response) => response.setHeader('connection', 'close').end(id));
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await hands.fireAt(nowMs());
    expect((await hands.shootNow(request(port, 2))).result).toMatchObject({ kind: 'answer', raw: { body: '2' } });
  });

  test('are not sent when the gym is gone', async () => {
    const { port, server, sockets } = await gym((id, _, response) => response.setHeader('connection', 'close').end(id));
    const hands = await starter();
    await hands.load([request(port, 1)]);
    await hands.fireAt(nowMs());
    server.close();
    for (const socket of sockets) socket.destroy();
    expect((await hands.shootNow(request(port, 2))).result).toEqual({ kind: 'not-sent', reason: 'ECONNREFUSED' });
  });

  test('early answers are heard while others are still awaited', async () => {
    const held: ServerResponse[] = [];
    const { port } = await gym((id, _, response) => void (id === '0' ? response.end(id) : held.push(response)));
    const hands = await starter();
    await hands.load([request(port, 0), request(port, 1)]);
    const heard: number[] = [];
    const fired = hands.fireAt(nowMs(), (shot) => heard.push(shot.index));
    await until(() => heard.length === 1 && held.length === 1);
    expect(heard).toEqual([0]);
    held[0]?.end();
    await fired;
    expect(heard).toEqual([0, 1]);
  });
});

describe('a limit after which nothing may be written', () => {
  test('a volley with a limit that has passed when its instant comes is proven unsent', async () => {
    const { port, arrivals } = await gym();
    const hands = await starter();
    await hands.load([request(port, 'a'), request(port, 'b')]);
    // A process that was suspended across the opening finds that the instant to send and the time limit for sending are both past.
    const shots = await hands.fireAt(nowMs() - 5_000, undefined, nowMs() - 1_000);
    expect(shots.map((shot) => shot.result)).toEqual([
      { kind: 'not-sent', reason: 'too-late' },
      { kind: 'not-sent', reason: 'too-late' },
    ]);
    expect(arrivals).toEqual([]);
  });

  test('a further shot is written before its limit and not after it', async () => {
    const { port, arrivals } = await gym();
    const hands = await starter();
    const late = await hands.shootNow(request(port, 'late'), nowMs() - 1);
    const good = await hands.shootNow(request(port, 'good'), nowMs() + 10_000);
    expect(late.result).toEqual({ kind: 'not-sent', reason: 'too-late' });
    expect(good.result.kind).toBe('answer');
    expect(arrivals.map((one) => one.id)).toEqual(['good']);
  });
});
