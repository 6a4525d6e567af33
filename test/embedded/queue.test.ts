// The unmodified QStash client and receiver against the embedded queue: publishing, timing, retries, cancelling, the list of failed messages.
import { Client } from '@upstash/qstash';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { limitMs } from '../support/limits.ts';
import { type Hook, startHook } from './hook.ts';

let cloud: Cloud;
let client: Client;
let hook: Hook;
const paths = { n: 0 };
/** The path under which a test's webhook endpoint gets messages; every test has a path of its own. */
let path: string;
let url: string;
const inSeconds = (seconds: number) => Math.ceil(Date.now() / 1000) + seconds;
const stateOf = async (id: string) =>
  (await cloud.pool.query('select state from qstash.messages where id = $1', [id])).rows[0]?.state;
const untilState = (id: string, state: string) =>
  vi.waitFor(async () => expect(await stateOf(id)).toBe(state), { timeout: limitMs(10_000) });

beforeAll(async () => {
  cloud = await startCloud({ queue: true, rest: false });
  client = new Client({ baseUrl: cloud.qstashUrl, token: cloud.qstashToken.reveal(), retry: false, devMode: false });
  hook = await startHook(cloud);
});
afterAll(async () => {
  await hook?.stop();
  await cloud?.stop();
});
beforeEach(() => {
  path = `/${++paths.n}`;
  url = hook.url + path;
});
afterEach(() => {
  hook.answer = () => ({ status: 200 });
});

describe('publishing', () => {
  test('a message arrives once, signed for its address, with body, method and headers', async () => {
    const { messageId } = await client.publishJSON({
      url,
      body: { año: 1 },
      method: 'PUT',
      headers: { 'x-my': 'v' },
      label: 'l',
    });
    const [got] = await hook.wait(1, path);
    expect(got).toMatchObject({ method: 'PUT', body: '{"año":1}', verified: true });
    expect(got?.headers).toMatchObject({
      'x-my': 'v',
      'upstash-message-id': messageId,
      'upstash-retried': '0',
      'content-type': 'application/json',
    });
    await untilState(messageId, 'DELIVERED');
    expect(hook.on(path)).toHaveLength(1);
  });

  test('an address keeps its query, and the signature covers it', async () => {
    await client.publishJSON({ url: `${url}?a=b%20c&d=e`, body: 1 });
    expect((await hook.wait(1, `${path}?a=b%20c&d=e`))[0]?.verified).toBe(true);
  });

  test('a batch publishes all of its messages', async () => {
    const ids = await client.batchJSON([
      { url, body: { n: 1 } },
      { url, body: { n: 2 }, method: 'PATCH' },
    ]);
    const got = await hook.wait(2, path);
    expect(ids).toHaveLength(2);
    expect(got.map(({ method, body }) => method + body).sort()).toEqual(['PATCH{"n":2}', 'POST{"n":1}']);
  });

  test('a batch with one bad message publishes none', async () => {
    await expect(
      client.batchJSON([
        { url, body: 1, delay: '1h' },
        { url: 'ftp://nowhere', body: 2 },
      ]),
    ).rejects.toThrow(/http or https/);
    const { rows } = await cloud.pool.query('select from qstash.messages where url = $1', [url]);
    expect(rows).toHaveLength(0);
  });

  test('a wrong token is refused', async () => {
    const stranger = new Client({ baseUrl: cloud.qstashUrl, token: 'guess', retry: false, devMode: false });
    await expect(stranger.publishJSON({ url, body: 1 })).rejects.toThrow(/token/);
  });

  test('a redirect is not followed', async () => {
    hook.answer = () => ({ status: 302, headers: { location: `${hook.url}/elsewhere` } });
    const { messageId } = await client.publishJSON({ url, body: 1, retries: 0 });
    await untilState(messageId, 'FAILED');
    expect(hook.on('/elsewhere')).toHaveLength(0);
  });

  test('what QStash can do and the embedded queue cannot is refused, not half done', async () => {
    await expect(client.queue({ queueName: 'q' }).enqueueJSON({ url, body: 1 })).rejects.toThrow(/does not know POST/);
    await expect(client.messages.cancel(['msg_a', 'msg_b'])).rejects.toThrow(/does not know DELETE/);
    await expect(client.dlq.listMessages({ filter: { responseStatus: 500 } })).rejects.toThrow(
      /does not filter by responseStatus/,
    );
    for (const name of ['callback', 'failureCallback'])
      await expect(client.publishJSON({ url, body: 1, [name]: hook.url })).rejects.toThrow(/makes no callbacks/);
    expect((await cloud.pool.query('select from qstash.messages where url = $1', [url])).rowCount).toBe(0);
  });
});

describe('timing', () => {
  test('notBefore holds a message back until its second', async () => {
    const notBefore = inSeconds(1);
    await client.publishJSON({ url, body: 1, notBefore });
    const [got] = await hook.wait(1, path);
    expect((got?.atMs ?? 0) - notBefore * 1000).toBeGreaterThanOrEqual(0);
  });

  test('an earlier message published later overtakes a waiting one', async () => {
    const { messageId } = await client.publishJSON({ url, body: 'late', delay: '1h' });
    await client.publishJSON({ url, body: 'soon' });
    expect((await hook.wait(1, path))[0]?.body).toBe('"soon"');
    expect(await stateOf(messageId)).toBe('CREATED');
  });

  test('a message is told with its times', async () => {
    const notBefore = inSeconds(3600);
    const { messageId } = await client.publishJSON({
      url,
      body: { a: 1 },
      notBefore,
      retries: 5,
      retryDelay: '1000 * (1 + retried)',
      label: ['x', 'y'],
    });
    expect(await client.messages.get(messageId)).toMatchObject({
      messageId,
      url,
      method: 'POST',
      body: '{"a":1}',
      notBefore: notBefore * 1000,
      maxRetries: 5,
      retryDelayExpression: '1000 * (1 + retried)',
      labels: ['x', 'y'],
    });
  });
});

describe('retries', () => {
  test('a failed delivery is tried again by its own delay, as often as asked', async () => {
    hook.answer = () => ({ status: 500 });
    const { messageId } = await client.publishJSON({ url, body: 1, retries: 2, retryDelay: '20 * pow(2, retried)' });
    const got = await hook.wait(3, path);
    expect(got.map((request) => request.headers['upstash-retried'])).toEqual(['0', '1', '2']);
    expect(got.every((request) => request.verified)).toBe(true);
    await untilState(messageId, 'FAILED');
  });

  test('a delay that is not arithmetic is refused when published', async () => {
    await expect(client.publishJSON({ url, body: 1, retryDelay: 'process.exit(1)' })).rejects.toThrow(/arithmetic/);
  });

  test('489 with its header stops at once', async () => {
    hook.answer = () => ({ status: 489, headers: { 'Upstash-NonRetryable-Error': 'true' } });
    const { messageId } = await client.publishJSON({ url, body: 1, retries: 5, retryDelay: '1' });
    await untilState(messageId, 'FAILED');
    expect(hook.on(path)).toHaveLength(1);
  });

  test('489 without its header is an ordinary failure', async () => {
    hook.answer = () => ({ status: 489 });
    await client.publishJSON({ url, body: 1, retries: 1, retryDelay: '1' });
    expect(await hook.wait(2, path)).toHaveLength(2);
  });

  test.each([503, 429])('Retry-After on %i is kept instead of the usual delay', async (status) => {
    hook.answer = () => (hook.on(path).length === 1 ? { status, headers: { 'retry-after': '1' } } : { status: 200 });
    await client.publishJSON({ url, body: 1, retries: 1 });
    const [first, second] = await hook.wait(2, path);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('an answer that takes longer than the timeout counts as a failure', async () => {
    hook.answer = () => new Promise((resolve) => setTimeout(resolve, 3000, { status: 200 }));
    const { messageId } = await client.publishJSON({ url, body: 1, retries: 0, timeout: 1 });
    await untilState(messageId, 'FAILED');
  });

  test('a destination without a listener fails and says so', async () => {
    const { messageId } = await client.publishJSON({ url: 'http://127.0.0.1:1/gone', body: 1, retries: 0 });
    await untilState(messageId, 'FAILED');
    const { messages } = await client.dlq.listMessages({ filter: { url: 'http://127.0.0.1:1/gone' } });
    expect(messages[0]).toMatchObject({
      messageId,
      responseStatus: 0,
      responseBody: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('deduplication', () => {
  test('one id within ten minutes is one message', async () => {
    const first = await client.publishJSON({ url, body: 1, deduplicationId: `d${path}` });
    const second = await client.publishJSON({ url, body: 2, deduplicationId: `d${path}` });
    expect(second).toMatchObject({ messageId: first.messageId, deduplicated: true });
    await client.publishJSON({ url, body: 3 });
    expect((await hook.wait(2, path)).map(({ body }) => body).sort()).toEqual(['1', '3']);
  });

  test('an id is free again after ten minutes', async () => {
    const first = await client.publishJSON({ url, body: 1, deduplicationId: `d${path}` });
    await cloud.pool.query("update qstash.dedups set expires_at = expires_at - interval '10 minutes' where id = $1", [
      `d${path}`,
    ]);
    expect((await client.publishJSON({ url, body: 2, deduplicationId: `d${path}` })).messageId).not.toBe(
      first.messageId,
    );
  });

  test('of twenty published at once under one id one is kept', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => client.publishJSON({ url, body: 1, deduplicationId: `d${path}`, delay: '1h' })),
    );
    expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(1);
    expect((await cloud.pool.query('select from qstash.messages where url = $1', [url])).rowCount).toBe(1);
  });

  test('the same content is one message when asked for', async () => {
    const publish = (body: number) => client.publishJSON({ url, body, contentBasedDeduplication: true, delay: '1h' });
    const [first, second, other] = [await publish(1), await publish(1), await publish(2)];
    expect(second.messageId).toBe(first.messageId);
    expect(other.messageId).not.toBe(first.messageId);
  });
});

describe('cancelling', () => {
  test('a cancelled message never arrives, and is not found any more', async () => {
    const { messageId } = await client.publishJSON({ url, body: 1, notBefore: inSeconds(1) });
    expect(await client.messages.cancel(messageId)).toEqual({ cancelled: 1 });
    await client.publishJSON({ url, body: 2, notBefore: inSeconds(1) });
    expect((await hook.wait(1, path)).map(({ body }) => body)).toEqual(['2']);
    await expect(client.messages.get(messageId)).rejects.toThrow(/not found/);
    await expect(client.messages.cancel(messageId)).rejects.toThrow(/not found/);
  });

  test('a message cancelled while it is out is not tried again', async () => {
    hook.answer = async ({ headers }) => {
      await client.messages.cancel(String(headers['upstash-message-id']));
      return { status: 500 };
    };
    const { messageId } = await client.publishJSON({ url, body: 1, retries: 3, retryDelay: '1' });
    await untilState(messageId, 'CANCELED');
    await client.publishJSON({ url: `${url}/after`, body: 1, delay: 1 });
    await hook.wait(1, `${path}/after`);
    expect(hook.on(path)).toHaveLength(1);
  });
});

describe('the failed', () => {
  test('a failed message is listed with the last answer', async () => {
    hook.answer = () => ({ status: 500, body: 'broken' });
    const { messageId } = await client.publishJSON({ url, body: 7, retries: 0, label: `dlq${path}` });
    await untilState(messageId, 'FAILED');
    const { messages } = await client.dlq.listMessages({ filter: { label: `dlq${path}` } });
    expect(messages).toMatchObject([{ messageId, url, body: '7', responseStatus: 500, responseBody: 'broken' }]);
  });

  test('the list of the failed comes in pages', async () => {
    hook.answer = () => ({ status: 500 });
    const label = `page${path}`;
    const ids = await Promise.all(
      [1, 2, 3].map(async (body) => (await client.publishJSON({ url, body, retries: 0, label })).messageId),
    );
    await Promise.all(ids.map((id) => untilState(id, 'FAILED')));
    const first = await client.dlq.listMessages({ filter: { label }, count: 2 });
    const second = await client.dlq.listMessages({
      filter: { label },
      count: 2,
      ...(first.cursor ? { cursor: first.cursor } : {}),
    });
    expect([...first.messages, ...second.messages].map((message) => message.messageId).sort()).toEqual([...ids].sort());
  });
});

describe('flow control', () => {
  test('parallelism keeps so many out at once', async () => {
    let out = 0;
    let most = 0;
    hook.answer = async () => {
      most = Math.max(most, ++out);
      await new Promise((resolve) => setTimeout(resolve, 40));
      out--;
      return { status: 200 };
    };
    const flowControl = { key: `k${path}`, parallelism: 2 };
    await client.batchJSON(Array.from({ length: 8 }, (_, body) => ({ url, body, flowControl })));
    await hook.wait(8, path);
    expect(most).toBe(2);
  });

  test('a rate spreads messages over its periods', async () => {
    const release = Promise.withResolvers<void>();
    hook.answer = () => release.promise.then(() => ({ status: 200 }));
    const flowControl = { key: `k${path}`, rate: 2, period: '1s' as const };
    await client.batchJSON(Array.from({ length: 5 }, (_, body) => ({ url, body, flowControl })));
    await hook.wait(5, path);
    // A message's lease (one process's right to send it) counts from the instant, by the database's clock, at which the process took the message. No
    // message has been answered yet, so every message's lease can still be read. The first period of a flow-control key begins when the first message
    // with that key is published.
    const { rows } = await cloud.pool.query<{ ms: number }>(
      `select extract(epoch from lease_until - make_interval(secs => (spec ->> 'timeoutMs')::float8 / 1000 + 30)
         - min(created_at) over ())::float8 * 1000 as ms
       from qstash.messages where url = $1 order by lease_until`,
      [url],
    );
    release.resolve();
    const [, , third = 0, , fifth = 0] = rows.map(({ ms }) => ms);
    expect(third).toBeGreaterThanOrEqual(999.9);
    expect(fifth - third).toBeGreaterThanOrEqual(999.9);
  });
});

test('the signing keys are given for the token', async () => {
  const headers = { authorization: `Bearer ${cloud.qstashToken.reveal()}` };
  const answer = await fetch(`${cloud.qstashUrl}/v2/keys`, { headers });
  expect(await answer.json()).toEqual({
    current: cloud.qstashCurrentSigningKey.reveal(),
    next: cloud.qstashNextSigningKey.reveal(),
  });
});
