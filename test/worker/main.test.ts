// The one process of `npm start`: its own database and queue, its file of addresses (stack.json), and an end that leaves no process behind.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { isAlive } from '../../embedded/folder-lock.ts';
import { makeSecrets } from '../../embedded/secrets.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, startByNpm, startMain } from '../support/main-process.ts';

const secrets = await makeSecrets();
/** Settings of a hosted Supabase and QStash, at addresses where no process listens. */
const REAL_CLOUD = {
  SUPABASE_URL: 'http://127.0.0.1:1',
  SUPABASE_PUBLISHABLE_KEY: secrets.publishableKey,
  SUPABASE_SECRET_KEY: secrets.secretKey.reveal(),
  QSTASH_URL: 'http://127.0.0.1:1',
  QSTASH_TOKEN: secrets.qstashToken.reveal(),
  QSTASH_CURRENT_SIGNING_KEY: secrets.qstashCurrentSigningKey.reveal(),
  QSTASH_NEXT_SIGNING_KEY: secrets.qstashNextSigningKey.reveal(),
  CRON_SECRET: secrets.cronSecret.reveal(),
  OPERATOR_TOKEN: secrets.operatorToken.reveal(),
  SEAL_KEYS: secrets.sealKeys.reveal(),
  SESSION_SIGNING_KEY: secrets.sessionSigningKey.reveal(),
};
// Whole processes with a database each start here, which takes long on a busy machine.
vi.setConfig({ testTimeout: limitMs(60_000) });
/**
 * One data folder for all tests: the first start makes the folder's database cluster, which takes longer than the rest of a start; later starts use
 * that cluster.
 */
let home: Home;
let running: MainProcess[];
beforeAll(async () => {
  home = await makeHome();
  return () => home.remove();
});
beforeEach(() => {
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.end('SIGKILL');
});

function start(env: Record<string, string> = {}): MainProcess {
  const started = startMain(home, env);
  running.push(started);
  return started;
}

describe('a start', () => {
  test('without any setting serves on its own database and queue, and says where', async () => {
    const started = start();
    const stack = await started.serving();
    expect(Object.keys(stack).sort()).toEqual([
      'accessTokenIssuer',
      'cronSecret',
      'jwks',
      'operatorToken',
      'postgresUrl',
      'publishableKey',
      'qstashCurrentSigningKey',
      'qstashNextSigningKey',
      'qstashToken',
      'qstashUrl',
      'secretKey',
      'supabaseUrl',
      'url',
    ]);
    expect((await stat(join(home.dataDir, 'stack.json'))).mode & 0o777).toBe(0o600);
    expect(started.output()).toContain(
      `puntual: listening; every address and key is in ${join(home.dataDir, 'stack.json')}`,
    );
    expect(await (await fetch(`${stack.url}/ready`)).json()).toMatchObject({ ready: true });
    const headers = { Authorization: `Bearer ${stack.cronSecret}` };
    expect(await (await fetch(`${stack.url}/cron/refresh-tokens`, { headers })).json()).toMatchObject({
      due: 0,
      updated: 0,
    });
    expect(
      (await fetch(`${stack.url}/metrics`, { headers: { Authorization: `Bearer ${stack.operatorToken}` } })).status,
    ).toBe(200);
    for (const secret of [stack.cronSecret, stack.operatorToken]) expect(started.output()).not.toContain(secret);
  });

  test('keeps its secrets for the next one', async () => {
    const first = start();
    const { cronSecret, operatorToken, jwks } = await first.serving();
    await first.end('SIGTERM');
    expect(await start().serving()).toMatchObject({ cronSecret, operatorToken, jwks });
  });

  test('on a port in use says so and ends with 1, before any database is started', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const started = start({
      PORT: String((other.address() as AddressInfo).port),
      DATA_DIR: join(home.folder, 'other'),
    });
    await once(started.child, 'exit');
    other.close();
    expect(started.child.exitCode).toBe(1);
    expect(started.output()).toMatch(/Port \d+ is taken/);
    expect(existsSync(join(home.folder, 'other'))).toBe(false);
  });

  test.each([
    ['the embedded cloud', {}],
    ['a real one', REAL_CLOUD],
  ])('with %s on a folder that cannot be written says so and ends with 1', async (_cloud, env) => {
    const started = start({ ...env, DATA_DIR: '/proc/puntual' });
    await once(started.child, 'exit');
    expect(started.child.exitCode).toBe(1);
    expect(started.output()).toContain('Expected to be able to write to /proc/puntual.');
  });

  test('with a wrong environment lists every problem and ends with 1', async () => {
    const started = start({ CRON_SECRET: 'short', LOG_LEVEL: 'loud', NODE_ENV: 'production' });
    await once(started.child, 'exit');
    expect(started.child.exitCode).toBe(1);
    for (const words of [
      'config/invalid',
      'CRON_SECRET: expected at least 32',
      'LOG_LEVEL:',
      'SUPABASE_URL: expected in production',
    ])
      expect(started.output()).toContain(words);
  });
});

test.each([
  'SIGTERM',
  'SIGINT',
] as const)('on %s it ends with 0, its parts with it, and takes its address file away', async (signal) => {
  const started = start();
  const stack = await started.serving();
  expect(await started.end(signal)).toBe(0);
  for (const url of [stack.url, stack.supabaseUrl, stack.qstashUrl]) await expect(fetch(url)).rejects.toThrow();
  expect(existsSync(join(home.dataDir, 'stack.json'))).toBe(false);
});

test('a signal that comes with the first line that says it listens ends it with 0, too', async () => {
  // Pino writes through `process.stdout` only if the program has replaced `process.stdout.write`, as the code in `atOnce` does.
  const atOnce = `const write = process.stdout.write;
    process.stdout.write = (...all) => {
      const written = write.apply(process.stdout, all);
      if (String(all[0]).includes('puntual: listening')) process.kill(process.pid, 'SIGINT');
      return written;
    };`;
  const started = start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(atOnce)}` });
  await once(started.child, 'exit');
  expect([started.child.signalCode, started.child.exitCode]).toEqual([null, 0]);
  expect(started.output()).toContain('puntual: stopped');
});

test('P16: the thread that sends bookings runs from the start, not from the first race', async () => {
  const started = start();
  await started.serving();
  const tasks = `/proc/${started.child.pid}/task`;
  const names = await Promise.all(
    (await readdir(tasks)).map((task) => readFile(join(tasks, task, 'comm'), 'utf8').catch(() => '')),
  );
  expect(names.map((name) => name.trim())).toContain('sender');
});

describe('P10: a request that asks to leave HTTP', () => {
  const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
  const WEBSOCKET =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  /** Returns the first line of the answer to a request of this head (plus Host) and body; empty when the connection is closed without an answer. */
  async function firstLine(url: string, head: string, body = ''): Promise<string> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(`${head}Host: ${hostname}:${port}\r\n\r\n${body}`);
    let heard = '';
    socket.on('error', () => undefined);
    for await (const chunk of socket) {
      heard += String(chunk);
      if (heard.includes('\r\n')) break;
    }
    socket.destroy();
    return heard.split('\r\n')[0] ?? '';
  }

  test('is answered as plain HTTP, cron’s too; Socket.IO’s own leaves', async () => {
    const { url, cronSecret } = await start().serving();
    const body = JSON.stringify({ email: 'not an address', password: 'x' });
    const post = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    const cron = `Authorization: Bearer ${cronSecret}\r\n`;
    const asked = [
      await firstLine(url, `GET /health HTTP/1.1\r\n${H2C}`),
      await firstLine(url, `GET /health HTTP/1.1\r\n${WEBSOCKET}`),
      await firstLine(url, `GET /socket.io HTTP/1.1\r\n${WEBSOCKET}`),
      await firstLine(url, `POST /cron/sweep-prebookings HTTP/1.1\r\n${cron}${H2C}`),
      await firstLine(url, `POST /api/auth/login HTTP/1.1\r\n${post}${H2C}`, body),
      await firstLine(url, `GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n${H2C}`),
      await firstLine(url, `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${WEBSOCKET}`),
    ];
    expect(asked.map((line) => line.split(' ')[1])).toEqual(['200', '200', '404', '200', '400', '200', '101']);
  });
});

/** Sends the head of a sign-in and the first bytes of its body; `finish` sends the rest and returns the answer's status. */
async function halfSent(url: string): Promise<{ finish(): Promise<number> }> {
  const body = JSON.stringify({ email: 'not an address' });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  const slow = request(`${url}/api/auth/login`, { method: 'POST', headers });
  const answered = once(slow, 'response');
  slow.write(body.slice(0, 5));
  // The request's head must arrive before the process is told to end: an ending process closes each connection on which no request began.
  await expect.poll(async () => (await fetch(`${url}/health`)).status).toBe(200);
  const finish = async () => {
    slow.end(body.slice(5));
    const [response] = await answered;
    response.resume();
    return response.statusCode;
  };
  return { finish };
}
const untilStopping = (one: MainProcess) =>
  expect.poll(() => one.output(), { timeout: limitMs(10_000) }).toContain('puntual: stopping');

test('a request that is under way when the end begins is still answered', async () => {
  const started = start();
  const { finish } = await halfSent((await started.serving()).url);
  const ended = started.end('SIGTERM');
  await untilStopping(started);
  expect(await finish()).toBe(400);
  expect(await ended).toBe(0);
});

test('a signal to npm reaches the process: it answers what is under way, and nothing of it is left', async () => {
  const started = startByNpm(home);
  running.push(started);
  const { finish } = await halfSent((await started.serving()).url);
  const pid = Number((await readFile(join(home.dataDir, 'stack.lock'), 'utf8')).split(' ')[0]);
  expect(pid).not.toBe(started.child.pid);
  const ended = started.end('SIGTERM');
  await untilStopping(started);
  expect(await finish()).toBe(400);
  expect(await ended).toBe(0);
  expect(started.output()).toContain('puntual: stopped');
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(home.dataDir, 'stack.lock'))).toBe(false);
});

test('a start on the folder of one that is ending waits for its end, and serves', async () => {
  const first = start();
  const { finish } = await halfSent((await first.serving()).url);
  const ended = first.end('SIGTERM');
  await untilStopping(first);
  const second = start();
  await expect
    .poll(() => second.output(), { timeout: limitMs(20_000) })
    .toContain(`waiting for process ${first.child.pid} to end`);
  expect(await finish()).toBe(400);
  expect(await ended).toBe(0);
  const { url } = await second.serving();
  expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ ready: true });
});
