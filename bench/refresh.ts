// The refresh with everything that makes it safe, over 10,000 sessions, beside two common programs without that safety. The bench measures how near a
// refresh comes to the rate that the gym's latency allows, and how much CPU time a session costs. Refresh passes over 1,000 to 50,000 sessions show
// how the CPU time and the memory grow.
import { type Bench, type Outcome, round, type Setting, type Target, target } from './bench.ts';
import { MAX_CONCURRENCY, type RefreshFigures, type RefreshWay } from './refresh-shapes.ts';
import { openRefreshStage, type RefreshStage } from './refresh-stage.ts';
import { medianOf, rotated } from './stats.ts';
import { lineChart } from './svg.ts';

interface Cell {
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly isFar: boolean;
  /** How many sessions are due; enough for a pass to take some seconds. */
  readonly due: number;
  /** The wanted rate of renewals, in percent of the rate that the gym allows (concurrency ÷ latency). */
  readonly wanted?: number;
  readonly peers?: boolean;
}

const CELLS: readonly Cell[] = [
  { concurrency: 10, latencyMs: 50, isFar: false, due: 240 },
  { concurrency: 50, latencyMs: 50, isFar: false, due: 3_000, wanted: 95, peers: true },
  { concurrency: 200, latencyMs: 50, isFar: false, due: 4_000, wanted: 82 },
  { concurrency: 10, latencyMs: 200, isFar: false, due: 60 },
  { concurrency: 50, latencyMs: 200, isFar: false, due: 300 },
  { concurrency: 200, latencyMs: 200, isFar: false, due: 3_000, wanted: 95, peers: true },
  { concurrency: 50, latencyMs: 50, isFar: true, due: 3_000, wanted: 75, peers: true },
];
/** How many sessions the peer with p-limit refreshes; enough to know its pace. */
const PEER_DUE = 800;
const SESSIONS = 10_000;
const GROWTH = [1_000, 10_000, 50_000];
const QUICK_GROWTH = [300, 1_000];
/** A high concurrency, so that 50,000 sessions take less than a minute. */
const GROWTH_CONCURRENCY = MAX_CONCURRENCY;
/** How many sessions the peer "one after another" refreshes; enough to know its slow pace. */
const ONE_BY_ONE = 15;

export const refresh: Bench = {
  name: 'refresh',
  what: '10,000 sessions, gym latency 50/200 ms, concurrency 10/50/200, database 0 and 20 ms away: ours, p-limit + PATCH, one after another',
  run,
};

interface Pass extends RefreshFigures {
  readonly due: number;
}
type Passes = Map<string, Pass[]>;

const keyOf = (way: RefreshWay, { concurrency, latencyMs, isFar }: Cell): string =>
  `${way}/${concurrency}/${latencyMs}/${isFar ? 20 : 0}`;

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const stage = await openRefreshStage();
  const passes: Passes = new Map();
  try {
    await stage.fill(quick ? 1_000 : SESSIONS);
    const cells = quick ? CELLS.map((cell) => ({ ...cell, due: Math.min(cell.due, 600) })) : CELLS;
    for (let at = 0; at < rounds; at += 1) {
      say(`refresh: round ${at + 1} of ${rounds}`);
      for (const cell of rotated(cells, at)) await allWays(stage, cell, passes);
    }
    say('refresh: ever more sessions');
    const growth: Pass[] = [];
    for (const due of quick ? QUICK_GROWTH : GROWTH) {
      await stage.fill(due);
      const at = { concurrency: GROWTH_CONCURRENCY, latencyMs: 50, isFar: false, due, isFirst: true };
      growth.push({ due, ...(await stage.pass('puntual', at)) });
    }
    return conclude(cells, passes, growth);
  } finally {
    await stage.close();
  }
}

async function allWays(stage: RefreshStage, cell: Cell, passes: Passes): Promise<void> {
  const ways: RefreshWay[] = ['puntual'];
  if (cell.peers) ways.push('p-limit, PATCH per row', 'one after another');
  for (const way of ways) {
    const most = { puntual: cell.due, 'p-limit, PATCH per row': PEER_DUE, 'one after another': ONE_BY_ONE };
    const due = Math.min(cell.due, most[way]);
    const key = keyOf(way, cell);
    passes.set(key, [...(passes.get(key) ?? []), { due, ...(await stage.pass(way, { ...cell, due })) }]);
  }
}

const perSecond = (pass: Pass): number => (pass.updated / pass.tookMs) * 1000;
const cpuUs = (pass: Pass): number => (pass.cpuMs / pass.due) * 1000;
const lostOf = (passes: Passes): number =>
  [...passes]
    .filter(([key]) => key.startsWith('puntual/'))
    .flatMap(([, all]) => all)
    .reduce((sum, pass) => sum + pass.due - pass.updated, 0);
const limitOf = ({ concurrency, latencyMs }: Cell): number => (concurrency / latencyMs) * 1000;

function conclude(cells: readonly Cell[], passes: Passes, growth: readonly Pass[]): Outcome {
  const shareOf = (cell: Cell): number =>
    (100 * medianOf(passes.get(keyOf('puntual', cell)) ?? [], perSecond)) / limitOf(cell);
  const rows = [...passes].map(([key, all]) => {
    const [way = '', concurrency, latencyMs, farMs] = key.split('/');
    const rate = medianOf(all, perSecond);
    const limit = (Number(concurrency) / Number(latencyMs)) * 1000;
    const figures = [rate, (100 * rate) / limit, medianOf(all, cpuUs), medianOf(all, (pass) => pass.peakRssMb)];
    return [way, Number(concurrency), Number(latencyMs), Number(farMs), ...figures.map(round)];
  });
  const grown = growth.map((pass) => [
    pass.due,
    round(pass.tookMs),
    ...[cpuUs(pass), pass.peakRssMb, pass.startRssMb].map(round),
  ]);
  return {
    tables: [
      {
        title: 'Sessions a second, median of rounds',
        head: ['way', 'concurrency', 'gym ms', 'database ms', 'a second', '% of the limit', 'CPU µs', 'peak MB'],
        rows,
      },
      {
        title: 'Ours with ever more sessions due (concurrency 200, gym 50 ms, a process each)',
        head: ['due', 'ms', 'CPU µs a session', 'peak MB', 'of which at the start'],
        rows: grown,
      },
    ],
    targets: targetsOf(cells, shareOf, growth, lostOf(passes)),
    figures: { rows, growth: grown },
    pictures: { 'refresh.svg': picture(growth) },
  };
}

function targetsOf(
  cells: readonly Cell[],
  shareOf: (cell: Cell) => number,
  growth: readonly Pass[],
  lost: number,
): Target[] {
  const shares = cells.flatMap((cell) => {
    const where = `${cell.concurrency} at ${cell.latencyMs} ms${cell.isFar ? ', database 20 ms away' : ''}`;
    return cell.wanted === undefined ? [] : [target(`of the limit, ${where}`, shareOf(cell), cell.wanted, ' %', true)];
  });
  const [least, ...more] = growth;
  const most = more.at(-1) ?? least;
  const tenThousand = growth.find((pass) => pass.due === SESSIONS) ?? most;
  if (!least || !most || !tenThousand) return shares;
  return [
    ...shares,
    target('sessions of ours not renewed', lost, 0, ''),
    target('CPU a session, 10,000 due', cpuUs(tenThousand), 250, ' µs'),
    target('peak memory, 10,000 due', tenThousand.peakRssMb, 150, ' MB'),
    target(`peak memory, ${most.due} due ÷ ${least.due} due`, most.peakRssMb / least.peakRssMb, 1.25, '×'),
    target(
      `time a session, ${most.due} due ÷ ${least.due} due`,
      most.tookMs / most.due / (least.tookMs / least.due),
      1.1,
      '×',
    ),
  ];
}

const picture = (growth: readonly Pass[]): string =>
  lineChart({
    title: 'Refresh: cost by the number of sessions due',
    xName: 'sessions due',
    yName: 'seconds',
    lines: [
      { name: 'time', points: growth.map((pass) => [pass.due, pass.tookMs / 1000]) },
      { name: 'CPU', points: growth.map((pass) => [pass.due, pass.cpuMs / 1000]) },
    ],
  });
