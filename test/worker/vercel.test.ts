// The service as a function: the module that Vercel imports, with a real database and queue configured as in production.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSecrets } from '../../embedded/secrets.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';

const before = { ...process.env };
const secrets = await makeSecrets();
let cloud: Cloud;
let vercel: { request(path: string, init?: RequestInit): Response | Promise<Response> };
beforeAll(async () => {
  cloud = await startCloud({ queue: true });
  vercel = (await import('../../worker/vercel.ts')).default;
});
afterAll(async () => {
  process.env = before;
  await cloud.stop();
});

const ask = async (path: string, init?: RequestInit) => {
  const response = await vercel.request(path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const production = () => ({
  VERCEL: '1',
  LOG_LEVEL: 'silent',
  PUBLIC_URL: 'https://puntual.example',
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
  SESSION_SIGNING_KEY: secrets.sessionSigningKey.reveal(),
});

describe('the function', () => {
  test('without its settings answers that it cannot start, and does not say what is missing', async () => {
    process.env['VERCEL'] = '1';
    const { status, text } = await ask('/health');
    expect([status, JSON.parse(text)]).toEqual([
      500,
      { error: { code: 'config/invalid', message: 'The service cannot start just now.' } },
    ]);
  });

  test('starts at the next request once the settings are there', async () => {
    Object.assign(process.env, production());
    expect((await ask('/health')).status).toBe(200);
  });

  test('is ready: database, queue, keys and clock, looked at for real', async () => {
    const { status, text } = await ask('/ready');
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { ready: true, checks: { database: { ok: true }, queue: { ok: true } } },
    ]);
  });

  test('runs the timed jobs for the platform’s cron, which sends GET, and for a queue’s schedule, which sends POST', async () => {
    const headers = { Authorization: `Bearer ${secrets.cronSecret.reveal()}` };
    for (const path of [
      '/cron/refresh-tokens',
      '/api/cron/refresh-tokens',
      '/cron/sweep-prebookings',
      '/cron/purge-device-sessions',
    ]) {
      for (const method of ['GET', 'POST'])
        expect([path, (await ask(path, { method, headers })).status]).toEqual([path, 200]);
    }
  });

  test('refuses callers without a right', async () => {
    expect((await ask('/cron/refresh-tokens')).status).toBe(401);
    expect((await ask('/metrics')).status).toBe(401);
    expect((await ask('/api/booking')).status).toBe(401);
    expect((await ask('/api/execute-prebooking', { method: 'POST' })).status).toBe(401);
  });

  test('names its public address in the contract', async () => {
    expect(JSON.parse((await ask('/openapi.json')).text).servers).toEqual([{ url: 'https://puntual.example' }]);
  });
});
