// Bytes that no HTTP client would send are sent to the one process of `npm start` (G7, T29): the process must refuse them or close the connection,
// and go on.
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCanaries, MARK } from '../support/canary.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, startMain } from '../support/main-process.ts';
import { type Chance, chanceOf } from './chance.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CONNECTIONS = 600;
const AT_ONCE = 25;
const CRON_SECRET = `${MARK}cron-secret-of-a-test-with-32-bytes`;

let home: Home;
let main: MainProcess;
let port: number;
beforeAll(async () => {
  process.stdout.write(`raw: FUZZ_SEED=${SEED} plays this again\n`);
  home = await makeHome();
  main = startMain(home, { CRON_SECRET });
  port = Number(new URL((await main.serving()).url).port);
});
afterAll(async () => {
  await main.end('SIGTERM');
  await home.remove();
});

/** Sends the bytes, closes the client's half of the connection (unless `half` is false) and resolves with all that came back. */
function exchange(bytes: Buffer, { half = true } = {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => (half ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
const statusesOf = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((found) => Number(found[1]));

const PATHS = [
  '/health',
  '/api/usage',
  '/api/prebookings',
  '/api/auth/login',
  '/cron/refresh-tokens',
  '/socket.io/?EIO=4&transport=polling',
  '*',
  '//',
  'http://evil.test/',
];
/** Makes a request that is correct except for a line or two, for some changed bytes, or for a missing end. */
function rawRequest(chance: Chance): Buffer {
  const mostly = (right: readonly string[], odd: readonly string[]) => chance.pick(chance.onceIn(8) ? odd : right);
  const body = mostly(
    ['{}', '{"email":"a@b.test","password":"x"}'],
    ['', '\u0000', '5\r\nhello\r\n0\r\n\r\n', 'x'.repeat(70_000)],
  );
  const method = mostly(['GET', 'POST', 'DELETE'], ['PRI', 'get', 'CONNECT', '', 'OPTIONS']);
  const lines = [
    `${method} ${chance.pick(PATHS)} ${mostly(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/2.0', ''])}`,
    mostly(['Host: x'], ['Host: a\r\nHost: b', '', 'Host: \u00ff']),
    `Authorization: ${mostly(['Bearer x', `Bearer ${CRON_SECRET}`], [`Bearer ${'y'.repeat(9_000)}`, '\u00ff', 'Basic'])}`,
    mostly(
      [`Content-Length: ${body.length}`],
      [
        'Content-Length: -1',
        'Content-Length: 5\r\nContent-Length: 6',
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked\r\nContent-Length: 3',
      ],
    ),
    mostly(
      ['Content-Type: application/json'],
      [
        'Cookie: a=\u0001',
        'Upgrade: websocket\r\nConnection: Upgrade',
        'Expect: 100-continue',
        ' folded: x',
        'no colon',
      ],
    ),
    'Connection: close',
  ];
  const bytes = Buffer.from(`${lines.filter((line) => line !== '').join('\r\n')}\r\n\r\n${body}`, 'latin1');
  const changes = chance.pick([0, 0, 0, 1, 8]);
  for (let n = 0; n < changes; n++) bytes[chance.below(bytes.length)] = chance.below(256);
  return chance.onceIn(6) ? bytes.subarray(0, chance.below(bytes.length)) : bytes;
}

test(`${CONNECTIONS} connections of odd bytes bring no 500, no crash and no secret to light, and a slow client is not waited for`, {
  timeout: limitMs(90_000),
}, async () => {
  const dawdler = exchange(Buffer.from('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-'), { half: false });
  const findings: string[] = [];
  const said: string[] = [];
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < CONNECTIONS; n = next++) {
      const bytes = rawRequest(chanceOf(SEED, `bytes ${n}`));
      const answer = await exchange(bytes);
      said.push(answer);
      if (statusesOf(answer).some((status) => status >= 500))
        findings.push(`#${n} ${JSON.stringify(bytes.toString('latin1').slice(0, 300))} → ${answer.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  expect(findings.slice(0, 10), `FUZZ_SEED=${SEED}`).toEqual([]);
  expect(said.flatMap(statusesOf)).toEqual(expect.arrayContaining([200, 400, 401]));
  // The request `dawdler` never ended its head, so the server answered 408 and closed the connection.
  expect(statusesOf(await dawdler)).toEqual([408]);
  expect(main.child.exitCode).toBeNull();
  expect(main.output()).not.toContain('nobody caught this');
  expect(createCanaries().findIn(main.output() + said.join('\n'))).toEqual([]);
});

test.each([
  ['a body beyond the limit', 413, { body: `{"email":"${'x'.repeat(1_000_000)}"}` }],
  ['a body of 20,000 levels', 400, { body: `${'['.repeat(20_000)}${']'.repeat(20_000)}` }],
  ['a head of 64 KB', 431, { headers: { 'X-Long': 'x'.repeat(64 * 1024) } }],
  ['10,000 cookies', 431, { headers: { Cookie: Array.from({ length: 10_000 }, (_, n) => `c${n}=${n}`).join('; ') } }],
])('%s is refused with %i, as often as it is asked', async (_what, status, init: {
  body?: string;
  headers?: Record<string, string>;
}) => {
  // Each request has a connection of its own, because after a request that is too large the server closes the connection.
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', ...init.headers };
      const asked = request({ port, path: '/api/auth/login', method: 'POST', headers, agent: false });
      asked.on('response', (answer) => resolve(answer.resume().statusCode));
      asked.on('error', reject);
      asked.end(init.body ?? '{}');
    });
  expect(new Set(await Promise.all(Array.from({ length: 20 }, ask)))).toEqual(new Set([status]));
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});

test.each([
  '/health',
  '/api/usage',
  '/docs',
  '/openapi.json',
  '/nowhere',
  '/ready',
])('%s says that no cache may keep it, and names no cross-origin reader (T38)', async (path) => {
  const { headers } = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Origin: 'https://evil.test' } });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-powered-by')).toBeNull();
});
