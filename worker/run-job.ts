// Runs a timed job: inserts the run's row of `runs` before the job, completes the row afterwards, sets a time limit, and adds the run's id to the
// job's log lines. All timed jobs run through this file.
import { randomUUID } from 'node:crypto';
import { withDeadline } from '../services/clock.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { lookForLostRun, noteFinishedRun } from './restored-database.ts';
import type { Services } from './services.ts';

export interface RunContext {
  readonly runId: string;
  /** The job should begin no further work after this instant. */
  readonly until: Date;
  /** The longest time, in ms, that this run of the job may take. */
  readonly limitMs: number;
  /** Aborted when the process is asked to end; the job should then finish soon. */
  readonly stopping?: AbortSignal | undefined;
}
export interface TimedJob {
  readonly name: string;
  run(services: Services, context: RunContext): Promise<object>;
}
export type RunAnswer = { readonly runId: string; readonly durationMs: number } & Readonly<Record<string, unknown>>;

/**
 * The time, in ms, kept free at the end of a run for work under way: a renewal may wait 60 s for its answer, and the sending and the commit take time
 * too.
 */
const FINISHING_MS = 75_000;

/**
 * Runs a timed job once. `missedTicks` says for how many missed ticks this run makes up. An error is recorded in the run's row and thrown again;
 * run/overdue is thrown if the job does not end within its time limit.
 */
export async function runJob(
  services: Services,
  job: TimedJob,
  limitMs: number,
  stopping?: AbortSignal,
  missedTicks = 0,
): Promise<RunAnswer> {
  const { clock, store } = services;
  const runId = randomUUID();
  const startedAt = clock.now();
  const startedAtMs = clock.monotonicMs();
  const logger = services.logger.child({ job: job.name, runId });
  const until = new Date(startedAt.getTime() + limitMs - Math.min(FINISHING_MS, limitMs / 2));
  await store.startRun(runId, job.name, startedAt, missedTicks);
  await lookForLostRun({ ...services, logger });
  const finish = async (report: object | undefined, failureCode: string | undefined) => {
    const finishedAt = clock.now();
    const rows = await store.finishRun({ id: runId, report, failureCode, now: finishedAt });
    if (rows === 1) noteFinishedRun(store, { runId, finishedAt });
  };
  try {
    // The job's work cannot be ended by force. After the time limit the job is not awaited, and its leases and claims stop it from writing stale
    // results.
    const work = job.run({ ...services, logger }, { runId, until, limitMs, stopping });
    const report = await withDeadline(clock, limitMs, work, () => {
      throw new Failure('run/overdue', `Expected the run to end within ${limitMs} ms.`);
    });
    await finish(report, undefined);
    const durationMs = Math.round(clock.monotonicMs() - startedAtMs);
    logger.info({ report, durationMs }, 'run: finished');
    return { runId, ...report, durationMs };
  } catch (error) {
    const failure = asFailure(error);
    logger.error({ code: failure.code, err: failure }, 'run: failed');
    // The failure of the job is thrown. An error while the failure is being recorded is only logged. If the failure that the job threw carries the
    // job's report, the report is stored all the same, beside the failure's other details.
    const { report, ...details } = failure.details as { report?: object };
    const kept = { ...report, ...(Object.keys(details).length > 0 && { details }) };
    await finish(kept, failure.code).catch((err) => logger.error({ err }, 'run: not recorded'));
    throw failure;
  }
}
