// Runs of jobs, and the snapshot that /metrics and /monitor are drawn from.
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
  /** Receipts, the latest first, each with `outcome`, `boxId`, `day`, `timeId` and `className` of its prebooking. */
  races: z.array(z.record(z.string(), z.unknown())),
  upcoming: z.array(prebookingRow),
  runs: z.array(runRow),
  /** The latest whole ones, newest first. */
  refreshRuns: z.array(runRow),
  /** By job: ticks that were missed and made up, as long as runs are kept (thirty days). */
  missedTicks: z.record(z.string(), z.number()),
  lastGoodRefreshAt: maybeInstant,
  /** What the operator is told of and that is not over. */
  news: z.array(z.object({ kind: z.string(), since: instant, count: z.number() })),
  unsentNotices: z.number(),
  skewedDeliveries: z.number(),
});
/** All that the monitor is drawn from, one read. */
export type MonitorRows = z.infer<typeof monitorRow>;

const metricsRow = z.object({
  /** One a background session, oldest success first; null where there are more than asked for. */
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
  /** Background sessions by state. */
  statuses: z.record(z.string(), z.number()),
  aged: z.number(),
  due: z.number(),
  oldestSuccessAt: maybeInstant,
  /** Ever, of sessions that have left too. */
  updates: z.number(),
  successes: z.number(),
  devices: z.number(),
  members: z.record(z.string(), z.number()),
  /** Prebookings by state, and ended ones by `state cause`; `endedEver` has those that have left, too. */
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
/** What the metrics are drawn from, one read. */
export type MetricsRows = z.infer<typeof metricsRow>;

/** The verbs of runs. */
export const runStore = (call: Call) => ({
  /** @param missedTicks this run makes up so many ticks that came while the process stood still. */
  startRun: (id: string, job: string, now: Date, missedTicks = 0) =>
    call('start_run', { id, job, now, missed_ticks: missedTicks }, z.number()),
  finishRun: (a: { id: string; report: unknown; failureCode: string | undefined; now: Date }) =>
    call('finish_run', { id: a.id, report: a.report, failure_code: a.failureCode, now: a.now }, z.number()),
  /** @param a.most with more background sessions than that their rows are left out. */
  readMetrics: (a: { now: Date; agedAt: Date; dueAt: Date; most: number }) =>
    call('read_metrics', { now: a.now, aged_at: a.agedAt, due_at: a.dueAt, most: a.most }, metricsRow),
  readMonitor: (now: Date) => call('read_monitor', { now }, monitorRow),
});
