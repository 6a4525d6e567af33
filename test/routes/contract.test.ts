// The API contract from which clients are generated: names, errors, examples, licence. A client program written with the generated types compiles
// without a cast, signs in, prebooks and reads a receipt over a real socket.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES } from '../../services/failures.ts';
import { buildReceipt } from '../../services/prebooking/receipt.ts';
import { operationIdOf } from '../../worker/contract.ts';
import { EXAMPLES } from '../../worker/contract-examples.ts';
import { handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';
import { openApp, type TestApp } from './open-app.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}
interface Shape {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
}
interface Contract {
  readonly info: { readonly license: { readonly name: string } };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Shape>>;
    readonly responses: Readonly<Record<string, object>>;
  };
}

let app: TestApp;
let contract: Contract;
let folder: string;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON));
  contract = (await app.ask('GET', '/openapi.json')).json;
  folder = await mkdtemp(join(tmpdir(), 'puntual-contract-'));
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

const operations = (): (Operation & { readonly at: string })[] =>
  Object.entries(contract.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, one]) => ({ ...one, at: `${verb.toUpperCase()} ${path}` })),
  );

describe('the document', () => {
  test('is licensed, and names every operation once', () => {
    expect(contract.info.license.name).toBe('MIT');
    const names = operations().map(({ operationId }) => operationId);
    expect(names).toEqual([...new Set(names)]);
    expect(names.filter((name) => !/^[a-z][A-Za-z0-9]+$/.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['postAuthLogin', 'postPrebookings', 'getPrebookingsById', 'getMe']));
  });

  test.each([
    ['get', '/api/prebookings/{id}', 'getPrebookingsById'],
    ['post', '/cron/refresh-tokens', 'postCronRefreshTokens'],
    ['post', '/api/cron/refresh-tokens', 'postApiCronRefreshTokens'],
    ['get', '/openapi.json', 'getOpenapiJson'],
  ])('%s %s is called %s', (method, path, name) => {
    expect(operationIdOf(method, path)).toBe(name);
  });

  test('names the refusals of each operation, and leads to every one of them', () => {
    const refs = operations().flatMap(({ responses }) => Object.values(responses).flatMap(({ $ref }) => $ref ?? []));
    const known = Object.keys(contract.components.responses).map((name) => `#/components/responses/${name}`);
    expect(new Set(refs)).toEqual(new Set(known));
    const unnamed = operations().filter(({ security = [], responses }) => security.length > 0 && !responses['401']);
    expect(unnamed.map(({ at }) => at)).toEqual([]);
    const statuses = new Set(operations().flatMap(({ responses }) => Object.keys(responses)));
    const missing = Object.entries(FAILURES).filter(
      ([code, { status }]) => status >= 400 && status < 500 && code !== 'route/method' && !statuses.has(String(status)),
    );
    expect(missing).toEqual([]);
  });

  test('a refusal really has one of the codes that its name lists', async () => {
    const answers = [
      await app.ask('GET', '/api/me'),
      await app.ask('POST', '/api/auth/login', { body: {} }),
      await app.ask('GET', '/api/prebookings/00000000-0000-4000-8000-000000000000', {
        bearer: (await app.login('ana@example.test')).bearer,
      }),
    ];
    const text = JSON.stringify(contract.components.responses);
    for (const { status, json } of answers) {
      expect([400, 401, 404]).toContain(status);
      expect(text).toContain(`"${json.error.code}"`);
    }
  });

  test('has an example of each thing that is sent, which fits its schema', () => {
    const { schemas } = contract.components;
    for (const [name, example] of Object.entries(EXAMPLES)) {
      const { properties = {}, required = [], examples } = schemas[name] ?? {};
      expect([name, examples]).toEqual([name, [example]]);
      const given = Object.keys(example as object);
      expect([name, given.filter((field) => !(field in properties))]).toEqual([name, []]);
      expect([name, required.filter((field) => !given.includes(field))]).toEqual([name, []]);
    }
  });
});

/** The source of a program that calls this service, as its author would write it with the generated types alone. */
const CLIENT = `import type { operations, paths } from './contract.ts';

type Content<T> = T extends { content: { 'application/json': infer B } } ? B : never;
type Answer<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 ? Content<R[S]> : never }[keyof R] : never;
type Sent<O> = O extends { requestBody: infer B } ? Content<B> : undefined;
type Refusal = Content<operations['postPrebookings']['responses'][409]>;

export function open(base: string) {
  let token: string | undefined;
  async function call<P extends keyof paths, M extends 'get' | 'post'>(method: M, path: P, body: Sent<paths[P][M]>, at: string = path): Promise<Answer<paths[P][M]>> {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
    const reply = await fetch(base + at, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  }
  return {
    async signIn(email: string, password: string) {
      const { accessToken, boxes } = await call('post', '/api/auth/login', { email, password });
      token = accessToken;
      return boxes.map(({ id, subdomain }) => ({ id, subdomain }));
    },
    async wish(boxId: string, day: string, opensAt: string) {
      const { prebooking, warnings } = await call('post', '/api/prebookings', { boxId, day, timeId: '1800_60', className: 'WOD', opensAt, alternatives: [{ timeId: '1900_60' }] });
      const light: 'green' | 'amber' | 'red' | undefined = prebooking.readiness?.level;
      return { id: prebooking.id, light, isSilent: warnings.includes('no-channel') };
    },
    async receipt(id: string) {
      const { prebooking } = await call('get', '/api/prebookings/{id}', undefined, '/api/prebookings/' + id);
      const late: number | null | undefined = prebooking.receipt?.latenessMs;
      return { late, by: prebooking.receipt?.decidedBy, words: prebooking.receipt?.words, tries: prebooking.receipt?.tries.length };
    },
    codeOf: (refusal: Refusal): 'prebooking/duplicate' | 'other' => (refusal.error.code === 'prebooking/duplicate' ? refusal.error.code : 'other'),
  };
}
`;

/** Runs a script of the repository; gives its output and whether it succeeded. */
const run = (args: readonly string[], input?: string) =>
  new Promise<{ ok: boolean; out: string }>((resolve) => {
    const child = execFile(process.execPath, [...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, out: stdout + (error ? stderr : '') }),
    );
    child.stdin?.end(input);
  });
async function compile(client: string): Promise<{ ok: boolean; out: string }> {
  const options = {
    ...{ strict: true, noEmit: true, target: 'es2024', module: 'nodenext', allowImportingTsExtensions: true },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: [], lib: ['es2024', 'dom'] },
  };
  await writeFile(join(folder, 'client.ts'), client);
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['client.ts'] }));
  return run([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder]);
}

describe('a client that is generated from it', () => {
  beforeAll(async () => {
    const generated = await run([join(ROOT, 'test/support/generate-types.ts')], JSON.stringify(contract));
    expect(generated.ok ? '' : generated.out).toBe('');
    await writeFile(join(folder, 'contract.ts'), generated.out);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  }, limitMs(60_000));

  test('compiles without a cast', { timeout: limitMs(60_000) }, async () => {
    expect(CLIENT).not.toMatch(/\bas\b|\bany\b|@ts-/);
    expect(await compile(CLIENT)).toEqual({ ok: true, out: '' });
  });

  test.each([
    ['a field that a wish has not', "timeId: '1800_60'", "timeID: '1800_60'"],
    ['a code that is of another status', "=== 'prebooking/duplicate' ?", "=== 'auth/missing' ?"],
    ['a word that a receipt has not', 'receipt?.latenessMs', 'receipt?.lateness.ms'],
  ])('does not compile with %s', { timeout: limitMs(60_000) }, async (_, right, wrong) => {
    expect(CLIENT).toContain(right);
    expect((await compile(CLIENT.replace(right, wrong))).ok).toBe(false);
  });

  test('signs in, wishes, and reads the receipt', async () => {
    await writeFile(join(folder, 'played.ts'), CLIENT);
    const { open } = await import(pathToFileURL(join(folder, 'played.ts')).href);
    const server = serve({ fetch: app.handler.fetch, port: 0, hostname: '127.0.0.1' });
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const client = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const [box] = await client.signIn('ana@example.test', 'right');
      expect(box).toMatchObject({ subdomain: 'norte' });
      const wished = await client.wish(box.id, MONDAY, '2026-03-02T09:00:00Z');
      expect(wished).toEqual({ id: expect.any(String), light: 'green', isSilent: true });
      expect(await client.receipt(wished.id)).toEqual({
        late: undefined,
        by: undefined,
        words: undefined,
        tries: undefined,
      });
      const at = Date.parse('2026-03-02T09:00:00Z');
      const one = { sentAtMs: at - 10, firstByteAtMs: at + 20, answeredAtMs: at + 21, answer: 'booked' };
      const facts = { opensAt: new Date(at), tries: [one], outcome: 'booked' as const, clockOffsetMs: 2, rttMs: 20 };
      for (const status of ['claimed', 'armed', 'booked'])
        await app.cloud.pool.query('update prebookings set status = $2, receipt = $3 where id = $1', [
          ...[wished.id, status, buildReceipt(facts)],
        ]);
      expect(await client.receipt(wished.id)).toEqual({
        late: 2,
        by: 'us',
        words: buildReceipt(facts).words,
        tries: 1,
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
