// The only way to run a timed job: a run row before and after, a time limit, a log line with the run's id. It knows no job by name.
import { randomUUID } from 'node:crypto';
import { withDeadline } from '../services/clock.ts';
import { asFailure, Failure } from '../services/failures.ts';
import type { Services } from './services.ts';

export interface RunContext {
  readonly runId: string;
  /** No new work should be begun after this instant. */
  readonly until: Date;
  /** The longest this run may take, in all. */
  readonly limitMs: number;
  /** Aborted when the process is asked to end: finish soon. */
  readonly stopping?: AbortSignal | undefined;
}
export interface TimedJob {
  readonly name: string;
  run(services: Services, context: RunContext): Promise<object>;
}
export type RunAnswer = { readonly runId: string; readonly durationMs: number } & Readonly<Record<string, unknown>>;

/** Left for finishing work under way: a renewal may take 60 s to be answered, and has to be sent before and committed after. */
const FINISHING_MS = 75_000;

/**
 * Runs a job once. `missedTicks`: how many missed ones it makes up for. An error is recorded in its run row and thrown again; run/overdue if the
 * job does not end.
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
  const finish = (report: object | undefined, failureCode: string | undefined) =>
    store.finishRun({ id: runId, report, failureCode, now: clock.now() });
  try {
    // A job cannot be stopped from outside: past the limit we stop waiting for it, and what it holds is fenced in the database.
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
    // The run's own failure is the one thrown; a failure to record it goes to the log only. A job that throws because of its result still has its
    // report stored.
    const { report, ...details } = failure.details as { report?: object };
    await finish({ ...report, ...(Object.keys(details).length > 0 && { details }) }, failure.code).catch((err) => logger.error({ err }, 'run: not recorded'));
    throw failure;
  }
}
