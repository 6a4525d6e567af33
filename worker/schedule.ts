// The timed jobs as a table: what runs, how often, and the path by which Vercel's cron or a QStash schedule starts it. In a long-running process
// node-cron starts the jobs; the process skips a tick of a job that still runs. If ticks were missed while the process was suspended, one run right
// afterwards makes up for all of them. QStash's schedules call each job's `path` as often as the job's `every` says (docs/hosted.md).
import cron, { type Logger as CronLogger } from 'node-cron';
import type { Logger } from 'pino';
import { purgeDeviceSessions } from '../jobs/purge-device-sessions.ts';
import { refreshBackgroundSessions } from '../jobs/refresh-background-sessions.ts';
import { replaySpool } from '../jobs/replay-spool.ts';
import { sweepPrebookings } from '../jobs/sweep-prebookings.ts';
import { watchPlaces } from '../jobs/watch-places.ts';
import { asFailure } from '../services/failures.ts';
import type { AppContext } from './app-context.ts';
import { runJob, type TimedJob } from './run-job.ts';
import type { Services } from './services.ts';

export interface Scheduled extends TimedJob {
  /** When the job runs, as a cron expression in UTC. */
  readonly every: string;
  /** The path that runs the job over HTTP; absent if only a long-running process runs it. */
  readonly path?: string;
}

/**
 * A refresh run whose time limit is at most this many ms counts as a run in a serverless function. If many sessions are due, a run in a serverless
 * function asks the queue for further calls that share its work.
 */
const CUT_SHORT_MS = 5 * 60_000;

export const REFRESH: Scheduled = {
  name: 'refresh-background-sessions',
  every: '*/20 * * * *',
  path: '/cron/refresh-tokens',
  async run(services, { runId, until, limitMs, stopping }) {
    const report = await refreshBackgroundSessions(services, {
      runId,
      until,
      stopping,
      fanOut: limitMs <= CUT_SHORT_MS,
    });
    // The dead-man's switch (an outside service that alarms the operator when calls stop) is called after each refresh run that did not fail; an
    // error of that call does not fail the run.
    await services
      .deadman?.()
      .catch((error: unknown) =>
        services.logger.warn({ code: asFailure(error).code }, 'schedule: the dead-man address was not reached'),
      );
    return report;
  },
};
/**
 * The pass over troubled sessions between two refresh runs has a name of its own: its rows in `runs` must not hide that the refresh runs have
 * stopped.
 */
export const REFRESH_TROUBLED: Scheduled = {
  name: 'refresh-background-sessions:troubled',
  every: '* * * * *',
  run: (services, { runId, until, stopping }) =>
    refreshBackgroundSessions(services, { runId, until, stopping, only: 'troubled' }),
};
export const SWEEP: Scheduled = {
  name: 'sweep-prebookings',
  every: '* * * * *',
  path: '/cron/sweep-prebookings',
  run: (services, { until, stopping }) => sweepPrebookings(services, until, stopping),
};
export const PURGE: Scheduled = {
  name: 'purge-device-sessions',
  every: '17 4 * * *',
  path: '/cron/purge-device-sessions',
  run: (services) => purgeDeviceSessions(services),
};
/** The job that replays the spool. The job needs no `path`: a deployment whose jobs are started over HTTP has no disk, and so no spool. */
export const REPLAY: Scheduled = {
  name: 'replay-spool',
  every: '* * * * *',
  run: (services) => replaySpool(services),
};
/**
 * The pass over watches, which runs in the same HTTP call as the sweep. A long-running process reads each watched day when it is due
 * (place-watch.ts), so it does not run `WATCH_PLACES`.
 */
export const WATCH_PLACES: TimedJob = {
  name: 'watch-places',
  run: (services, { until, stopping }) => watchPlaces(services, until, stopping),
};
export const SCHEDULE: readonly Scheduled[] = [REFRESH, REFRESH_TROUBLED, SWEEP, PURGE, REPLAY];

export interface Ticking {
  /** Starts no further job; resolves when the running jobs are done. */
  stop(): Promise<void>;
}

/** Starts the timed jobs. A run that fails is recorded and logged by `runJob`, and the next tick comes all the same. */
export function startTicking(
  services: Services,
  { jobLimitMs, stopping }: Pick<AppContext, 'jobLimitMs' | 'stopping'>,
  schedule = SCHEDULE,
): Ticking {
  const running = new Map<string, Promise<unknown>>();
  const missed = new Map<string, number>();
  let isStopped = false;
  const tick = async (job: Scheduled) => {
    if (running.has(job.name))
      return services.logger.warn({ job: job.name }, 'schedule: still running, this tick is skipped');
    const missedTicks = missed.get(job.name) ?? 0;
    missed.delete(job.name);
    if (missedTicks > 0)
      services.logger.warn({ job: job.name, missedTicks }, 'schedule: ticks were missed, a run makes up for them now');
    const run = runJob(services, job, jobLimitMs, stopping, missedTicks).catch((error) => {
      services.logger.debug({ job: job.name, code: asFailure(error).code }, 'schedule: a run failed');
    });
    running.set(job.name, run);
    await run;
    running.delete(job.name);
  };
  /**
   * Counts one missed tick; node-cron reports each separately. Starts the one run that makes up for all missed ticks, unless node-cron itself has
   * started a run for the last of them.
   */
  const makeUp = (job: Scheduled) => {
    missed.set(job.name, (missed.get(job.name) ?? 0) + 1);
    setImmediate(() => (missed.has(job.name) && !running.has(job.name) && !isStopped ? tick(job) : undefined));
  };
  const tasks = schedule.map((job) => {
    const task = cron.schedule(job.every, () => tick(job), {
      name: job.name,
      timezone: 'UTC',
      logger: cronLogger(services.logger),
    });
    task.on('execution:missed', () => makeUp(job));
    return task;
  });
  return {
    async stop() {
      isStopped = true;
      await Promise.all(tasks.map((task) => task.destroy()));
      await Promise.all(running.values());
    },
  };
}

/** Passes node-cron's own log lines to our logger. */
const cronLogger = (logger: Logger): CronLogger => ({
  info: (message) => logger.info(`node-cron: ${message}`),
  warn: (message) => logger.warn(`node-cron: ${message}`),
  error: (message, err) => logger.error({ err: err ?? message }, 'node-cron: failed'),
  debug: (message) => logger.debug(`node-cron: ${String(message)}`),
});
