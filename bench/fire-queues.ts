// Fires jobs by job queues in Postgres: each queue polls as often as it does by default, and graphile-worker is measured a second time with faster
// polling.
import { Logger, makeWorkerUtils, type Runner, run } from 'graphile-worker';
import PgBoss from 'pg-boss';
import { sleep } from './moment.ts';

const GAP_MS = 12;
const LEAD_MS = 400;
const TIMEOUT_MS = 12_000;
const QUEUE = 'fire';
/** pg-boss accepts no polling interval shorter than half a second. */
const BOSS_POLL_S = 0.5;
const FAST_POLL_MS = 100;

export interface Queues {
  /** How late each queue fired, in milliseconds, by the queue's name. */
  fire(firings: number): Promise<Map<string, number[]>>;
  close(): Promise<void>;
}

interface Queue {
  readonly name: string;
  add(at: Date): Promise<unknown>;
  close(): Promise<unknown>;
}

interface Heard {
  readonly atMs: number;
  readonly lateMs: number;
}

const wallMs = (): number => performance.timeOrigin + performance.now();

/** Opens each queue in a database of its own, because graphile-worker, when it creates its tables, stops other workers in its database. */
export async function openQueues(newDatabase: (name: string) => Promise<string>): Promise<Queues> {
  const lateness = new Map<string, Heard[]>();
  const heard = (name: string, atMs: number) => lateness.get(name)?.push({ atMs, lateMs: wallMs() - atMs });
  const queues = [
    await openGraphile(await newDatabase('graphile'), 'graphile-worker runAt', undefined, heard),
    await openGraphile(
      await newDatabase('graphile_fast'),
      `graphile-worker runAt, polling ${FAST_POLL_MS} ms`,
      FAST_POLL_MS,
      heard,
    ),
    await openBoss(await newDatabase('boss'), heard),
  ];
  return {
    async fire(firings) {
      for (const { name } of queues) lateness.set(name, []);
      const firstMs = wallMs() + LEAD_MS + firings * 3;
      const instants = Array.from({ length: firings }, (_, at) => new Date(Math.round(firstMs + at * GAP_MS)));
      await Promise.all(instants.flatMap((instant) => queues.map((queue) => queue.add(instant))));
      // A job whose instant came before all jobs were in the table is not counted: its lateness would come from the time that our inserting takes.
      const allInAtMs = wallMs();
      const until = performance.now() + TIMEOUT_MS + firings * GAP_MS;
      while (performance.now() < until && [...lateness.values()].some((all) => all.length < firings)) await sleep(50);
      const inTime = (all: readonly Heard[]) => all.filter(({ atMs }) => atMs > allInAtMs).map(({ lateMs }) => lateMs);
      return new Map([...lateness].map(([name, all]) => [name, inTime(all)]));
    },
    async close() {
      for (const queue of queues) await queue.close();
    },
  };
}

type Hear = (name: string, atMs: number) => void;

async function openGraphile(
  connectionString: string,
  name: string,
  pollInterval: number | undefined,
  heard: Hear,
): Promise<Queue> {
  const options = { connectionString, logger: new Logger(() => () => undefined) };
  const taskList = { fire: async (payload: unknown) => heard(name, (payload as { atMs: number }).atMs) };
  const utils = await makeWorkerUtils(options);
  const runner: Runner = await run({
    ...options,
    taskList,
    concurrency: 10,
    noHandleSignals: true,
    ...(pollInterval === undefined ? {} : { pollInterval }),
  });
  return {
    name,
    add: (at) => utils.addJob(QUEUE, { atMs: at.getTime() }, { runAt: at }),
    async close() {
      await runner.stop();
      await utils.release();
    },
  };
}

async function openBoss(connectionString: string, heard: Hear): Promise<Queue> {
  const name = `pg-boss startAfter, polling ${BOSS_POLL_S * 1000} ms`;
  const boss = new PgBoss({ connectionString, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE);
  await boss.work<{ atMs: number }>(QUEUE, { pollingIntervalSeconds: BOSS_POLL_S, batchSize: 50 }, async (jobs) => {
    for (const job of jobs) heard(name, job.data.atMs);
  });
  return {
    name,
    add: (at) => boss.send(QUEUE, { atMs: at.getTime() }, { startAfter: at }),
    close: () => boss.stop({ graceful: false }),
  };
}
