// The tests run the function as Vercel builds it, in a folder without any other file of the repository. The embedded database and queue take the
// place of Supabase and QStash. Every endpoint answers as the API contract says, and a member wins a place in a race.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ageSessions,
  declareOpening,
  prebook,
  readCounters,
  readPrebooking,
  runRefresh,
  signIn,
} from '../../demo/client.ts';
import type { Stack } from '../../demo/stage.ts';
import { CHARACTERS, openingsFrom, scenarioOf } from '../../demo/story.ts';
import { makeSecrets } from '../../embedded/secrets.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../simulator/spawn.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Built, buildForVercel, whyNoCli } from './vercel-build.ts';

const HOST = fileURLToPath(new URL('./function-host.ts', import.meta.url));
const OPEN_STATES = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];
/** The time, in ms, before the class opens: enough to sign in, to prebook, and for the wake-up to come. */
const LEAD_MS = 20_000;

const missing = await whyNoCli();
if (missing !== undefined) process.stderr.write(`\n  SKIPPED, nothing was proven of Vercel: ${missing}\n\n`);

describe.skipIf(missing !== undefined)('the function that Vercel builds', () => {
  let built: Built;
  let cloud: Cloud;
  let gym: SpawnedSimulator;
  let host: ChildProcess;
  let stack: Stack;
  const said: string[] = [];

  beforeAll(async () => {
    [built, cloud, gym] = await Promise.all([buildForVercel(), startCloud({ queue: true }), spawnSimulator()]);
    const secrets = await makeSecrets();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    host = spawn(process.execPath, [HOST, built.handler, String(port)], {
      cwd: built.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        VERCEL: '1',
        PUBLIC_URL: url,
        SUPABASE_URL: cloud.supabaseUrl,
        SUPABASE_PUBLISHABLE_KEY: cloud.publishableKey,
        SUPABASE_SECRET_KEY: cloud.secretKey.reveal(),
        QSTASH_URL: cloud.qstashUrl,
        QSTASH_TOKEN: cloud.qstashToken.reveal(),
        QSTASH_CURRENT_SIGNING_KEY: cloud.qstashCurrentSigningKey.reveal(),
        QSTASH_NEXT_SIGNING_KEY: cloud.qstashNextSigningKey.reveal(),
        CRON_SECRET: secrets.cronSecret.reveal(),
        OPERATOR_TOKEN: secrets.operatorToken.reveal(),
        SEAL_KEYS: secrets.sealKeys.reveal(),
        // PostgREST checks puntual's access tokens with this key, as Supabase does once the key is imported there.
        SESSION_SIGNING_KEY: cloud.secrets.sessionSigningKey.reveal(),
        ADMISSION: 'open',
        AIMHARDER_LOGIN_URL: gym.loginUrl,
        AIMHARDER_URL: gym.mainUrl,
        AIMHARDER_BOX_URL: gym.boxUrlTemplate,
      },
    });
    const hear = (chunk: Buffer) => said.push(chunk.toString());
    host.stdout?.on('data', hear);
    host.stderr?.on('data', hear);
    await Promise.race([
      once(host.stdout as NodeJS.ReadableStream, 'data'),
      once(host, 'exit').then(() => {
        throw new Error(`Expected the function to load; it said:\n${said.join('')}`);
      }),
    ]);
    stack = {
      url,
      postgresUrl: cloud.postgresUrl.reveal(),
      supabaseUrl: cloud.supabaseUrl,
      secretKey: cloud.secretKey.reveal(),
      cronSecret: secrets.cronSecret.reveal(),
      operatorToken: secrets.operatorToken.reveal(),
    };
  });
  afterAll(async () => {
    if (host) {
      const ended = host.exitCode === null && host.signalCode === null ? once(host, 'exit') : undefined;
      host.kill('SIGTERM');
      await ended;
    }
    await Promise.all([gym?.stop(), cloud?.stop(), built?.remove()]);
  });

  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const response = await fetch(`${stack.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
    return { status: response.status, text: await response.text() };
  };
  const codeOf = (text: string): unknown => JSON.parse(text).error?.code;

  test('runs as long as a race needs, and publishes no file beside itself', () => {
    expect(built.settings).toMatchObject({ maxDuration: 300, runtime: 'nodejs24.x' });
    expect(built.published).toEqual([]);
  });

  test('is alive and ready: database, queue and keys are reached', async () => {
    expect(await ask('GET', '/health')).toMatchObject({ status: 200 });
    const ready = await ask('GET', '/ready');
    expect([ready.status, JSON.parse(ready.text).ready]).toEqual([200, true]);
  });

  test('shows a member the app, and its scripts', async () => {
    const page = await ask('GET', '/login');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.text)?.[1] ?? '';
    expect([page.status, (await ask('GET', '/index.html')).text === page.text]).toEqual([200, true]);
    expect(await ask('GET', script)).toMatchObject({ status: 200, text: expect.stringContaining('import') });
  });

  test('answers the contract, and every operation of it refuses a stranger with a code', async () => {
    const contract = JSON.parse((await ask('GET', '/openapi.json')).text);
    const operations = Object.entries<Record<string, { security?: unknown[] }>>(contract.paths).flatMap(
      ([path, methods]) => Object.entries(methods).map(([method, one]) => ({ path, method, one })),
    );
    expect(operations.length).toBeGreaterThan(30);
    for (const { path, method, one } of operations.filter(({ one }) => (one.security ?? []).length > 0)) {
      const filled = path.replace(/\{[^}]+\}/g, '00000000-0000-4000-8000-000000000000');
      const hasBody = method !== 'get' && method !== 'delete';
      const answer = await ask(
        method.toUpperCase(),
        filled,
        { 'content-type': 'application/json' },
        hasBody ? '{}' : undefined,
      );
      expect([method, path, answer.status, typeof codeOf(answer.text)]).toEqual([method, path, 401, 'string']);
      expect(one.security).toBeDefined();
    }
  });

  test('refuses a malformed body with what was expected, and a delivery that the queue did not sign', async () => {
    const wrong = await ask('POST', '/api/auth/login', { 'content-type': 'application/json' }, '{"email":');
    expect([wrong.status, codeOf(wrong.text)]).toEqual([400, 'request/invalid']);
    const forged = await ask(
      'POST',
      '/api/execute-prebooking',
      { 'content-type': 'application/json', 'upstash-signature': 'a.b.c' },
      '{}',
    );
    expect(forged.status).toBe(401);
  });

  test('a member signs in, cron renews, the queue wakes the function, and the place is won at the instant', async () => {
    const openings = openingsFrom(new Date(Date.now() + LEAD_MS));
    await gym.control.reset(scenarioOf(openings));
    const [opening] = openings;
    if (!opening) throw new Error('Expected an opening.');
    const member = await signIn(stack, CHARACTERS[0]);
    await ageSessions(stack, 19);
    expect(await runRefresh(stack)).toMatchObject({ due: 1, updated: 1, failed: 0 });
    expect(await readCounters(stack)).toContain(1);
    await declareOpening(stack, member.boxId, opening);
    const { id } = await prebook(stack, member, opening);
    let shown = await readPrebooking(stack, member, id);
    while (OPEN_STATES.includes(shown.status)) {
      await once(AbortSignal.timeout(250), 'abort');
      shown = await readPrebooking(stack, member, id);
    }
    expect(shown).toMatchObject({ status: 'booked', receipt: { decidedBy: expect.any(String) } });
    const truth = await gym.control.truth();
    expect(truth.reservations.filter((one) => one.state === 'booked')).toHaveLength(1);
    process.stdout.write(`\n  Won by the built function: ${String(shown.receipt?.['words'])}\n\n`);
  });

  test('examines itself: everything works from there but the schedules, which are not deployed', async () => {
    const { status, text } = await ask('GET', '/api/operator/doctor', {
      authorization: `Bearer ${stack.operatorToken}`,
    });
    const checks: { name: string; state: string; remedy?: string }[] = JSON.parse(text).checks;
    expect(status).toBe(200);
    expect(checks.filter(({ state }) => state === 'red').map(({ name }) => name)).toEqual(['schedules']);
    expect(checks.find(({ name }) => name === 'round-trip')).toMatchObject({ state: 'ok' });
    expect(checks.find(({ name }) => name === 'disk')).toMatchObject({ state: 'skipped' });
  });

  test('says no secret of its settings in what it logged', () => {
    const text = said.join('');
    for (const secret of [stack.cronSecret, stack.operatorToken, stack.secretKey]) expect(text).not.toContain(secret);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('Expected a port.');
  return address.port;
}
