// Runs of jobs, and the snapshot that /metrics and /monitor are drawn from.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, monitorRow } from './rows.ts';

const operatorAlertRow = z.object({
  kind: z.enum(['aged', 'put-aside', 'all-need-login']),
  since: instant,
  count: z.number(),
});
/** Something the operator is to be told once, and how many background sessions it is about. */
export type OperatorAlert = z.infer<typeof operatorAlertRow>;

export const runStore = (call: Call) => ({
  /** @param missedTicks this run makes up so many ticks that came while the process stood still. */
  startRun: (id: string, job: string, now: Date, missedTicks = 0) =>
    call('start_run', { id, job, now, missed_ticks: missedTicks }, z.number()),
  /** The alerts that stand and have not been told. @param agedAt a last success at or before it is too old. */
  raiseAlerts: (agedAt: Date, now: Date) => call('raise_alerts', { aged_at: agedAt, now }, z.array(operatorAlertRow)),
  noteAlertsTold: (kinds: readonly string[], now: Date) => call('note_alerts_told', { kinds, now }, z.number()),
  finishRun: (a: { id: string; report: unknown; failureCode: string | undefined; now: Date }) =>
    call('finish_run', { id: a.id, report: a.report, failure_code: a.failureCode, now: a.now }, z.number()),
  readMonitor: (now: Date) => call('read_monitor', { now }, monitorRow),
  readSealCanaries: () =>
    call('read_seal_canaries', {}, z.array(z.object({ kid: z.string(), userId: z.string(), wrapped: z.string() }))),
});
