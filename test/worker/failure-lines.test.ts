// The log of a busy hour: request lines are written only at level debug. Failures that go away by themselves are logged seldom and without a stack;
// alarms are always logged in full.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import { createLogger, type LogLevel } from '../../services/log.ts';
import { createApp } from '../../worker/app.ts';
import { createFailureLines } from '../../worker/failure-lines.ts';
import { ask, openApp, type TestApp } from '../routes/open-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock);
});
afterAll(() => app.stop());

/** The most bytes of log that one request may cause: 2 MB an hour at 30 requests a second. */
const MAX_BYTES_A_REQUEST = 2_000_000 / (30 * 3_600);

function logTo(level: LogLevel) {
  const lines: string[] = [];
  return { lines, logger: createLogger(level, { write: (line) => void lines.push(line) }) };
}

test('a thousand requests of every sort write at most 2 MB an hour at 30 a second, by their bytes', async () => {
  const { bearer, boxes } = await app.login('ana@example.test');
  const { lines, logger } = logTo('info');
  const store = {
    ...app.services.store,
    readUsage: () => Promise.reject(new Failure('database/unavailable', 'The database cannot be reached just now.')),
  };
  const handler = createApp({ ...app.services, store, logger }, app.context);
  const sorts: (() => Promise<{ status: number }>)[] = [
    () => ask(handler, 'GET', '/health'),
    () => ask(handler, 'GET', '/api/prebookings', { bearer }),
    () => ask(handler, 'GET', '/api/usage', { bearer }),
    () => ask(handler, 'GET', '/api/booking'),
    () => ask(handler, 'GET', '/nowhere'),
    () => ask(handler, 'POST', '/api/booking', { bearer, body: { boxId: boxes[0]?.id } }),
    () => ask(handler, 'GET', '/health?token=x'),
    () => ask(handler, 'POST', '/api/auth/login', { body: { email: 'x' } }),
  ];
  const statuses = new Set<number>();
  for (let n = 0; n < 1_000; n += sorts.length)
    for (const { status } of await Promise.all(sorts.map((sort) => sort()))) statuses.add(status);
  expect([...statuses].sort()).toEqual([200, 400, 401, 404, 503]);
  expect(Buffer.byteLength(lines.join('')) / 1_000).toBeLessThan(MAX_BYTES_A_REQUEST);
});

test('at debug each request is one line', async () => {
  const { lines, logger } = logTo('debug');
  const handler = createApp({ ...app.services, logger }, app.context);
  await ask(handler, 'GET', '/health?x=canary');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'debug', msg: 'request', method: 'GET', path: '/health', status: 200 }),
  ]);
});

function failing() {
  const clock = { ms: 0, monotonicMs: () => clock.ms };
  const { lines, logger } = logTo('info');
  const tell = createFailureLines(clock);
  const said = () => lines.splice(0).map((line) => JSON.parse(line));
  return { clock, said, tell: (failure: Failure) => tell(logger, failure, 'an-incident') };
}

test('a failure that passes by itself is one line without a stack, five a minute, and the next says how many were left out', () => {
  const { clock, said, tell } = failing();
  const away = new Failure('database/unavailable', 'Away.', { cause: new Error('refused') });
  for (let n = 0; n < 100; n += 1) tell(away);
  const first = said();
  expect(first).toHaveLength(5);
  expect(first[0]).toMatchObject({ level: 'warn', code: 'database/unavailable', incident: 'an-incident' });
  expect(JSON.stringify(first)).not.toContain('stack');
  tell(new Failure('queue/unavailable', 'Away, too.'));
  expect(said()).toHaveLength(1);
  clock.ms = 60_000;
  tell(away);
  expect(said()).toMatchObject([{ leftOut: 95 }]);
});

test('an alarm and a surprise are always whole, what the caller did is no line', () => {
  const { said, tell } = failing();
  for (let n = 0; n < 20; n += 1) tell(new Failure('internal/unexpected', 'Oh.', { cause: new Error('why') }));
  const lines = said();
  expect(lines).toHaveLength(20);
  expect(lines[19]).toMatchObject({ level: 'error', incident: 'an-incident', err: { cause: { message: 'why' } } });
  tell(new Failure('request/invalid', 'No.'));
  expect(said()).toEqual([]);
});
