// A large refresh run on functions: signed messages of the queue start its parts, which all run the same code and divide the sessions among them by
// leases.
import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startQueue } from '../../embedded/queue/queue.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { systemClock } from '../../services/clock.ts';
import { createQstashDispatch, REFRESH_PART_PATH } from '../../services/dispatch/qstash.ts';
import { createVerifier } from '../../services/dispatch/signature.ts';
import { createApp } from '../../worker/app.ts';
import { ask, openApp, type TestApp } from '../routes/open-app.ts';
import { crowd, enlist } from './fleet.ts';

const COUNT = 240;
let app: TestApp;
const undo: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  app = await openApp(systemClock, crowd(COUNT));
  await enlist(app.services, app.gym, COUNT);
  await app.cloud.pool.query("update auth_sessions set last_token_update_date = now() - interval '19 minutes'");
});
afterAll(async () => {
  for (const each of undo.reverse()) await each();
  await app.stop();
});

test('the queue brings its parts, each session is renewed once, and none is left out', async () => {
  const { qstashToken, qstashCurrentSigningKey, qstashNextSigningKey, postgresUrl } = app.cloud;
  const keys = { qstashToken, qstashCurrentSigningKey, qstashNextSigningKey };
  const queue = await startQueue({ databaseUrl: postgresUrl, ...keys, logger: app.services.logger });
  undo.push(() => queue.stop());
  let answer: (request: Request) => Response | Promise<Response> = () => new Response();
  const server = serve({ fetch: (request) => answer(request), port: 0 });
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const at = server.address();
  const publicUrl = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`;
  const parts: Promise<unknown>[] = [];
  const verifyDelivery = createVerifier(
    { current: qstashCurrentSigningKey, next: qstashNextSigningKey },
    () => new Date(),
  );
  const handler = createApp(app.services, { ...app.context, publicUrl, verifyDelivery });
  answer = (request) => {
    const response = Promise.resolve(handler.fetch(request));
    parts.push(response);
    return response;
  };
  const dispatch = createQstashDispatch({ url: queue.url, token: qstashToken, publicUrl });
  await app.gym.control.setKnob({ kind: 'slow', op: 'tokenUpdate', beforeMs: 120 });
  const run = { runId: randomUUID(), fanOut: { above: 10 } };
  const report = await refreshBackgroundSessions({ ...app.services, dispatch }, run);
  await Promise.all(parts);
  const renewed = (await app.gym.control.history({ op: 'tokenUpdate' })).map((call) => call.fingerprint);
  expect(renewed).toHaveLength(COUNT);
  expect(new Set(renewed).size).toBe(COUNT);
  expect(parts).toHaveLength(1);
  const [part] = (await app.cloud.pool.query("select report from runs where job like '%:part'")).rows;
  expect(part.report.updated).toBeGreaterThan(0);
  expect(report.updated + part.report.updated).toBe(COUNT);
});

test('a part without the queue’s signature is refused', async () => {
  const body = { runId: randomUUID(), part: 0 };
  expect((await ask(app.handler, 'POST', REFRESH_PART_PATH, { body })).status).toBe(401);
});
