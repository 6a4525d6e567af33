// Reads and writes the embedded queue's schedules in its tables. cron.ts computes when a schedule fires next.
import type { Db } from './database.ts';
import type { Publish, Spec } from './wire.ts';

export interface ScheduleRow {
  readonly id: string;
  readonly cron: string;
  readonly url: string;
  readonly spec: Spec;
  readonly body: Buffer;
  readonly paused: boolean;
  readonly delay_ms: number;
  readonly created_at: Date;
  readonly next_run_at: Date;
  readonly last_run_at: Date | null;
}

const SCHEDULE =
  'id, cron, url, spec, body, paused, extract(epoch from delay) * 1000.0 as delay_ms, created_at, next_run_at, last_run_at';

/** Creates or replaces a schedule. */
export async function saveSchedule(db: Db, id: string, cron: string, message: Publish, nextRunAt: Date): Promise<void> {
  await db.query(
    `insert into qstash.schedules (id, cron, url, spec, body, delay, next_run_at) values ($1, $2, $3, $4, $5, $6 * interval '1 ms', $7)
      on conflict (id) do update set cron = excluded.cron, url = excluded.url, spec = excluded.spec, body = excluded.body,
        delay = excluded.delay, next_run_at = excluded.next_run_at`,
    [id, cron, message.url, JSON.stringify(message.spec), message.body, message.delayMs, nextRunAt],
  );
  await db.query('notify qstash');
}

export async function listSchedules(db: Db, id?: string): Promise<ScheduleRow[]> {
  const sql = `select ${SCHEDULE} from qstash.schedules where $1::text is null or id = $1 order by created_at, id`;
  return (await db.query<ScheduleRow>(sql, [id ?? null])).rows;
}

export async function dueSchedules(db: Db, at: Date): Promise<ScheduleRow[]> {
  const sql = `select ${SCHEDULE} from qstash.schedules where not paused and next_run_at <= $1 order by next_run_at limit 100`;
  return (await db.query<ScheduleRow>(sql, [at])).rows;
}

/**
 * Sets the next firing of a due schedule; false when the schedule was changed, paused or deleted since it was read, for example by another process
 * that fired it.
 */
export async function advanceSchedule(db: Db, schedule: ScheduleRow, nextRunAt: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'update qstash.schedules set last_run_at = next_run_at, next_run_at = $3 where id = $1 and next_run_at = $2 and not paused',
    [schedule.id, schedule.next_run_at, nextRunAt],
  );
  return rowCount === 1;
}

/** Deletes a schedule; resolves with false when the schedule does not exist. */
export async function deleteSchedule(db: Db, id: string): Promise<boolean> {
  return (await db.query('delete from qstash.schedules where id = $1', [id])).rowCount === 1;
}

/**
 * Pauses a schedule, or resumes it from `nextRunAt` on; firings that the pause skipped are lost. Resolves with false when the schedule does not
 * exist.
 */
export async function pauseSchedule(db: Db, id: string, paused: boolean, nextRunAt: Date): Promise<boolean> {
  const sql = 'update qstash.schedules set paused = $2, next_run_at = $3 where id = $1';
  const { rowCount } = await db.query(sql, [id, paused, nextRunAt]);
  await db.query('notify qstash');
  return rowCount === 1;
}
