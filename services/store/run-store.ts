// Runs of jobs, and the snapshot that /metrics and /monitor are drawn from.
import { z } from 'zod';
import type { Call } from './call.ts';
import { monitorRow } from './rows.ts';

export const runStore = (call: Call) => ({
  startRun: (id: string, job: string, now: Date) => call('start_run', { id, job, now }, z.number()),
  finishRun: (a: { id: string; report: unknown; failureCode: string | undefined; now: Date }) =>
    call('finish_run', { id: a.id, report: a.report, failure_code: a.failureCode, now: a.now }, z.number()),
  readMonitor: (now: Date) => call('read_monitor', { now }, monitorRow),
  readSealCanaries: () =>
    call('read_seal_canaries', {}, z.array(z.object({ kid: z.string(), userId: z.string(), wrapped: z.string() }))),
});
