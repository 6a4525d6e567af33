// What the service logs at its start about settings that are missing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { makeSecrets } from '../../embedded/secrets.ts';
import { assemble } from '../../worker/assemble.ts';
import { readConfig } from '../../worker/config.ts';

test.each([
  [{}, 1],
  [{ ADMISSION: 'approve' }, 0],
  [{ ADMISSION: 'open' }, 0],
])('with a real database and %j an assumed ADMISSION is warned of %i times', async (said, times) => {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-assemble-'));
  const secrets = await makeSecrets();
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const config = readConfig({
    DATA_DIR: folder,
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
    SUPABASE_SECRET_KEY: 'sb_secret_x',
    QSTASH_TOKEN: 'token',
    QSTASH_CURRENT_SIGNING_KEY: 'sig_a',
    QSTASH_NEXT_SIGNING_KEY: 'sig_b',
    CRON_SECRET: secrets.cronSecret.reveal(),
    OPERATOR_TOKEN: secrets.operatorToken.reveal(),
    SEAL_KEYS: secrets.sealKeys.reveal(),
    SESSION_SIGNING_KEY: secrets.sessionSigningKey.reveal(),
    ...said,
  });
  const { stop } = await assemble(config, 'https://puntual.example', logger);
  await stop();
  await rm(folder, { recursive: true });
  expect(lines.filter((line) => line.includes('ADMISSION is not set'))).toHaveLength(times);
});
