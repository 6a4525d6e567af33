// F7: characters that env files, dashboards and pipes add around a setting are removed; a value that is certainly wrong after that is refused with
// an error that names the setting.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { asFailure } from '../../services/failures.ts';
import { readConfig } from '../../worker/config.ts';

const SECRET = 'a-cron-secret-of-at-least-32-bytes';
const QUEUE = {
  QSTASH_TOKEN: 'token',
  QSTASH_CURRENT_SIGNING_KEY: 'sig_current',
  QSTASH_NEXT_SIGNING_KEY: 'sig_next',
};
const folder = mkdtempSync(join(tmpdir(), 'puntual-env-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problemOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    return asFailure(error).message;
  }
  return '';
}

test.each([
  ['a line end', `${SECRET}\n`],
  ['a Windows line end', `${SECRET}\r\n`],
  ['blanks', ` \t${SECRET}  `],
  ['a no-break blank', `\u00a0${SECRET}`],
  ['a byte order mark', `\ufeff${SECRET}`],
  ['double quotes that a container’s env file keeps', `"${SECRET}"`],
  ['single quotes', `'${SECRET}'`],
  ['quotes round a line end', `"${SECRET}\n"`],
  ['quotes round a line end that is written out', `"${SECRET}\\n"`],
  ['quotes with blanks before and behind', ` "${SECRET}" \r\n`],
])('F7: %s around CRON_SECRET is taken off', (_what, value) => {
  expect(readConfig({ CRON_SECRET: value }).cronSecret?.reveal()).toBe(SECRET);
});

test('F7: the queue’s token, keys and address lose theirs, too', () => {
  const dirty = Object.fromEntries(Object.entries(QUEUE).map(([name, value]) => [name, `"${value}"\r\n`]));
  const { qstash } = readConfig({ ...dirty, QSTASH_URL: ' https://qstash.example\r\n' });
  expect(qstash?.url).toBe('https://qstash.example');
  expect([qstash?.token, qstash?.currentSigningKey, qstash?.nextSigningKey].map((one) => one?.reveal())).toEqual(
    Object.values(QUEUE),
  );
});

test.each([
  ['PORT', '"3001"\r\n', { port: 3001 }],
  ['DATA_DIR', ' "/srv/puntual" ', { dataDir: '/srv/puntual' }],
  ['LOG_LEVEL', "'debug'\n", { logLevel: 'debug' }],
  ['PUBLIC_URL', ' https://puntual.example\n', { publicUrl: 'https://puntual.example' }],
])('F7: so does %s', (name, value, expected) => {
  expect(readConfig({ [name]: value })).toMatchObject(expected);
});

test('F7: a name behind a byte order mark is the name', () => {
  expect(readConfig({ '\ufeffCRON_SECRET': SECRET }).cronSecret?.reveal()).toBe(SECRET);
});

test.each([
  ['CRON_SECRET', 'two words that are together long enough'],
  ['CRON_SECRET', `${SECRET}\n${SECRET}`],
  ['CRON_SECRET', `"${SECRET}`],
  ['CRON_SECRET_PREVIOUS', 'a-sécret-of-at-least-thirty-two-bytes'],
  ['OPERATOR_TOKEN', `${SECRET}\u0000`],
  ['QSTASH_CURRENT_SIGNING_KEY', 'sig a'],
  ['DATA_DIR', '/srv/\u0007puntual'],
])('F7: %s that cannot be meant is refused by its name, its value is not said', (name, value) => {
  const problem = problemOf({ ...QUEUE, [name]: value });
  expect(problem).toContain(`${name}: expected`);
  expect(problem).not.toContain(value);
});

/** Starts a process with this `.env`, and returns, as text, the settings that the process reads. */
function readFrom(env: string | Uint8Array): string {
  writeFileSync(join(folder, '.env'), env);
  const config = fileURLToPath(new URL('../../worker/config.ts', import.meta.url));
  const program = `import('file://${config}').then(({ readEnvironment }) => console.log(readEnvironment().cronSecret?.reveal())).catch((error) => console.log(error.message))`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8', env: {} });
  return stdout.trim();
}

test('F7: the first line of an .env with a byte order mark and Windows line ends counts', () => {
  expect(readFrom(`\ufeffCRON_SECRET=${SECRET}\r\nPORT=3001\r\n`)).toBe(SECRET);
});

test('F7: an .env in UTF-16 is refused instead of being read as nothing', () => {
  expect(readFrom(Buffer.from(`\ufeffCRON_SECRET=${SECRET}\r\n`, 'utf16le'))).toContain('.env: expected UTF-8');
});
