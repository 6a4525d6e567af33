// How late a job runs that is set for an instant: by our timed sender, by timers in the process and by queues in Postgres.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { whileOneCoreIsBusy } from './busy.ts';
import { openQueues } from './fire-queues.ts';
import { fireInProcess } from './fire-timers.ts';
import { openRoom } from './room.ts';
import { collect, quantile } from './stats.ts';

/** How many times each way fires, over all rounds together. */
const FIRINGS = 1_000;

export const fire: Bench = {
  name: 'fire',
  what: '1,000 firings, idle and with one core busy: lateness of our starter, setTimeout, croner, pg-boss and graphile-worker',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const each = Math.ceil((quick ? 100 : FIRINGS) / rounds);
  const lateness = new Map<string, number[]>();
  const add = (load: string, seen: Map<string, number[]>) => {
    for (const [way, samples] of seen) collect(lateness, `${load}/${way}`, samples);
  };
  const room = await openRoom();
  const queues = await openQueues(room.newDatabase);
  try {
    await fireInProcess(10);
    for (let at = 0; at < rounds; at += 1) {
      say(`fire: round ${at + 1} of ${rounds}`);
      add('idle', await fireInProcess(each));
      add('one core busy', await whileOneCoreIsBusy(() => fireInProcess(each)));
      add('idle', await queues.fire(each));
    }
  } finally {
    await queues.close();
    await room.close();
  }
  return conclude(lateness);
}

function conclude(lateness: Map<string, number[]>): Outcome {
  const us = (ms: number): number => round(ms * 1000);
  const of = (key: string): number[] => lateness.get(key) ?? [];
  const early = (samples: readonly number[]): number => samples.filter((ms) => ms < 0).length;
  const rows = [...lateness].map(([key, samples]) => [
    ...key.split('/'),
    samples.length,
    us(quantile(samples, 0.5)),
    us(quantile(samples, 0.99)),
    us(quantile(samples, 1)),
    early(samples),
  ]);
  const ours = [...of('idle/puntual'), ...of('one core busy/puntual')];
  const p50 = quantile(of('idle/puntual'), 0.5);
  // The table also shows graphile-worker with faster polling than its default; the target (puntual 1,000 times quicker than the queues) is judged
  // without that result.
  const queued = [...lateness].filter(([key]) => /pg-boss|graphile-worker runAt$/.test(key));
  const quickest = Math.min(...queued.map(([, all]) => quantile(all, 0.5)));
  return {
    tables: [
      {
        title: 'Microseconds after the instant',
        head: ['load', 'way', 'firings', 'p50', 'p99', 'last', 'early'],
        rows,
      },
    ],
    targets: [
      target('firings before the instant', early(ours), 0, ''),
      target('p50, idle', p50 * 1000, 20, ' µs'),
      target('p50 of graphile-worker and pg-boss (the quicker), times ours', quickest / p50, 1_000, '×', true),
    ],
    figures: { rows },
  };
}
