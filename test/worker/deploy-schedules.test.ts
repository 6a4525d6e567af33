// The command `npm run deploy:schedules` against a real queue. `deploy:schedules` leaves the same three schedules however often it runs, and the
// service accepts the calls of the schedules only with the queue's signature.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { Client } from '@upstash/qstash';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startQueue } from '../../embedded/queue/queue.ts';
import { systemClock } from '../../services/clock.ts';
import { createVerifier } from '../../services/dispatch/signature.ts';
import { createApp } from '../../worker/app.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';

const COMMAND = fileURLToPath(new URL('../../worker/deploy-schedules.ts', import.meta.url));
const IDS = ['puntual-purge-device-sessions', 'puntual-refresh-tokens', 'puntual-sweep-prebookings'];
const run = promisify(execFile);

let app: TestApp;
let queue: Awaited<ReturnType<typeof startQueue>>;
let client: Client;
const server = createServer();
let publicUrl = '';

beforeAll(async () => {
  app = await openApp(systemClock);
  const { qstashToken, qstashCurrentSigningKey: current, qstashNextSigningKey: next } = app.cloud;
  const keys = { qstashToken, qstashCurrentSigningKey: current, qstashNextSigningKey: next };
  queue = await startQueue({ databaseUrl: app.cloud.postgresUrl, ...keys, logger: app.services.logger });
  client = new Client({ baseUrl: queue.url, token: qstashToken.reveal(), enableTelemetry: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const verifyDelivery = createVerifier({ current, next }, () => systemClock.now());
  server.on(
    'request',
    getRequestListener(createApp(app.services, { ...app.context, publicUrl, verifyDelivery }).fetch),
  );
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await queue?.stop();
  await app?.stop();
});

const deploy = (...args: string[]) =>
  run(process.execPath, [COMMAND, ...args], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      PUBLIC_URL: publicUrl,
      QSTASH_URL: queue.url,
      QSTASH_TOKEN: app.cloud.qstashToken.reveal(),
      QSTASH_CURRENT_SIGNING_KEY: app.cloud.qstashCurrentSigningKey.reveal(),
      QSTASH_NEXT_SIGNING_KEY: app.cloud.qstashNextSigningKey.reveal(),
    },
  });
const held = async () => (await client.schedules.list()).map((one) => one.scheduleId).sort();

test('a dry run says what would be there and what it spends, and changes nothing', async () => {
  const { stdout } = await deploy('--dry-run');
  expect(stdout).toContain('361 of the free plan');
  for (const id of IDS) expect(stdout).toContain(id);
  expect(await held()).toEqual([]);
});

test('twice gives the same three, takes away a forgotten one of ours, and leaves a stranger’s', async () => {
  await client.schedules.create({ scheduleId: 'puntual-of-old', destination: publicUrl, cron: '0 0 1 1 *' });
  await client.schedules.create({ scheduleId: 'theirs', destination: publicUrl, cron: '0 0 1 1 *' });
  await deploy();
  const { stdout } = await deploy();
  expect(await held()).toEqual([...IDS, 'theirs']);
  expect(stdout).toContain('now holds 3 schedules of ours');
});

test('no secret of ours stands in what the queue keeps', async () => {
  await deploy();
  const kept = JSON.stringify(await client.schedules.list());
  for (const secret of [...app.context.cronSecrets, app.context.operatorToken, app.cloud.qstashToken])
    expect(kept).not.toContain(secret.reveal());
});

test('a call of the schedule runs its job: its signature is enough', async () => {
  await deploy();
  const { rows: before } = await app.cloud.pool.query("select 1 from runs where job = 'purge-device-sessions'");
  await app.cloud.pool.query(
    `update qstash.schedules set next_run_at = now() - interval '1 minute' where id = 'puntual-purge-device-sessions'`,
  );
  await app.cloud.pool.query("select pg_notify('qstash', '')");
  await vi.waitFor(
    async () => {
      const { rows } = await app.cloud.pool.query(
        "select 1 from runs where job = 'purge-device-sessions' and finished_at is not null",
      );
      expect(rows.length).toBe(before.length + 1);
    },
    { timeout: limitMs(15_000) },
  );
});

test('a made-up signature opens nothing', async () => {
  const refused = await fetch(`${publicUrl}/cron/purge-device-sessions`, {
    method: 'POST',
    headers: { 'upstash-signature': 'a.b.c' },
  });
  expect(refused.status).toBe(401);
});

test('without a queue or a public address it says what is missing', async () => {
  const alone = run(process.execPath, [COMMAND], { cwd: '/', env: { PATH: process.env['PATH'] } });
  await expect(alone).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('PUBLIC_URL') });
});
