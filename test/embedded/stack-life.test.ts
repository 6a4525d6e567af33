// The life of a whole embedded stack: cold and warm start, clean stop, every kind of kill, and what the next start finds.
import { spawn } from 'node:child_process';
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { Client as QueueClient } from '@upstash/qstash';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Stack, startStack } from '../../embedded/stack.ts';
import { writeStackFile } from '../../embedded/stack-file.ts';
import { Secret } from '../../services/secret.ts';
import { limitMs } from '../support/limits.ts';
import { startHook } from './hook.ts';
import {
  copyData,
  type Folder,
  makeFolder,
  processesOf,
  type StackProcess,
  startProcess,
  type Told,
  untilNobody,
} from './stack-folder.ts';

// Whole stacks start, die and restart here, which takes long on a busy machine.
vi.setConfig({ testTimeout: limitMs(60_000) });
const logger = pino({ level: 'silent' });
let seed: Folder;
let folder: Folder;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  seed = await makeFolder();
  await (await startStack({ dataDir: seed.dataDir, migrationsDir: seed.migrationsDir, logger })).stop();
  return () => seed.remove();
});
beforeEach(async () => {
  folder = await makeFolder();
  await copyData(seed, folder);
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  await folder.remove();
});

async function start(): Promise<Stack> {
  const stack = await startStack({ dataDir: folder.dataDir, migrationsDir: folder.migrationsDir, logger });
  undo.push(() => stack.stop());
  return stack;
}
async function startAside(): Promise<StackProcess> {
  const process = await startProcess(folder);
  undo.push(() => process.kill('SIGKILL').catch(() => {}));
  return process;
}
/** The folder of the database: inside the data folder, or where the file `postgres.place` says. */
const clusterOf = async ({ dataDir }: Folder): Promise<string> =>
  (await readFile(join(dataDir, 'postgres.place'), 'utf8').catch(() => join(dataDir, 'postgres'))).trim();
const supabase = (told: Pick<Told, 'supabaseUrl' | 'secretKey'>) =>
  createClient(told.supabaseUrl, told.secretKey, { auth: { persistSession: false } });

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

/** Gives the pids of the stack's PostgREST, found by the stack's database address in their environment. */
async function postgrestOf(stack: Stack): Promise<number[]> {
  const all = await processesOf(folder, { postgresUrl: stack.postgresUrl.reveal() });
  return all.filter((line) => /^\d+ \S*postgrest/.test(line)).map((line) => Number(line.split(' ')[0]));
}

test('what was written is there after a stop and a second start, with the same keys', async () => {
  const first = await start();
  await supabase({ ...first, secretKey: first.secretKey.reveal() })
    .from('things')
    .insert({ id: 1, name: 'kept' });
  await first.stop();
  const second = await start();
  const { data } = await supabase({ ...second, secretKey: first.secretKey.reveal() })
    .from('things')
    .select();
  expect(data).toEqual([{ id: 1, name: 'kept' }]);
  expect(second.secrets.sessionSigningKey.reveal()).toBe(first.secrets.sessionSigningKey.reveal());
});

test('the second start has the addresses of the first, and others when those are taken', async () => {
  const first = await start();
  await first.stop();
  const second = await start();
  expect([second.supabaseUrl, second.qstashUrl]).toEqual([first.supabaseUrl, first.qstashUrl]);
  expect(second.postgresUrl.reveal()).toBe(first.postgresUrl.reveal());
  await second.stop();
  const server = createServer().listen(Number(new URL(first.supabaseUrl).port), '127.0.0.1');
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise((resolve) => server.once('listening', resolve));
  const third = await start();
  expect(third.supabaseUrl).not.toBe(first.supabaseUrl);
  expect(third.qstashUrl).toBe(first.qstashUrl);
});

test('lost secrets are named as what keeps the database shut', async () => {
  await (await start()).stop();
  await rm(join(folder.dataDir, 'secrets.json'));
  await expect(start()).rejects.toMatchObject({
    code: 'stack/start-failed',
    message: expect.stringContaining('secrets.json'),
  });
  expect(await processesOf(folder)).toEqual([]);
});

test.each([
  ['that a crash cut off', '{ "publishableKey": "sb_publishable_x", "secretKey": "sb_se'],
  ['that are empty', ''],
  ['of another form', '{ "roleKey": 5 }'],
])('secrets %s are named as what keeps the folder shut, none is quoted, and the file stays', async (_which, text) => {
  const path = join(folder.dataDir, 'secrets.json');
  await writeFile(path, text);
  const refused = await start().catch((error) => error);
  expect(refused).toMatchObject({ code: 'stack/start-failed', message: expect.stringContaining(path) });
  expect(refused.message).not.toContain('sb_se');
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('ports that a crash cut off are chosen anew', async () => {
  await writeFile(join(folder.dataDir, 'ports.json'), '{"postgr');
  const { supabaseUrl } = await start();
  expect(JSON.parse(await readFile(join(folder.dataDir, 'ports.json'), 'utf8'))).toMatchObject({
    gateway: Number(new URL(supabaseUrl).port),
  });
});

test('a lost database is named, and no empty one takes its place', async () => {
  await (await start()).stop();
  const database = await clusterOf(folder);
  await rename(database, `${database}.elsewhere`);
  await expect(start()).rejects.toMatchObject({
    code: 'stack/start-failed',
    message: expect.stringContaining(database),
  });
  await expect(stat(database)).rejects.toMatchObject({ code: 'ENOENT' });
  await rename(`${database}.elsewhere`, database);
  await start();
});

test('a folder in which the first start was killed before it made a database is made whole by the next', async () => {
  const database = await clusterOf(folder);
  await rm(join(folder.dataDir, 'folder.id'));
  await rm(database, { recursive: true });
  await start();
  expect((await stat(database)).isDirectory()).toBe(true);
});

test('a stop is a shutdown and not a crash', async () => {
  // Postgres empties unlogged tables when it recovers from a crash, and only then.
  const first = await start();
  await sql(first.postgresUrl.reveal(), "create unlogged table canary as select 'alive' as word");
  await first.stop();
  const second = await start();
  expect(await sql(second.postgresUrl.reveal(), 'select word from canary')).toEqual([{ word: 'alive' }]);
});

test('a stop leaves no process, no port and no stack.json', async () => {
  const stack = await start();
  await writeStackFile(stack.dataDir, {
    ...stack,
    url: 'http://127.0.0.1:3000',
    cronSecret: stack.secrets.cronSecret,
    operatorToken: stack.secrets.operatorToken,
  });
  expect(await processesOf(folder)).not.toEqual([]);
  await stack.stop();
  expect(await processesOf(folder)).toEqual([]);
  for (const url of [stack.supabaseUrl, stack.qstashUrl]) await expect(fetch(url)).rejects.toThrow();
  await expect(stat(join(stack.dataDir, 'stack.json'))).rejects.toThrow(/ENOENT/);
  await expect(stat(join(stack.dataDir, 'stack.lock'))).rejects.toThrow(/ENOENT/);
});

test('stack.json names every address and key, and only its owner reads it', async () => {
  const stack = await start();
  const { cronSecret, operatorToken } = stack.secrets;
  await writeStackFile(stack.dataDir, { ...stack, url: 'http://127.0.0.1:3000', cronSecret, operatorToken });
  const path = join(stack.dataDir, 'stack.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  expect(Object.keys(file)).toEqual([
    'url',
    'postgresUrl',
    'supabaseUrl',
    'publishableKey',
    'secretKey',
    'qstashUrl',
    'qstashToken',
    'qstashCurrentSigningKey',
    'qstashNextSigningKey',
    'cronSecret',
    'operatorToken',
    'accessTokenIssuer',
    'jwks',
  ]);
  expect(file).toMatchObject({
    secretKey: stack.secretKey.reveal(),
    accessTokenIssuer: `${stack.supabaseUrl}/auth/v1`,
  });
  expect(JSON.stringify(file.jwks)).not.toContain('"d"');
  for (const name of ['stack.json', 'secrets.json'])
    expect((await stat(join(stack.dataDir, name))).mode & 0o777).toBe(0o600);
  expect((await stat(stack.dataDir)).mode & 0o066).toBe(0);
  await expect(sql(file.postgresUrl, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
});

test('Postgres answers on loopback only, and wants the password', async () => {
  const { postgresUrl } = await start();
  expect(
    await sql(
      postgresUrl.reveal(),
      "select current_setting('listen_addresses') a, current_setting('unix_socket_directories') u, current_setting('password_encryption') p",
    ),
  ).toEqual([{ a: '127.0.0.1', u: '', p: 'scram-sha-256' }]);
  const guess = new URL(postgresUrl.reveal());
  guess.password = 'guess';
  await expect(sql(guess.href, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('a stack killed with its process group leaves no process behind, and starts again with everything', async () => {
  const { told, kill } = await startAside();
  await supabase(told).from('things').insert({ id: 1, name: 'kept' });
  await kill('SIGKILL');
  await untilNobody(folder, told);
  const stack = await start();
  expect(await sql(stack.postgresUrl.reveal(), 'select name from things')).toEqual([{ name: 'kept' }]);
});

test('a stack asked to end leaves no process behind', async () => {
  const { told, kill } = await startAside();
  await kill('SIGTERM');
  expect(await processesOf(folder, told)).toEqual([]);
});

test('a Postgres that lost its guards, too, is found and taken over from', async () => {
  const { told, kill } = await startAside();
  await supabase(told).from('things').insert({ id: 1, name: 'kept' });
  const guards = (await processesOf(folder, told)).filter((line) => line.includes('/bin/sh'));
  expect(guards.length).toBeGreaterThan(0);
  // The stack's process is frozen before its guard shells (the script GUARD of child.ts) are killed. A running stack process would close the pipe of
  // a killed shell, and GUARD's watcher (a subshell that still lives) could then stop Postgres.
  process.kill(told.pid, 'SIGSTOP');
  for (const guard of guards) process.kill(Number(guard.split(' ')[0]), 'SIGKILL');
  await kill('SIGKILL');
  const orphans = await processesOf(folder, told);
  undo.push(async () => {
    for (const line of await processesOf(folder, told)) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  });
  expect(orphans.some((line) => line.includes('bin/postgres'))).toBe(true);
  const stack = await start();
  expect(await sql(stack.postgresUrl.reveal(), 'select name from things')).toEqual([{ name: 'kept' }]);
});

test('a pid file that names a stranger is not believed', async () => {
  const first = await start();
  await first.stop();
  const cluster = (
    await readFile(join(folder.dataDir, 'postgres.place'), 'utf8').catch(() => join(folder.dataDir, 'postgres'))
  ).trim();
  const { uid, gid } = await stat(cluster);
  // Postgres itself believes the pid in its lock file only if a living process of Postgres's own user has that pid.
  const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/' });
  undo.push(async () => stranger.kill());
  const words = `${stranger.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n  1  1\n`;
  await writeFile(join(cluster, 'postmaster.pid'), words, { mode: 0o600 });
  await chown(join(cluster, 'postmaster.pid'), uid, gid);
  const stack = await start();
  expect(await sql(stack.postgresUrl.reveal(), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(stranger.exitCode).toBeNull();
});

test('Postgres killed comes back on its port by itself, and everything in front of it works again', async () => {
  const stack = await start();
  const url = stack.postgresUrl.reveal();
  const postmaster = async () => {
    const [row] = await sql(url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid");
    return (row as { pid: number }).pid;
  };
  const admin = supabase({ ...stack, secretKey: stack.secretKey.reveal() });
  await admin.from('things').insert({ id: 1, name: 'kept' });
  const before = await postgrestOf(stack);
  const killed = await postmaster();
  process.kill(killed, 'SIGKILL');
  const patience = { timeout: limitMs(30_000), interval: 20 };
  await vi.waitFor(async () => expect(await postmaster()).not.toBe(killed), patience);
  await vi.waitFor(
    async () => expect((await admin.from('things').select()).data).toEqual([{ id: 1, name: 'kept' }]),
    patience,
  );
  // The stack starts another PostgREST, because one that lost its database pauses for longer and longer before it connects again.
  await vi.waitFor(async () => expect(await postgrestOf(stack)).not.toEqual(before), patience);
  const hook = await startHook(stack);
  undo.push(() => hook.stop());
  const queue = new QueueClient({ baseUrl: stack.qstashUrl, token: stack.qstashToken.reveal(), devMode: false });
  await queue.publishJSON({ url: `${hook.url}/again`, body: 1 });
  expect((await hook.wait(1))[0]?.verified).toBe(true);
});

test('Postgres killed under deliveries that are out loses none of them', async () => {
  const stack = await start();
  const hook = await startHook(stack);
  undo.push(() => hook.stop());
  const killed = Promise.withResolvers<void>();
  hook.answer = async () => {
    await killed.promise;
    return { status: 200 };
  };
  const queue = new QueueClient({ baseUrl: stack.qstashUrl, token: stack.qstashToken.reveal(), devMode: false });
  await queue.batchJSON(Array.from({ length: 10 }, (_, n) => ({ url: `${hook.url}/m`, body: n })));
  await hook.wait(10);
  const url = stack.postgresUrl.reveal();
  const [row] = await sql(url, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid");
  process.kill((row as { pid: number }).pid, 'SIGKILL');
  killed.resolve();
  await vi.waitFor(
    async () => expect(await sql(url, "select from qstash.messages where state = 'DELIVERED'")).toHaveLength(10),
    { timeout: limitMs(30_000), interval: 50 },
  );
});

test('PostgREST killed comes back by itself', async () => {
  const stack = await start();
  const admin = supabase({ ...stack, secretKey: stack.secretKey.reveal() });
  const victims = await postgrestOf(stack);
  expect(victims).toHaveLength(1);
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect((await admin.from('things').select()).error).toBeNull(), {
    timeout: limitMs(30_000),
  });
});

test('a SIGKILL in the middle of deliveries loses no message', async () => {
  const aside = await startAside();
  const keys = {
    qstashCurrentSigningKey: new Secret(aside.told.qstashCurrentSigningKey),
    qstashNextSigningKey: new Secret(aside.told.qstashNextSigningKey),
  };
  const hook = await startHook(keys);
  undo.push(() => hook.stop());
  // When the stack is killed, half of the 20 published messages have been delivered and wait for an answer; the other half is not due yet.
  hook.answer = () => new Promise(() => {});
  const queue = new QueueClient({ baseUrl: aside.told.qstashUrl, token: aside.told.qstashToken, devMode: false });
  await queue.batchJSON(
    Array.from({ length: 20 }, (_, n) => ({ url: `${hook.url}/m`, body: n, ...(n % 2 ? { delay: 2 } : {}) })),
  );
  await hook.wait(10);
  await aside.kill('SIGKILL');
  const before = hook.received.length;
  hook.answer = () => ({ status: 200 });
  await start();
  await hook.wait(before + 20);
  const after = hook.received.slice(before);
  expect(new Set(after.map(({ body }) => Number(body))).size).toBe(20);
  expect(after.every(({ verified }) => verified)).toBe(true);
});

test('a second stack on one folder is refused with the pid of the first', async () => {
  await start();
  await expect(
    startStack({ dataDir: folder.dataDir, migrationsDir: folder.migrationsDir, logger }),
  ).rejects.toMatchObject({
    code: 'stack/already-running',
    message: expect.stringContaining(`process ${process.pid}`),
  });
});

test('a taken port is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as { port: number };
  for (const part of ['postgres', 'postgrest', 'gateway', 'queue']) {
    const ports = { [part]: port };
    await expect(
      startStack({ dataDir: folder.dataDir, migrationsDir: folder.migrationsDir, logger, ports }),
    ).rejects.toMatchObject({
      code: 'stack/port-taken',
      message: expect.stringContaining(String(port)),
    });
    expect(await processesOf(folder)).toEqual([]);
  }
});

test('a missing PostgREST is said before anything starts, with what to do', async () => {
  const postgrestBin = join(folder.root, 'postgrest');
  await expect(
    startStack({ dataDir: folder.dataDir, migrationsDir: folder.migrationsDir, logger, postgrestBin }),
  ).rejects.toMatchObject({
    code: 'stack/missing-binary',
    message: expect.stringContaining('POSTGREST_BIN'),
  });
});

test('a folder that cannot be written is named', async () => {
  const dataDir = join(folder.migrationsDir, '001_things.sql', 'data');
  await expect(startStack({ dataDir, logger })).rejects.toMatchObject({
    code: 'stack/folder-unwritable',
    message: expect.stringContaining(dataDir),
  });
});

test('a migration that fails is named, undone, and leaves no process running', async () => {
  await writeFile(join(folder.migrationsDir, '002_broken.sql'), 'create table public.half (id int); select nonsense;');
  const failed = startStack({ dataDir: folder.dataDir, migrationsDir: folder.migrationsDir, logger });
  await expect(failed).rejects.toMatchObject({
    code: 'stack/migration-failed',
    message: expect.stringMatching(/002_broken\.sql.*nonsense/),
  });
  expect(await processesOf(folder)).toEqual([]);
  await writeFile(join(folder.migrationsDir, '002_broken.sql'), 'create table public.half (id int);');
  const stack = await start();
  expect(
    await sql(
      stack.postgresUrl.reveal(),
      'select version, name from supabase_migrations.schema_migrations order by version',
    ),
  ).toEqual([
    { version: '001', name: 'things' },
    { version: '002', name: 'broken' },
  ]);
});

test('a private home around the data folder is no hindrance', async () => {
  const private_ = await makeFolder(0o700);
  undo.push(() => private_.remove());
  const stack = await startStack({ dataDir: private_.dataDir, migrationsDir: private_.migrationsDir, logger });
  undo.push(() => stack.stop());
  expect(await sql(stack.postgresUrl.reveal(), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await stat(private_.dataDir)).mode & 0o777).toBe(0o700);
});
