// Several processes on one embedded queue: every message is sent once, whichever process takes it, and the messages of a dead process are taken over.
import { Client } from '@upstash/qstash';
import { Client as Postgres } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Queue, startQueue } from '../../embedded/queue/queue.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { limitMs } from '../support/limits.ts';
import { type Hook, startHook } from './hook.ts';

const patience = { timeout: limitMs(20_000) };
let cloud: Cloud;
let hook: Hook;
let queues: Queue[];
const clientOf = (queue: Queue) =>
  new Client({ baseUrl: queue.url, token: cloud.qstashToken.reveal(), retry: false, devMode: false });

beforeAll(async () => {
  cloud = await startCloud({ rest: false });
  hook = await startHook(cloud);
  const { postgresUrl: databaseUrl, ...keys } = cloud;
  const start = () => startQueue({ databaseUrl, ...keys, logger: pino({ level: 'silent' }) });
  queues = await Promise.all([start(), start(), start()]);
});
afterAll(async () => {
  for (const queue of queues ?? []) await queue.stop();
  await hook?.stop();
  await cloud?.stop();
});

test('ninety messages due at once in three processes go out once each', async () => {
  const notBefore = Math.ceil(Date.now() / 1000) + 1;
  const publish = (queue: Queue, from: number) =>
    clientOf(queue).batchJSON(
      Array.from({ length: 30 }, (_, n) => ({ url: `${hook.url}/once`, body: from + n, notBefore })),
    );
  await Promise.all(queues.map((queue, index) => publish(queue, index * 30)));
  await hook.wait(90, '/once');
  await vi.waitFor(async () => {
    const { rows } = await cloud.pool.query("select count(*)::int as n from qstash.messages where state = 'DELIVERED'");
    expect(rows[0].n).toBe(90);
  }, patience);
  expect(new Set(hook.on('/once').map(({ body }) => body)).size).toBe(90);
  expect(hook.on('/once')).toHaveLength(90);
});

test('parallelism counts over all processes', async () => {
  let out = 0;
  let most = 0;
  hook.answer = async () => {
    most = Math.max(most, ++out);
    await new Promise((resolve) => setTimeout(resolve, 20));
    out--;
    return { status: 200 };
  };
  const flowControl = { key: 'narrow', parallelism: 2 };
  await Promise.all(
    queues.map((queue) =>
      clientOf(queue).batchJSON(
        Array.from({ length: 5 }, (_, body) => ({ url: `${hook.url}/narrow`, body, flowControl })),
      ),
    ),
  );
  await hook.wait(15, '/narrow');
  expect(most).toBe(2);
});

test('a message held by an owner without a connection is taken over without waiting for its lease', async () => {
  hook.answer = () => ({ status: 200 });
  const dead = new Postgres({ connectionString: cloud.postgresUrl.reveal() });
  await dead.connect();
  await dead.query('select pg_advisory_lock(7302, 4711)');
  const [queue] = queues;
  if (!queue) throw new Error('Expected a queue.');
  const { messageId } = await clientOf(queue).publishJSON({ url: `${hook.url}/held`, body: 1, delay: '1h' });
  const hold =
    "update qstash.messages set state = 'ACTIVE', owner = 4711, lease_until = now() + interval '1 hour', not_before = now() where id = $1";
  await cloud.pool.query(hold, [messageId]);
  await clientOf(queue).publishJSON({ url: `${hook.url}/other`, body: 1 });
  await hook.wait(1, '/other');
  expect(hook.on('/held')).toHaveLength(0);
  await dead.end();
  await vi.waitFor(async () => {
    await cloud.pool.query("select pg_notify('qstash', '')");
    expect(hook.on('/held')).toHaveLength(1);
  }, patience);
});
