// How many places the first shot wins at gyms that need time to answer, as a share of the places that a shot arriving at the opening would win. The
// races run in virtual time, three at each box. The product's own code aims, shoots and learns, and chooses the page that tells the gym's clock. The
// races of twelve cells (kinds of gym) run over real sockets, too.
import { type Bench, type Outcome, round, type Setting, type Target, target } from './bench.ts';
import {
  type Cell,
  FASTEST_RIVALS_MS,
  nameOf,
  PATHS,
  RACES,
  raceAt,
  type Shooting,
  shapes,
  shareOf,
  WANTED_SHARE,
} from './first-shot-cells.ts';
import { BLIND_SHARES } from './first-shot-race.ts';
import { RIVAL_MS, raceForReal } from './first-shot-real.ts';
import { quantile, seededRandom } from './stats.ts';
import type { GymShape } from './thinking-gym.ts';

const RACES_A_CELL = 300;
/** Each kind of gym has random numbers of its own, so that one kind that is run alone gets the same numbers as in the whole bench. */
const SEED = 20_261_128;
const MAX_PROBES = 68;
/**
 * By how many percentage points the best blind rule of aiming may win more than puntual. Three blind rules are compared by 1,200 races each and the
 * best of the three is chosen afterwards, so the chosen rule may win more than puntual by luck alone.
 */
const MAX_BEHIND = 0.5;
const REAL_THINKING_MS = [20, 80, 150];
const HEAD = ['cheap', 'thinks', 'path', 'Date', 'judged'];
/** How many races of each cell run over real sockets; they are few, because each such race takes some seconds. */
const REAL_RACES = 4;

export const firstShot: Bench = {
  name: 'first-shot',
  what: 'a gym that thinks 0 to 300 ms, Date stamped before or after: places won, of those that a shot arriving at the opening would win',
  run,
};

async function run({ quick, only, say }: Setting): Promise<Outcome> {
  const cells: Cell[] = [];
  const shootings: Shooting[] = [];
  for (const [at, shape] of shapes().entries()) {
    if (only && !only.test(nameOf(shape))) continue;
    say(`first-shot: ${nameOf(shape)}`);
    for (const one of await raceAt(shape, quick ? 30 : RACES_A_CELL, seededRandom(SEED + at))) {
      cells.push(...one.cells);
      shootings.push(one.shooting);
    }
  }
  const simulated = conclude(cells, shootings);
  if (only) return { ...simulated, targets: [] };
  const real = await raceForReal(realShapes(quick), quick ? 2 : REAL_RACES, (shape) => expectedAt(cells, shape), say);
  return {
    tables: [...simulated.tables, real.table],
    targets: [...simulated.targets, ...real.targets],
    figures: { ...simulated.figures, real: real.table.rows },
  };
}

/**
 * The shapes of the twelve cells, all with the network `PATHS[0]`: three thinking times, Date stamped before and after the thinking, with and without
 * a cheap address.
 */
function realShapes(quick: boolean): GymShape[] {
  const some = shapes().filter(
    ({ thinkMs, judge, network }) => REAL_THINKING_MS.includes(thinkMs) && judge === 'arrival' && network === PATHS[0],
  );
  return quick ? some.filter(({ thinkMs, stamp }) => thinkMs === 80 && stamp === 'end') : some;
}

function expectedAt(cells: readonly Cell[], shape: GymShape): number {
  const like = cells.find(
    (cell) => cell.race === 'first' && cell.rivalMs === RIVAL_MS && nameOf(cell.shape) === nameOf(shape),
  );
  return like ? like.ours / like.races : Number.NaN;
}

/**
 * The most percentage points by which the best blind rule beats puntual in any group of gyms with the same thinking time, network and fastest rival.
 * The gyms of a group differ in when, within their work, they stamp `Date` and check the opening. A blind rule knows neither instant, so the shares
 * of places won are averaged over the gyms of a group before they are compared.
 */
function behindBlind(cells: readonly Cell[], which: Cell['race']): number {
  const some = cells.filter(({ race, shape }) => race === which && !shape.hasCheapAddress);
  const groups = Map.groupBy(some, ({ shape, rivalMs }) => `${shape.thinkMs}/${shape.network.name}/${rivalMs}`);
  const behind = [...groups.values()].map((group) => {
    // Each kind of gym counts alike in the average, however many races were run at it.
    const mean = (wins: (cell: Cell) => number) =>
      group.reduce((all, cell) => all + shareOf(wins(cell), cell), 0) / group.length;
    const blind = BLIND_SHARES.map((_, at) => mean((cell) => cell.blind[at] ?? 0));
    return Math.max(...blind) - mean((cell) => cell.ours);
  });
  return Math.max(...behind);
}

function conclude(cells: readonly Cell[], shootings: readonly Shooting[]): Outcome {
  const rows = shootings
    .filter(({ race }) => race === 'first')
    .map((first) => {
      const { thinkMs, stamp, judge, hasCheapAddress, network } = first.shape;
      const [, second = first, third = first] = shootings.filter(({ shape }) => shape === first.shape);
      const all = [first, second, third];
      const shares = all.flatMap(({ shape, race }) => [
        cells
          .filter((cell) => cell.shape === shape && cell.race === race)
          .map((cell) => Math.round(shareOf(cell.ours, cell)))
          .join('/'),
      ]);
      const mean = (all: readonly number[]) => round(all.reduce((sum, one) => sum + one, 0) / all.length);
      const p50 = all.map(({ afterMs }) => round(quantile(afterMs, 0.5)));
      return [
        hasCheapAddress ? 'yes' : 'no',
        thinkMs,
        network.name,
        stamp,
        judge,
        ...shares,
        ...p50,
        ...all.map(({ shots }) => mean(shots)),
      ];
    });
  return {
    tables: [
      {
        title: `% of the places that a shot arriving at the opening wins, fastest rival ${FASTEST_RIVALS_MS.join('/')} ms; first three races at a box`,
        head: [...HEAD, ...['', 'p50 ', 'shots '].flatMap((what) => RACES.map((race) => what + race))],
        rows,
      },
    ],
    targets: targetsOf(cells, shootings),
    figures: { races: shootings[0]?.shots.length, rows },
  };
}

/** Returns the largest value of a list of any length; `Math.max(...all)` throws for a very long list. */
const most = (all: readonly number[]): number =>
  all.reduce((high, one) => Math.max(high, one), Number.NEGATIVE_INFINITY);

function targetsOf(cells: readonly Cell[], shootings: readonly Shooting[]): Target[] {
  const worst = (some: readonly Cell[]) => Math.min(...some.map((cell) => shareOf(cell.ours, cell)));
  const cheap = cells.filter(({ shape }) => shape.hasCheapAddress);
  const third = cells.filter(({ shape, race }) => !shape.hasCheapAddress && race === 'third');
  const meanShots = ({ shots }: Shooting) => shots.reduce((sum, one) => sum + one, 0) / shots.length;
  const under = (some: readonly Cell[]) => some.filter((cell) => shareOf(cell.ours, cell) < WANTED_SHARE).length;
  return [
    target(
      `with a cheap address, worst of ${cheap.length} cells (${under(cheap)} under 98)`,
      worst(cheap),
      WANTED_SHARE,
      ' %',
      true,
    ),
    target(
      'with a cheap address, shots a race, worst cell',
      Math.max(...shootings.filter(({ shape }) => shape.hasCheapAddress).map(meanShots)),
      1.1,
      '',
    ),
    target(
      'without one, first race, behind the best blind rule, worst of 36',
      behindBlind(cells, 'first'),
      MAX_BEHIND,
      ' points',
    ),
    target(
      'without one, second race, which tries, behind the best blind rule, worst of 36',
      behindBlind(cells, 'second'),
      MAX_BEHIND,
      ' points',
    ),
    target(
      `without one, third race, worst of ${third.length} cells (${under(third)} under 98)`,
      worst(third),
      98,
      ' %',
      true,
    ),
    target('shots in one race, at most', most(shootings.map(({ shots }) => most(shots))), 9, ''),
    target(
      'looks at the clock before one race, at most',
      most(shootings.map(({ probes }) => most(probes))),
      MAX_PROBES,
      '',
    ),
  ];
}
