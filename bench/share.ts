// Several processes on one database: each process refreshes with a small concurrency, leases share the sessions out, and no session is renewed twice.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { openRefreshStage, type RefreshStage, type Shared } from './refresh-stage.ts';
import { median } from './stats.ts';

const PROCESSES = [1, 2, 4];
/** How many sessions each process renews at a time, and the pretend gym's latency in ms. */
const AT = { concurrency: 10, latencyMs: 200 };
/** How many sessions are due for each process; enough for a pass to take some seconds whatever the number of processes. */
const DUE = 200;
const MAX_ROUNDS = 3;

export const share: Bench = {
  name: 'share',
  what: '1, 2 and 4 processes refresh from one database, 10 at a time each, gym 200 ms: sessions a second, renewals too many',
  run,
};

interface Pass extends Shared {
  readonly due: number;
}

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const stage = await openRefreshStage();
  const passes = new Map<number, Pass[]>(PROCESSES.map((count) => [count, []]));
  try {
    const due = quick ? 60 : DUE;
    await stage.fill(due * Math.max(...PROCESSES));
    // One pass runs unmeasured, so that every process has compiled its code before the measured passes.
    await pass(stage, Math.max(...PROCESSES), due);
    for (let at = 0; at < Math.min(rounds, MAX_ROUNDS); at += 1) {
      say(`share: round ${at + 1} of ${Math.min(rounds, MAX_ROUNDS)}`);
      for (const count of PROCESSES) passes.get(count)?.push(await pass(stage, count, due));
    }
  } finally {
    await stage.close();
  }
  return conclude(passes);
}

async function pass(stage: RefreshStage, processes: number, due: number): Promise<Pass> {
  return { due: due * processes, ...(await stage.share(processes, { ...AT, due: due * processes })) };
}

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

function conclude(passes: Map<number, Pass[]>): Outcome {
  const rateOf = (count: number) =>
    median((passes.get(count) ?? []).map((one) => (1000 * sum(one.updated)) / one.tookMs));
  const all = [...passes.values()].flat();
  const rows = PROCESSES.map((count) => {
    const own = passes.get(count) ?? [];
    const least = Math.min(...own.map((one) => Math.min(...one.updated) / sum(one.updated)));
    return [count, ...[rateOf(count), rateOf(count) / rateOf(1), 100 * least].map(round), sum(own.map(doubles))];
  });
  return {
    tables: [
      {
        title: 'Sessions a second, median of rounds',
        head: ['processes', 'a second', 'times one', 'smallest share %', 'renewals too many'],
        rows,
      },
    ],
    targets: [
      target('two processes, times one', rateOf(2) / rateOf(1), 1.7, '×', true),
      target('four processes, times one', rateOf(4) / rateOf(1), 3, '×', true),
      target('renewals too many', sum(all.map(doubles)), 0, ''),
      target('sessions not renewed', sum(all.map((one) => one.missed)), 0, ''),
    ],
    figures: { rows },
  };
}

/**
 * Returns the larger of two counts: the renewals asked of the gym beyond one for each due session, and the sessions that were renewed more than once.
 */
const doubles = ({ asked, due, doubled }: Pass): number => Math.max(doubled, asked - due, 0);
