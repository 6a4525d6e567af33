// The command `npm run keys -- new`: it prints what `.env` needs, in the form that puntual reads, and different values each time.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseSigningKey } from '../../services/identity/access.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { readConfig } from '../../worker/config.ts';

const COMMAND = fileURLToPath(new URL('../../worker/keys.ts', import.meta.url));
const newKeys = async () => (await promisify(execFile)(process.execPath, [COMMAND, 'new'])).stdout;
/** A deployment's settings that `npm run keys -- new` does not make. */
const given = {
  NODE_ENV: 'production',
  SUPABASE_URL: 'https://abc.supabase.co',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  SUPABASE_SECRET_KEY: 'sb_secret_x',
  QSTASH_TOKEN: 'token',
  QSTASH_CURRENT_SIGNING_KEY: 'sig_a',
  QSTASH_NEXT_SIGNING_KEY: 'sig_b',
  PUBLIC_URL: 'https://puntual.example',
};

test('its lines are all that a deployment still needs, in the form that is read', async () => {
  const text = await newKeys();
  const made = parseEnv(text);
  expect(Object.keys(made).sort()).toEqual([
    'CRON_SECRET',
    'OPERATOR_TOKEN',
    'SEAL_KEYS',
    'SESSION_SIGNING_KEY',
    'VAPID_KEYS',
  ]);
  expect(() => readConfig(given)).toThrow();
  expect(readConfig({ ...given, ...made }).production).toBe(true);
  expect(createSeal(new Secret(made['SEAL_KEYS'] ?? '')).kid).toBe('k1');
  expect(parseSigningKey(new Secret(made['SESSION_SIGNING_KEY'] ?? '')).kid).not.toBe('');
});

test('a shell reads the same lines to the same values', async () => {
  const text = await newKeys();
  const script = `set -a\n${text}\nset +a\nprintf '%s\\0' "$CRON_SECRET" "$OPERATOR_TOKEN" "$SEAL_KEYS" "$SESSION_SIGNING_KEY"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  const { CRON_SECRET, OPERATOR_TOKEN, SEAL_KEYS, SESSION_SIGNING_KEY } = parseEnv(text);
  expect(stdout.split('\0').slice(0, 4)).toEqual([CRON_SECRET, OPERATOR_TOKEN, SEAL_KEYS, SESSION_SIGNING_KEY]);
});

test('a second time makes others', async () => {
  const [one, other] = [parseEnv(await newKeys()), parseEnv(await newKeys())];
  for (const name of Object.keys(one)) expect([name, one[name] === other[name]]).toEqual([name, false]);
});
