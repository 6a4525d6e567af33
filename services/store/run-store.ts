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
  races: z.array(z.record(z.string(), z.unknown())),
  upcoming: z.array(prebookingRow),
  runs: z.array(runRow),
  /** By job: ticks that were missed and made up, as long as runs are kept (thirty days). */
  missedTicks: z.record(z.string(), z.number()),
  lastGoodRefreshAt: maybeInstant,
  unsentNotices: z.number(),
  skewedDeliveries: z.number(),
});
/** All that the monitor is drawn from, one read. */
export type MonitorRows = z.infer<typeof monitorRow>;

/** The verbs of runs. */
export const runStore = (call: Call) => ({
  /** @param missedTicks this run makes up so many ticks that came while the process stood still. */
  startRun: (id: string, job: string, now: Date, missedTicks = 0) =>
    call('start_run', { id, job, now, missed_ticks: missedTicks }, z.number()),
  finishRun: (a: { id: string; report: unknown; failureCode: string | undefined; now: Date }) =>
    call('finish_run', { id: a.id, report: a.report, failure_code: a.failureCode, now: a.now }, z.number()),
  readMonitor: (now: Date) => call('read_monitor', { now }, monitorRow),
});
