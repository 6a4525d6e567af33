// Timed jobs: each run leaves a row whatever happens, no run goes on for ever or overlaps another run of its job, and all hosting platforms have the
// same schedules.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import { measure } from '../../worker/monitor/measure.ts';
import { runJob, type TimedJob } from '../../worker/run-job.ts';
import { SCHEDULE, startTicking } from '../../worker/schedule.ts';
import { handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';

let app: TestService;
beforeAll(async () => {
  app = await startService(town, handClock(SUNDAY_NOON));
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from runs'));

const job = (run: TimedJob['run']): TimedJob => ({ name: 'a-job', run });
const rows = async () =>
  (await app.cloud.pool.query('select job, started_at, finished_at, report, failure_code from runs')).rows;

describe('a run', () => {
  test('answers its id, what the job reported, and how long it took', async () => {
    const answer = await runJob(
      app.services,
      job(async () => ({ done: 3 })),
      1_000,
    );
    expect(answer).toEqual({ runId: expect.any(String), done: 3, durationMs: expect.any(Number) });
    expect(await rows()).toEqual([
      { job: 'a-job', started_at: SUNDAY_NOON, finished_at: SUNDAY_NOON, report: { done: 3 }, failure_code: null },
    ]);
  });

  test('has its row while it runs', async () => {
    let during: unknown[] = [];
    await runJob(
      app.services,
      job(async () => {
        during = await rows();
        return {};
      }),
      5_000,
    );
    expect(during).toMatchObject([{ finished_at: null }]);
  });

  test('that fails keeps the code in its row, and throws', async () => {
    const broken = job(() =>
      Promise.reject(new Failure('refresh/nothing-updated', 'none', { details: { sessionIds: ['s1'] } })),
    );
    await expect(runJob(app.services, broken, 1_000)).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    expect(await rows()).toMatchObject([
      { failure_code: 'refresh/nothing-updated', report: { details: { sessionIds: ['s1'] } } },
    ]);
  });

  test('that crashes is a failure of ours', async () => {
    await expect(
      runJob(
        app.services,
        job(() => Promise.reject(new TypeError('x'))),
        1_000,
      ),
    ).rejects.toMatchObject({ code: 'internal/unexpected' });
  });

  test('that does not end is overdue', async () => {
    const endless = job(() => new Promise(() => {}));
    await expect(runJob(app.services, endless, 20)).rejects.toMatchObject({ code: 'run/overdue' });
    expect(await rows()).toMatchObject([{ failure_code: 'run/overdue' }]);
  });

  test.each([
    ['75 seconds, which a renewal may need to be answered and committed', 280_000, 205_000],
    ['half, where that is less', 10_000, 5_000],
  ])('is told to begin nothing new in its last %s', async (_words, limitMs, untilMs) => {
    let until: Date | undefined;
    await runJob(
      app.services,
      job(async (_services, context) => {
        until = context.until;
        return {};
      }),
      limitMs,
    );
    expect(until).toEqual(new Date(SUNDAY_NOON.getTime() + untilMs));
  });

  test('logs with the id of its run', async () => {
    const { runId } = await runJob(
      app.services,
      job(async ({ logger }) => {
        logger.warn('from inside');
        return {};
      }),
      1_000,
    );
    expect(app.log.find((line) => line.includes('from inside'))).toContain(runId);
  });
});

const LONG = { jobLimitMs: 10_000, stopping: new AbortController().signal };

describe('ticking', () => {
  test('starts a job again and again, never beside itself, and stops when told', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const slow = {
      ...job(async () => {
        running += 1;
        most = Math.max(most, running);
        await app.services.clock.sleep(1_500);
        running -= 1;
        runs += 1;
        return {};
      }),
      every: '* * * * * *',
    };
    const ticking = startTicking(app.services, LONG, [slow]);
    await expect.poll(() => runs, { timeout: limitMs(10_000) }).toBeGreaterThanOrEqual(2);
    await ticking.stop();
    const after = runs;
    expect([most, running]).toEqual([1, 0]);
    await app.services.clock.sleep(1_200);
    expect(runs).toBe(after);
  });

  test('goes on after a run that failed', async () => {
    let runs = 0;
    const fail = async () => {
      runs += 1;
      throw new Error('broken');
    };
    const broken = { ...job(fail), every: '* * * * * *' };
    const ticking = startTicking(app.services, LONG, [broken]);
    await expect.poll(() => runs, { timeout: limitMs(10_000) }).toBeGreaterThanOrEqual(2);
    await ticking.stop();
  });
});

describe('F6', () => {
  /** Blocks this process until the instant `untilMs`, as when the machine is suspended. */
  const standStill = (untilMs: number) => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(cell, 0, 0, Math.max(1, untilMs - systemClock.now().getTime()));
  };

  test('a tick that comes while the process stands still is made up at once, counted, and said in our own log', async () => {
    app.log.length = 0;
    let runs = 0;
    const count = async () => {
      runs += 1;
      return {};
    };
    const at = new Date(Math.ceil(systemClock.now().getTime() / 1_000) * 1_000 + 2_000);
    // The job is due once an hour: if the missed run were not repeated later, the job would not run again in this test.
    const every = `${at.getUTCSeconds()} ${at.getUTCMinutes()} * * * *`;
    const ticking = startTicking(app.services, LONG, [{ ...job(count), every }]);
    standStill(at.getTime() + 2_500);
    await expect.poll(() => runs, { timeout: limitMs(10_000) }).toBe(1);
    await ticking.stop();
    const { rows: made } = await app.cloud.pool.query('select job, missed_ticks from runs');
    expect(made).toEqual([{ job: 'a-job', missed_ticks: 1 }]);
    expect(app.log.filter((line) => line.includes('ticks were missed'))).toHaveLength(1);
    expect(await measure(app.services)).toContain('puntual_missed_ticks{job="a-job"} 1');
  });

  test('several missed ticks of a job are made up by one run', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<object>();
    const stand = () => {
      runs += 1;
      return gate.promise.then(() => ({}));
    };
    const ticking = startTicking(app.services, LONG, [{ ...job(stand), every: '* * * * * *' }]);
    standStill(systemClock.now().getTime() + 5_500);
    await expect.poll(async () => (await app.cloud.pool.query('select missed_ticks from runs')).rows).toHaveLength(1);
    gate.resolve({});
    await ticking.stop();
    expect(runs).toBe(1);
    const { rows: made } = await app.cloud.pool.query('select missed_ticks from runs order by started_at');
    expect(made[0].missed_ticks).toBeGreaterThanOrEqual(2);
  });
});

describe('the schedule', () => {
  test('refreshes every twenty minutes, and looks after the troubled and the prebookings every minute', () => {
    expect(Object.fromEntries(SCHEDULE.map(({ name, every }) => [name, every]))).toEqual({
      'refresh-background-sessions': '*/20 * * * *',
      'refresh-background-sessions:troubled': '* * * * *',
      'sweep-prebookings': '* * * * *',
      'purge-device-sessions': '17 4 * * *',
      'replay-spool': '* * * * *',
    });
  });

  test('names only paths that vercel.json knows, and vercel.json names no other', () => {
    const { crons } = JSON.parse(readFileSync(new URL('../../vercel.json', import.meta.url), 'utf8'));
    const paths = crons.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual(SCHEDULE.flatMap(({ path }) => path ?? []).toSorted());
  });
});
