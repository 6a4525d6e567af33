// What a log line may hold, and what it may not hold. Each secret in this file carries a mark, and a mark found in a log line is a leak.
import { expect, test } from 'vitest';
import { Failure } from '../../services/failures.ts';
import { createLogger } from '../../services/log.ts';
import { Secret } from '../../services/secret.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger('debug', { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

const TOKEN = '4711|1799999999|0123456789abcdef0123456789abcdef';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

test('a line is JSON with a level in words and an instant', () => {
  expect(JSON.parse(logged((logger) => logger.info({ n: 1 }, 'said')))).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    n: 1,
    msg: 'said',
  });
});

test.each([
  ['a gym token', TOKEN],
  ['a JWT', JWT],
  ['a database key', 'sb_secret_canarycanary'],
  ['a signing key', 'sig_canarycanarycanary'],
  ['a gym cookie', 'amhrdrauth=canarycanary'],
])('%s in an error, its stack or its cause is masked', (_what, secret) => {
  const cause = new Error(`upstream said ${secret}`);
  const line = logged((logger) =>
    logger.error({ err: new Failure('gym/unreadable', `got ${secret}`, { cause }) }, 'failed'),
  );
  expect(line).toContain('gym/unreadable');
  expect(line).not.toContain(secret.split('=').at(-1));
});

test('what libraries hang on their errors is left out', () => {
  const error = Object.assign(new Error('refused'), {
    code: '42501',
    details: 'Failing row contains (canary)',
    headers: { cookie: 'canary' },
  });
  const line = logged((logger) => logger.error({ err: new Failure('database/refused', 'no', { cause: error }) }));
  expect(JSON.parse(line).err.cause).toEqual({
    name: 'Error',
    code: '42501',
    message: 'refused',
    stack: expect.any(String),
  });
});

test('a cause that is no Error is described, and a circle of causes ends', () => {
  const plain = { code: 'PGRST000', message: 'no database', hint: 'canary' };
  expect(
    logged((logger) => logger.error({ err: new Failure('database/unavailable', 'x', { cause: plain }) })),
  ).not.toContain('canary');
  const circle = new Error('round') as Error & { cause?: unknown };
  circle.cause = circle;
  expect(logged((logger) => logger.error({ err: circle })).length).toBeLessThan(20_000);
});

test('fields that are secrets by name are masked at the top and two levels down', () => {
  const line = logged((logger) =>
    logger.info({
      password: 'canary',
      request: { authorization: 'canary', more: { token: 'canary' } },
      kept: new Secret('canary'),
    }),
  );
  expect(line).not.toContain('canary');
});

test('below its level nothing is written', () => {
  const lines: string[] = [];
  createLogger('warn', { write: (line: string) => void lines.push(line) }).info('quiet');
  expect(lines).toEqual([]);
});
