// P2: two real processes with different keyrings on one database. The keys are rotated while the older process, which lacks the added key, still
// lives: that process reports that it is not ready, and harms no session.

import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startQueue } from '../../embedded/queue/queue.ts';
import { rotateKeys } from '../../jobs/rotate-keys.ts';
import { systemClock } from '../../services/clock.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { backgroundStaleAt } from '../../services/session/freshness.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, startMain } from '../support/main-process.ts';
import { startService, type TestService } from '../support/service.ts';
import { crowd, enlist } from './fleet.ts';

vi.setConfig({ testTimeout: limitMs(120_000), hookTimeout: limitMs(120_000) });
const COUNT = 12;
const CRON_SECRET = 'c'.repeat(32);
let app: TestService;
let queue: Awaited<ReturnType<typeof startQueue>>;
let home: Home;
let running: MainProcess[] = [];
beforeAll(async () => {
  app = await startService(crowd(COUNT), systemClock);
  const { qstashToken, qstashCurrentSigningKey, qstashNextSigningKey, postgresUrl } = app.cloud;
  const keys = { qstashToken, qstashCurrentSigningKey, qstashNextSigningKey };
  queue = await startQueue({ databaseUrl: postgresUrl, ...keys, logger: app.services.logger });
  home = await makeHome();
});
afterAll(async () => {
  await queue.stop();
  await app.stop();
  await home.remove();
});
beforeEach(async () => {
  await app.gym.control.reset(crowd(COUNT));
  await app.cloud.pool.query('delete from members; delete from runs');
  await enlist(app.services, app.gym, COUNT);
});
afterEach(async () => {
  for (const one of running) await one.end('SIGKILL');
  running = [];
});

const oldRing = () => app.cloud.secrets.sealKeys.reveal();
const newRing = () => `k2:${createHash('sha256').update('second').digest('base64')},${oldRing()}`;

interface Serving {
  readonly url: string;
  ask(path: string, headers?: Record<string, string>): Promise<{ status: number; json: unknown }>;
  output(): string;
}

async function start(ring: string): Promise<Serving> {
  const { cloud, gym } = app;
  const started = startMain(home, {
    SUPABASE_URL: cloud.supabaseUrl,
    SUPABASE_PUBLISHABLE_KEY: cloud.publishableKey,
    SUPABASE_SECRET_KEY: cloud.secretKey.reveal(),
    QSTASH_URL: queue.url,
    QSTASH_TOKEN: cloud.qstashToken.reveal(),
    QSTASH_CURRENT_SIGNING_KEY: cloud.qstashCurrentSigningKey.reveal(),
    QSTASH_NEXT_SIGNING_KEY: cloud.qstashNextSigningKey.reveal(),
    SESSION_SIGNING_KEY: cloud.secrets.sessionSigningKey.reveal(),
    PUBLIC_URL: 'http://127.0.0.1:1',
    SEAL_KEYS: ring,
    CRON_SECRET,
    OPERATOR_TOKEN: 'o'.repeat(32),
    AIMHARDER_LOGIN_URL: gym.loginUrl,
    AIMHARDER_URL: gym.mainUrl,
    AIMHARDER_BOX_URL: gym.boxUrlTemplate,
  });
  running.push(started);
  const line = await vi.waitUntil(
    () =>
      started
        .output()
        .split('\n')
        .find((one) => one.includes('puntual: listening')),
    { timeout: limitMs(60_000) },
  );
  const { url } = JSON.parse(line);
  return {
    url,
    output: started.output,
    async ask(path, headers = {}) {
      const answer = await fetch(`${url}${path}`, { headers });
      return { status: answer.status, json: await answer.json() };
    },
  };
}
const cron = (one: Serving) => one.ask('/cron/refresh-tokens', { Authorization: `Bearer ${CRON_SECRET}` });
const makeDue = () =>
  app.cloud.pool.query("update auth_sessions set last_token_update_date = now() - interval '19 minutes'");
/**
 * How many sessions were renewed since the last call of `makeDue`, which makes all sessions due. Each started process renews due sessions by its own
 * schedule too, so the refresh run that the test starts by `cron` may find nothing left to do.
 */
const renewed = async (): Promise<number> =>
  (await app.cloud.pool.query("select from auth_sessions where last_token_update_date > now() - interval '5 minutes'"))
    .rowCount ?? 0;
const sessions = async () =>
  (await app.cloud.pool.query('select * from auth_sessions order by id')).rows as Record<string, unknown>[];

test('P2: an older process without the new key is not ready and writes nothing; the newer one renews all', async () => {
  const older = await start(oldRing());
  expect((await older.ask('/ready')).status).toBe(200);
  const rotated = await rotateKeys({ ...app.services, seal: createSeal(new Secret(newRing())) });
  expect(rotated.members).toEqual({ k2: COUNT });
  await makeDue();
  const before = await sessions();
  await vi.waitUntil(async () => (await older.ask('/ready')).status === 503, { timeout: limitMs(10_000) });
  expect(await cron(older)).toMatchObject({ status: 503, json: { error: { code: 'seal/unknown-key' } } });
  expect(await sessions()).toEqual(before);
  expect(older.output()).toContain('alert: members’ keys are wrapped by keys that this process does not have');
  const newer = await start(newRing());
  expect((await newer.ask('/ready')).status).toBe(200);
  expect((await cron(newer)).status).toBe(200);
  await expect.poll(renewed).toBe(COUNT);
  expect((await older.ask('/ready')).status).toBe(503);
});

test('P2: what an older version put aside comes back by itself, and until then counts as due and is not shown as live', async () => {
  await app.cloud.pool.query(
    "update auth_sessions set quarantined_at = now() - interval '1 hour', quarantine_reason = 'seal/unreadable'",
  );
  await makeDue();
  const now = systemClock.now();
  const staleAt = backgroundStaleAt(now);
  const survey = { staleAt, alarmAt: staleAt, since: now, now };
  expect((await app.services.store.surveyBackgroundSessions(survey)).due).toBe(COUNT);
  const newer = await start(newRing());
  expect((await cron(newer)).status).toBe(200);
  await expect.poll(renewed).toBe(COUNT);
  expect((await sessions()).filter(({ quarantined_at }) => quarantined_at !== null)).toEqual([]);
});
