// Schedules of the embedded queue, used through QStash's unmodified client. The test moves the times in the schedules' rows instead of waiting,
// because a cron line fires at full minutes only.
import { Client } from '@upstash/qstash';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Hook, startHook } from './hook.ts';

let cloud: Cloud;
let client: Client;
let hook: Hook;
const NEVER = '0 0 1 1 *';

/** Makes the schedule with this id due now. */
const bringDue = (id: string) =>
  cloud.pool.query(
    "with due as (update qstash.schedules set next_run_at = now() - interval '3 days' where id = $1) select pg_notify('qstash', '')",
    [id],
  );

beforeAll(async () => {
  cloud = await startCloud({ queue: true, rest: false });
  client = new Client({ baseUrl: cloud.qstashUrl, token: cloud.qstashToken.reveal(), retry: false, devMode: false });
  hook = await startHook(cloud);
});
afterAll(async () => {
  await hook?.stop();
  await cloud?.stop();
});

test('a schedule is kept with everything it was made with', async () => {
  const cron = 'CRON_TZ=Europe/Madrid 0 9 * * *';
  const made = await client.schedules.create({
    destination: `${hook.url}/a`,
    cron,
    scheduleId: 'a',
    body: '{"x":1}',
    retries: 1,
    label: 'l',
  });
  expect(made).toEqual({ scheduleId: 'a' });
  const schedule = await client.schedules.get('a');
  expect(schedule).toMatchObject({
    scheduleId: 'a',
    cron,
    destination: `${hook.url}/a`,
    method: 'POST',
    body: '{"x":1}',
    retries: 1,
    isPaused: false,
    labels: ['l'],
  });
  expect(new Date(schedule.nextScheduleTime ?? 0).toLocaleTimeString('en-GB', { timeZone: 'Europe/Madrid' })).toBe(
    '09:00:00',
  );
  expect((await client.schedules.list()).map(({ scheduleId }) => scheduleId)).toContain('a');
});

test('a due schedule fires once however many runs were missed, and waits for the next', async () => {
  await client.schedules.create({
    destination: `${hook.url}/b`,
    cron: NEVER,
    scheduleId: 'b',
    body: 'hello',
    headers: { 'x-my': 'v' },
  });
  await bringDue('b');
  const [got] = await hook.wait(1, '/b');
  expect(got).toMatchObject({ body: 'hello', verified: true, headers: { 'upstash-schedule-id': 'b', 'x-my': 'v' } });
  const { nextScheduleTime = 0, lastScheduleTime = 0 } = await client.schedules.get('b');
  expect(nextScheduleTime).toBeGreaterThan(Date.now());
  expect(lastScheduleTime).toBeLessThan(Date.now());
  expect(hook.on('/b')).toHaveLength(1);
});

test('a paused schedule does not fire, and a resumed one does not make up for it', async () => {
  await client.schedules.create({ destination: `${hook.url}/c`, cron: NEVER, scheduleId: 'c' });
  await client.schedules.pause({ schedule: 'c' });
  expect((await client.schedules.get('c')).isPaused).toBe(true);
  await bringDue('c');
  await client.schedules.resume({ schedule: 'c' });
  await client.publishJSON({ url: `${hook.url}/after`, body: 1 });
  await hook.wait(1, '/after');
  expect(hook.on('/c')).toHaveLength(0);
  expect((await client.schedules.get('c')).isPaused).toBe(false);
});

test('the same id again replaces the schedule', async () => {
  await client.schedules.create({ destination: `${hook.url}/d`, cron: NEVER, scheduleId: 'd' });
  await client.schedules.create({ destination: `${hook.url}/d2`, cron: '0 0 2 1 *', scheduleId: 'd' });
  expect(await client.schedules.get('d')).toMatchObject({ cron: '0 0 2 1 *', destination: `${hook.url}/d2` });
});

test('a deleted schedule is gone', async () => {
  const { scheduleId } = await client.schedules.create({ destination: `${hook.url}/e`, cron: NEVER });
  await client.schedules.delete(scheduleId);
  await expect(client.schedules.get(scheduleId)).rejects.toThrow(/not found/);
});

test('a cron line that is none is refused', async () => {
  await expect(client.schedules.create({ destination: hook.url, cron: 'every day' })).rejects.toThrow(/cron line/);
});
