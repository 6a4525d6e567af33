// Sends thousands of requests to every endpoint of the API contract (G7, G12, T35): none breaks anything, and no answer discloses what it should not.
// FUZZ_SEED plays the requests of a seed again; FUZZ_REQUESTS sets the number of requests, which is 20,000 in `npm run test:faults`.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES } from '../../services/failures.ts';
import type { App } from '../../worker/app.ts';
import { dumpOf, filesOf } from '../support/canary.ts';
import { limitMs } from '../support/limits.ts';
import { chanceOf } from './chance.ts';
import { endpointsOf, type FuzzRequest, requestOf } from './request.ts';
import { isGiver, openStage, SIGN, type Stage } from './stage.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 5_000);
const AT_ONCE = 16;
/** One request in this many uses PostgREST; the other requests call the same SQL functions directly. */
const WHOLE_WAY = 10;
/** After this many requests the rate limits are reset, because the limits let one member make only a few requests that reach the gym. */
const PACE = 100;
/** Endpoints that the queue calls: their error statuses tell the queue to deliver again. */
const QUEUES = new Set(['POST /api/execute-prebooking', 'POST /api/refresh-part']);
/** Endpoints that a browser calls by a link or by the form behind it: a wrong code or invitation gets status 404 with an HTML page, not JSON. */
const PAGES = new Set(['GET /invitation/{invitation}', 'GET /confirm/{code}', 'POST /confirm/{code}']);
/**
 * Endpoints at which no invented request succeeds: a login needs a right password, a race needs to be due, and a part of a run needs an existing run.
 */
const NEVER_DONE = ['POST /api/auth/login', ...QUEUES];
/** The query parameters that a request to the gym may have, unless the request is for the page `setrefresh`; none of them is a secret. */
const IN_THE_GYMS_ADDRESSES = new Set(['day', 'box', 'familyId']);
/**
 * Tells whether a call is for `setrefresh`, the one page of the gym whose address contains the token by design; such a call goes over TLS to the gym
 * alone.
 */
const isWarmUp = ({ op }: { op: string }): boolean => op === 'setrefresh';
/** Endpoints at which a request may end the caller's own puntual session. */
const ENDS = new Set([
  'POST /api/auth/logout',
  'DELETE /api/auth/sessions/{id}',
  'POST /api/auth/session/refresh',
  'POST /api/auth/device-proof',
]);

let stage: Stage;
const answers = new Set<string>();
/** How often each endpoint answered with which status. */
const tally = new Map<string, Map<number, number>>();
beforeAll(async () => {
  process.stdout.write(`fuzz: FUZZ_SEED=${SEED} plays this again\n`);
  stage = await openStage();
});
afterAll(() => stage.stop());

/** Gives what is wrong with an answer; undefined when nothing is wrong. */
function wrongWith(endpoint: string, status: number, text: string, type: string): string | undefined {
  if (status === 503 && QUEUES.has(endpoint)) return undefined;
  if (status >= 500) return 'an answer of 500 or more';
  if (status < 400) return undefined;
  if (PAGES.has(endpoint) && status === 404 && type.startsWith('text/html')) return undefined;
  if (!type.startsWith('application/json')) return 'an error that is not JSON';
  const { error, ...rest } = JSON.parse(text);
  if (Object.keys(rest).length > 0 || typeof error?.message !== 'string') return 'an error of another shape';
  return Object.hasOwn(FAILURES, error.code) ? undefined : 'a code that is not listed';
}

/**
 * Tells whether a request erases the calling member. `method` is compared, not `endpoint`, because the fuzzer sends some requests with another method
 * than the endpoint's. This test skips a request that erases the member; test/routes/erasure.test.ts tests erasing.
 */
const isErasure = ({ method, path }: FuzzRequest): boolean => method === 'DELETE' && path.split('?')[0] === '/api/me';

async function send(request: FuzzRequest, handler: App): Promise<string | undefined> {
  const { path, method, headers, body, endpoint } = request;
  if (headers['upstash-signature'] === SIGN) headers['upstash-signature'] = await stage.sign(body ?? '', path);
  const init = { method, headers, ...(body !== undefined && { body }) };
  const response = await handler.request(path, init);
  const counts = tally.get(endpoint) ?? new Map();
  tally.set(endpoint, counts.set(response.status, (counts.get(response.status) ?? 0) + 1));
  const text = method === 'HEAD' ? '' : await response.text();
  const answer = { status: response.status, text, headers: response.headers };
  stage.learn(request, answer);
  if (!(isGiver(path) && response.ok)) {
    answers.add(text);
    for (const [name, value] of response.headers) if (name !== 'x-request-id') answers.add(`${name}: ${value}`);
  }
  if (ENDS.has(endpoint) && (response.ok || endpoint.endsWith('refresh'))) await stage.revive();
  if (method === 'HEAD') return response.status >= 500 ? 'an answer of 500 or more' : undefined;
  const wrong = wrongWith(endpoint, response.status, text, response.headers.get('content-type') ?? '');
  return wrong && `${wrong}: ${response.status} ${text.slice(0, 300)}`;
}

describe(`seed ${SEED}`, () => {
  test(`${REQUESTS} requests are all answered with what the contract lists, below 500`, {
    timeout: limitMs(600_000),
  }, async () => {
    const contract = (await (await stage.handler.request('/openapi.json')).json()) as object;
    const endpoints = endpointsOf(contract);
    expect(endpoints.length).toBeGreaterThan(25);
    const before = await stage.victim.state();
    const findings: string[] = [];
    let next = 0;
    const lane = async () => {
      for (let n = next++; n < REQUESTS; n = next++) {
        // The clock stands still in this test, so rate limits never refill by themselves.
        if (n % PACE === 0) await stage.app.cloud.pool.query('delete from rate_buckets');
        const request = requestOf(endpoints, stage.identities, stage.known, chanceOf(SEED, `request ${n}`));
        if (isErasure(request)) continue;
        const wrong = await send(request, n % WHOLE_WAY === 0 ? stage.handler : stage.near).catch(
          (error) => `thrown: ${error}`,
        );
        if (wrong)
          findings.push(
            `#${n} ${request.method} ${request.path.slice(0, 200)} → ${wrong}\n  ${request.body?.slice(0, 300)}`,
          );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (process.env['FUZZ_TALLY'])
      for (const [endpoint, counts] of tally) process.stdout.write(`${endpoint} ${[...counts].sort().join(' ')}\n`);
    expect(findings.slice(0, 10), `${findings.length} findings; FUZZ_SEED=${SEED}`).toEqual([]);
    expect(await stage.victim.state()).toEqual(before);
    // Every endpoint at which an invented request can succeed must also have answered with success: refused requests alone would prove little.
    const done = [...tally]
      .filter(([, counts]) => [...counts.keys()].some((status) => status < 300))
      .map(([name]) => name);
    const all = endpoints.map(({ method, path }) => `${method} ${path}`).filter((name) => !NEVER_DONE.includes(name));
    const undone = all.filter((name) => !done.includes(name));
    // With an unlucky seed, one or two endpoints may have had no successful request.
    if (REQUESTS >= 10_000 && undone.length > 2) expect(undone).toEqual([]);
  });

  test('no secret is in any answer, log line, row, address the gym saw, or file', {
    timeout: limitMs(60_000),
  }, async () => {
    const { app, canaries, log } = stage;
    const said = [...answers].join('\n');
    expect(canaries.findIn(said)).toEqual([]);
    for (const text of stage.victim.texts) expect(said.includes(text), text).toBe(false);
    expect(canaries.findIn([...log, ...app.log].join('\n'))).toEqual([]);
    expect(canaries.findIn(await dumpOf(app.cloud.pool))).toEqual([]);
    const seen = (await app.gym.control.history()).filter((call) => !isWarmUp(call));
    expect(seen.length).toBeGreaterThan(0);
    expect(canaries.findIn(seen.map(({ path, query }) => `${path}?${query}`).join('\n'))).toEqual([]);
    const names = seen.flatMap(({ query }) => [...new URLSearchParams(query).keys()]);
    expect([...new Set(names)].filter((name) => !IN_THE_GYMS_ADDRESSES.has(name))).toEqual([]);
    if (existsSync(app.folder)) expect(canaries.findIn(await filesOf(app.folder))).toEqual([]);
  });
});
