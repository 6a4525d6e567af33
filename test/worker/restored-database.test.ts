// If the database is put back to an earlier state under a running process, the process raises one alert, at the next run of any job.
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../worker/run-job.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';

const ALERT = 'the database has lost a finished run';
const clock = handClock(SUNDAY_NOON);
const lines: string[] = [];
let app: TestApp;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());

const alerts = () => lines.filter((line) => line.includes(ALERT)).length;
async function run(job = 'sweep-prebookings'): Promise<string> {
  const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(line) });
  const { runId } = await runJob({ ...app.services, logger }, { name: job, run: async () => ({}) }, MINUTE_MS);
  clock.advance(MINUTE_MS);
  return runId;
}
const sql = (text: string, ...values: unknown[]) => app.cloud.pool.query(text, values);

test('an earlier state of the database is an alert that names the lost run', async () => {
  await run();
  await sql('create table runs_of_the_backup as select * from runs');
  const lost = await run('refresh-background-sessions');
  expect(alerts()).toBe(0);
  await sql('delete from runs');
  await sql('insert into runs select * from runs_of_the_backup');
  await sql('drop table runs_of_the_backup');
  await run();
  expect([alerts(), lines.join().includes(lost)]).toEqual([1, true]);
  await run();
  await run();
  expect(alerts()).toBe(1);
});

test('runs that were deleted because they are old are no alert, and neither is a database that cannot be asked', async () => {
  await run();
  clock.advance(31 * 24 * 60 * MINUTE_MS);
  await run();
  await sql('alter function is_run_known(uuid) rename to is_run_known_no_more');
  await run();
  await sql('alter function is_run_known_no_more(uuid) rename to is_run_known');
  await run();
  expect(alerts()).toBe(1);
});
