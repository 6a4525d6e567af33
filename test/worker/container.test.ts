// The container without Docker: the test copies what the Dockerfile copies, and runs the Dockerfile's commands and health check. The file
// compose.yaml and the CI workflow refer only to files that exist. Docker itself runs only in .github/workflows/ci.yml.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { parse } from 'yaml';
import { asAuthenticator } from '../../embedded/database/authenticator.ts';
import { startPostgrest } from '../../embedded/database/postgrest.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';
import { environmentShape } from '../../worker/config.ts';
import { MIGRATIONS } from '../../worker/doctor/migrations.ts';
import { limitMs } from '../support/limits.ts';
import { makeHome } from '../support/main-process.ts';

vi.setConfig({ testTimeout: limitMs(60_000) });
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const run = promisify(execFile);
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The instructions of the last build stage of the Dockerfile, in order. */
const steps = (
  read('Dockerfile')
    .split(/^FROM .*$/m)
    .at(-1) ?? ''
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
const all = (word: string) => steps.filter((step) => step.word === word).map(({ rest }) => rest);
const only = (word: string): string => {
  const [first = '', ...others] = all(word);
  expect([word, others]).toEqual([word, []]);
  return first;
};
const environment = () => Object.fromEntries(all('ENV').map((line) => line.split(/=(.*)/s).slice(0, 2)));

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the Dockerfile', () => {
  test('runs node by itself, with the flags of npm start, as a plain user', () => {
    const command: string[] = JSON.parse(only('CMD'));
    const { start } = JSON.parse(read('package.json')).scripts;
    expect(start.endsWith(` ${command.join(' ')}`)).toBe(true);
    expect(only('USER')).toBe('node');
    expect(only('VOLUME')).toBe(environment()['DATA_DIR']);
    expect(only('STOPSIGNAL')).toBe('SIGTERM');
    const [, major] = /^FROM node:(\d+)-slim/m.exec(read('Dockerfile')) ?? [];
    expect([major, `${major}.x`]).toEqual([read('.nvmrc').trim(), JSON.parse(read('package.json')).engines.node]);
  });

  test('copies what is there and what .dockerignore lets in', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
      from.split(' '),
    );
    const sources = [...new Set(copied)];
    const letIn = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const source of sources) expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
    expect([...sources].sort()).toEqual(letIn.sort());
  });

  test('what it copies serves, is healthy, and ends by SIGTERM', async () => {
    const home = await makeHome();
    cleanups.push(home.remove);
    const app = join(home.folder, 'app');
    for (const line of all('COPY').filter((one) => !one.startsWith('--from'))) {
      const [from = '', to = ''] = line.split(' ');
      await cp(join(ROOT, from), join(app, to === './' ? from : to), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(app, 'node_modules'));
    const port = String(await freePort());
    const env = { PATH: process.env['PATH'], ...environment(), PORT: port, DATA_DIR: home.dataDir };
    const [, ...args]: string[] = JSON.parse(only('CMD'));
    const child = spawn(process.execPath, args, { cwd: app, env });
    cleanups.push(() => child.kill('SIGKILL'));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const [, look = ''] = only('HEALTHCHECK').split(' CMD ');
    const [, ...health]: string[] = JSON.parse(look);
    const isHealthy = () =>
      run(process.execPath, health, { env }).then(
        () => true,
        () => false,
      );
    await vi.waitUntil(async () => child.exitCode !== null || output.includes('puntual: listening'), limitMs(50_000));
    expect([child.exitCode, await isHealthy()], output).toEqual([null, true]);
    // The setting HOST makes the service listen on more than 127.0.0.1, as a container's published port needs.
    expect((await fetch(`http://127.0.0.2:${port}/health`)).status).toBe(200);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await isHealthy()).toBe(false);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly profiles?: string[];
    readonly environment?: Record<string, string>;
    readonly ports?: string[];
    readonly volumes?: string[];
    readonly configs?: { source: string }[];
    readonly depends_on?: string[] | Record<string, unknown>;
    readonly command?: string[];
    readonly stop_grace_period?: string;
    readonly image: string;
  }
  const compose: { services: Record<string, Service>; volumes: object; configs: object } = parse(read('compose.yaml'));
  const services = Object.entries(compose.services);

  test('names only volumes, configs, services and settings that there are', () => {
    for (const [name, one] of services) {
      const volumes = (one.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
      expect([name, volumes.filter((volume) => !(volume in compose.volumes))]).toEqual([name, []]);
      const configs = (one.configs ?? []).map(({ source }) => source);
      expect([name, configs.filter((config) => !(config in compose.configs))]).toEqual([name, []]);
      const before = Array.isArray(one.depends_on) ? one.depends_on : Object.keys(one.depends_on ?? {});
      expect([name, before.filter((other) => !(other in compose.services))]).toEqual([name, []]);
      if (!name.startsWith('puntual')) continue;
      const unknown = Object.keys(one.environment ?? {}).filter((variable) => !(variable in environmentShape.shape));
      expect([name, unknown]).toEqual([name, []]);
      expect([name, one.stop_grace_period]).toEqual([name, '110s']);
      for (const port of one.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:3000$/);
    }
    expect(services.filter(([, one]) => !one.profiles).map(([name]) => name)).toEqual(['puntual']);
  });

  test('asks for no variable that npm run keys -- new --database does not print', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'worker/keys.ts'), 'new', '--database']);
    const asked = [...read('compose.yaml').matchAll(/\$\{(\w+):-\}/g)].map(([, name]) => name);
    expect([...new Set(asked)].sort()).toEqual(Object.keys(parseEnv(stdout)).sort());
  });

  test('its database is brought to the newest schema, its keys open it, and a stranger’s do not', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'worker/keys.ts'), 'new', '--database']);
    const keys = parseEnv(stdout);
    const cluster = inject('cluster');
    const name = `own_${process.pid}_${Date.now()}`;
    const admin = new Client({ connectionString: cluster.url });
    await admin.connect();
    cleanups.push(async () => {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    });
    await admin.query(`create database ${name}`);
    const address = new URL(cluster.url);
    address.pathname = `/${name}`;
    const PGPASSWORD = address.password;
    const bare = new URL(address);
    bare.password = '';
    const [command = '', script = ''] = compose.services['migrate']?.command ?? [];
    expect(command).toBe('node');
    const migrate = () =>
      run(process.execPath, [join(ROOT, script), bare.href], { env: { PATH: process.env['PATH'], PGPASSWORD } });
    expect((await migrate()).stdout).toContain(MIGRATIONS.at(-1));
    expect((await migrate()).stdout).toMatch(/Nothing to apply/);

    const trusted: { keys: { kid: string; k: string }[] } = JSON.parse(keys['PGRST_JWT_SECRET'] ?? '');
    const roleKey = trusted.keys.find(({ kid }) => kid === 'role')?.k ?? '';
    const postgrest = await startPostgrest({
      databaseUrl: asAuthenticator(new Secret(address.href), cluster.authenticatorPassword),
      signingJwks: { keys: trusted.keys.filter(({ kid }) => kid !== 'role') as object[] as [] },
      roleKey: new Secret(roleKey),
      logger: pino({ level: 'silent' }),
    });
    cleanups.push(() => postgrest.stop());
    // The gateway of this test stands for nginx: it removes the prefix /rest/v1 from a path, and changes nothing else.
    const gateway = createServer((incoming, outgoing) => {
      const to = {
        port: postgrest.port(),
        path: (incoming.url ?? '').replace(/^\/rest\/v1\//, '/'),
        method: incoming.method ?? 'GET',
        headers: incoming.headers,
      };
      incoming.pipe(
        ask({ host: '127.0.0.1', ...to }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    }).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    cleanups.push(
      () => gateway.closeAllConnections(),
      () => gateway.close(),
    );
    const supabaseUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const storeWith = (key: string | undefined) => createStore({ supabaseUrl, secretKey: new Secret(key ?? '') });
    expect((await storeWith(keys['SUPABASE_SECRET_KEY']).readInstallation()).versions).toEqual(MIGRATIONS);
    await expect(storeWith(keys['SUPABASE_PUBLISHABLE_KEY']).readInstallation()).rejects.toMatchObject({
      code: 'database/refused',
    });
  });
});

test('the workflow runs what .ci/run runs, on the Node of .nvmrc', async () => {
  const workflow = parse(read('.github/workflows/ci.yml'));
  const jobs = Object.values<{ steps: { run?: string; with?: Record<string, string> }[] }>(workflow.jobs);
  const commands = jobs.flatMap(({ steps: list }) => list.flatMap((step) => step.run ?? []));
  expect(commands[0]).toBe('.ci/run');
  expect(existsSync(join(ROOT, '.ci/run'))).toBe(true);
  expect(jobs[0]?.steps.some((step) => step.with?.['node-version-file'] === '.nvmrc')).toBe(true);
  const folder = await mkdtemp(join(tmpdir(), 'puntual-workflow-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  // A shell must be able to parse each command of the CI workflow.
  for (const command of commands) await run('bash', ['-n', '-c', command], { cwd: folder });
});
