// Runs of jobs, and the data of /metrics and /monitor.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';
import { sessionCardRow } from './session-store.ts';

const runRow = z.object({
  id: z.string(),
  job: z.string(),
  started_at: instant,
  finished_at: maybeInstant,
  failure_code: text,
  report: z.unknown(),
});
const monitorRow = z.object({
  sessions: z.array(sessionCardRow),
  devices: z.number(),
  prebookings: z.record(z.string(), z.number()),
  /** Receipts of races, the latest first, each with `outcome`, `boxId`, `day`, `timeId` and `className` of its prebooking. */
  races: z.array(z.record(z.string(), z.unknown())),
  upcoming: z.array(prebookingRow),
  runs: z.array(runRow),
  /** The latest whole refresh runs, newest first, at most 24. */
  refreshRuns: z.array(runRow),
  /** By job: how many cron ticks were missed and made up for by a later run, within the thirty days for which runs are kept. */
  missedTicks: z.record(z.string(), z.number()),
  lastGoodRefreshAt: maybeInstant,
  /** The operator's alerts that are not over. */
  news: z.array(z.object({ kind: z.string(), since: instant, count: z.number() })),
  unsentNotices: z.number(),
  skewedDeliveries: z.number(),
});
/** All data of the page /monitor, from one call of the database. */
export type MonitorRows = z.infer<typeof monitorRow>;

const metricsRow = z.object({
  /** A row for each background session, the oldest last success first; null if there are more sessions than `most`. */
  sessions: z
    .array(
      z.object({
        id: z.string(),
        status: z.string(),
        updates: z.number(),
        successes: z.number(),
        streak: z.number(),
        successAt: instant,
      }),
    )
    .nullable(),
  /** The number of background sessions in each state. */
  statuses: z.record(z.string(), z.number()),
  aged: z.number(),
  due: z.number(),
  oldestSuccessAt: maybeInstant,
  /** How often, since the installation, a token update was tried, for sessions of erased members, too; `successes` counts those that succeeded. */
  updates: z.number(),
  successes: z.number(),
  devices: z.number(),
  members: z.record(z.string(), z.number()),
  /**
   * `live` has the number of prebookings in each state that is not final. `ended` and `endedEver` count ended prebookings by their state and what
   * decided it, under keys such as `refused crowd`. `endedEver` also counts prebookings whose rows were deleted.
   */
  live: z.record(z.string(), z.number()),
  ended: z.record(z.string(), z.number()),
  endedEver: z.record(z.string(), z.number()),
  overdue: z.number(),
  latenessMs: z.array(z.number()),
  runs: z.array(runRow.omit({ report: true })),
  missedTicks: z.record(z.string(), z.number()),
  lastGoodRefreshAt: maybeInstant,
  skewedDeliveries: z.number(),
  unsentNotices: z.number(),
});
/** All data of /metrics, from one call of the database. */
export type MetricsRows = z.infer<typeof metricsRow>;

/** The database calls for runs of jobs. */
export const runStore = (call: Call) => ({
  /** @param missedTicks how many cron ticks, missed while the process was suspended, the run makes up for. */
  startRun: (id: string, job: string, now: Date, missedTicks = 0) =>
    call('start_run', { id, job, now, missed_ticks: missedTicks }, z.number()),
  finishRun: (a: { id: string; report: unknown; failureCode: string | undefined; now: Date }) =>
    call('finish_run', { id: a.id, report: a.report, failure_code: a.failureCode, now: a.now }, z.number()),
  isRunKnown: (id: string) => call('is_run_known', { id }, z.boolean()),
  /** @param a.most the largest number of background sessions to list: if there are more, `sessions` is null. */
  readMetrics: (a: { now: Date; agedAt: Date; dueAt: Date; most: number }) =>
    call('read_metrics', { now: a.now, aged_at: a.agedAt, due_at: a.dueAt, most: a.most }, metricsRow),
  readMonitor: (now: Date) => call('read_monitor', { now }, monitorRow),
});
