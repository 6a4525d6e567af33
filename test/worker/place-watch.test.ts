// When watched days are read: a process reads each day when it is due; on serverless functions the scheduled call of the sweep reads the days.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { watchPlacesHere } from '../../worker/place-watch.ts';
import { CRON_SECRET, openApp, type TestApp } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { classOpeningIn } from '../support/opening-town.ts';

const { day } = classOpeningIn(0);
const DAY_MS = 24 * 60 * 60_000;
const slot = (id: number, time: string) => ({ day, id, time, classId: 5, className: 'WOD', limit: 1 });
let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock, {
    boxes: [
      { slug: 'norte', boid: 77, name: 'Box Norte', slots: [slot(501, '18:00 - 19:00'), slot(502, '20:00 - 21:00')] },
    ],
    members: [{ id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['norte'] }],
  });
});
afterAll(() => app.stop());

const watch = async (timeId: string): Promise<string> => {
  const { userId, boxes } = await app.login('ana@example.test');
  const startsAt = new Date(Date.now() + 2 * DAY_MS);
  const one = { boxId: boxes[0]?.id ?? '', day, classId: undefined, timeId, className: 'WOD', kind: 'book' as const };
  const times = { notAfter: 0, startsAt, endsAt: startsAt, instead: undefined, now: new Date() };
  return (await app.services.store.createWatch({ id: randomUUID(), userId, ...one, ...times })).id;
};
const outcomeOf = async (id: string) =>
  (await app.cloud.pool.query('select outcome from watches where id = $1', [id])).rows[0]?.outcome;

test('a process takes a free place by itself, and comes to an end when it is asked to', async () => {
  const id = await watch('1800_60');
  const watching = watchPlacesHere(app.services, { stopping: new AbortController().signal });
  await expect.poll(() => outcomeOf(id), { timeout: limitMs(15_000) }).toBe('booked');
  await watching.stop();
});

test('the sweep’s schedule reads the day where no process does, as a run of its own', async () => {
  const id = await watch('2000_60');
  await app.cloud.pool.query('update watch_days set next_at = now()');
  const { status } = await app.ask('POST', '/cron/sweep-prebookings', { bearer: CRON_SECRET });
  expect([status, await outcomeOf(id)]).toEqual([200, 'booked']);
  const { rows } = await app.cloud.pool.query(`select report from runs where job = 'watch-places'`);
  expect(rows.map(({ report }) => [report.read, report.raced])).toEqual([[1, 1]]);
});
