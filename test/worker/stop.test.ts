// A process is stopped while one of its renewals is under way: the new token that the gym sends is received and committed before the process ends.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeSecrets } from '../../embedded/secrets.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { signIn } from '../../jobs/sign-in.ts';
import { Secret } from '../../services/secret.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Assembled, assemble } from '../../worker/assemble.ts';
import { readConfig } from '../../worker/config.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { town } from '../support/town.ts';

const secrets = await makeSecrets();
let cloud: Cloud;
let gym: Simulator;
let folder: string;
beforeAll(async () => {
  [cloud, gym] = await Promise.all([startCloud({ queue: true }), startSimulator({ scenario: town })]);
  return async () => {
    await gym.stop();
    await cloud.stop();
  };
});
beforeEach(async () => {
  await gym.control.reset(town);
  await cloud.pool.query('delete from members');
  folder = await mkdtemp(join(tmpdir(), 'puntual-stop-'));
  return () => rm(folder, { recursive: true, force: true });
});

const assembled = (more: Record<string, string> = {}): Promise<Assembled> =>
  assemble(
    readConfig({
      DATA_DIR: folder,
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
      ADMISSION: 'open',
      AIMHARDER_LOGIN_URL: gym.loginUrl,
      AIMHARDER_URL: gym.mainUrl,
      AIMHARDER_BOX_URL: gym.boxUrlTemplate,
      ...more,
    }),
    '',
    pino({ level: 'silent' }),
  );

/** Starts a process that renews two due sessions one after the other; returns once the gym, which answers slowly, has the first renewal's call. */
async function withOneOut(more: Record<string, string> = {}) {
  const process = await assembled(more);
  for (const email of ['ana@example.test', 'bea@example.test'])
    await signIn(process.services, { email, password: new Secret('right') });
  await cloud.pool.query(
    `update auth_sessions set last_token_update_date = last_token_update_date - interval '20 minutes'`,
  );
  await gym.control.setKnob({ kind: 'slow', op: 'tokenUpdate', beforeMs: 800, times: 1 });
  const run = refreshBackgroundSessions(process.services, {
    runId: randomUUID(),
    stopping: process.context.stopping,
    concurrency: 1,
  });
  // How the refresh run ends does not matter here, because the run stops with its process.
  const ended = run.then(
    () => undefined,
    () => undefined,
  );
  const sent = async () => (await cloud.pool.query(`select from refresh_attempts where state = 'sent'`)).rowCount;
  await expect.poll(sent, { interval: 5 }).toBeGreaterThan(0);
  await process.services.clock.sleep(200);
  return { process, ended };
}
const sessions = async () =>
  (await cloud.pool.query(`select generation, status from auth_sessions where session_type = 'background'`)).rows;

describe('a stop while a renewal is out', () => {
  test('waits for its answer, and the token is in force when it returns', async () => {
    const { process } = await withOneOut();
    await process.stop();
    expect(await sessions()).toContainEqual({ generation: 1, status: 'live' });
    expect((await readdir(join(folder, 'spool'))).filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  });

  test('does so without a disk, too', async () => {
    const { process } = await withOneOut({ VERCEL: '1' });
    await process.stop();
    expect(await sessions()).toContainEqual({ generation: 1, status: 'live' });
  });

  test('begins no other one', async () => {
    const { process, ended } = await withOneOut();
    await process.stop();
    await ended;
    expect(await gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
  });
});
