// QStash's schedule endpoints, answered from the embedded queue's rows.
import { randomUUID } from 'node:crypto';
import { scheduleAnswer } from './answer.ts';
import { invalid, missing, ok, type Run } from './call.ts';
import { nextRunAt } from './cron.ts';
import { deleteSchedule, listSchedules, pauseSchedule, saveSchedule } from './schedule-store.ts';
import { readPublish } from './wire.ts';

export const createSchedule: Run = async ({ pool, clock }, call, tail) => {
  const cron = call.headers['upstash-cron'];
  if (!cron) throw invalid('Expected a schedule to have a cron line.');
  const scheduleId = call.headers['upstash-schedule-id'] ?? `scd_${randomUUID().replaceAll('-', '')}`;
  const message = readPublish(tail, call.headers, call.body);
  await saveSchedule(pool, scheduleId, cron, message, nextRunAt(cron, clock.now()));
  return ok({ scheduleId }, 201);
};
export const getSchedules: Run = async ({ pool }) => ok((await listSchedules(pool)).map(scheduleAnswer));
export const getSchedule: Run = async ({ pool }, _call, id) => {
  const [row] = await listSchedules(pool, id);
  return row ? ok(scheduleAnswer(row)) : missing(`schedule ${id}`);
};
export const removeSchedule: Run = async ({ pool }, _call, id) =>
  (await deleteSchedule(pool, id)) ? ok({}) : missing(`schedule ${id}`);
export const setPaused =
  (paused: boolean): Run =>
  async ({ pool, clock }, _call, id) => {
    const [row] = await listSchedules(pool, id);
    if (!row) return missing(`schedule ${id}`);
    await pauseSchedule(pool, id, paused, nextRunAt(row.cron, clock.now()));
    return ok({});
  };
