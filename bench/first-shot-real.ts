// Some cells of `first-shot` over real sockets: whole races with a real database and a pretend gym that thinks, without added travel time. The races
// over real sockets are too few to be a result; they only check that the races in virtual time are like real ones.
import { round, type Table, type Target, target } from './bench.ts';
import { openRoom } from './room.ts';
import { quantile } from './stats.ts';
import type { GymShape } from './thinking-gym.ts';
import { CHEAP, SPREAD } from './thinking-gym.ts';
import { openTown, type Town, type TownClass } from './town.ts';

export const RIVAL_MS = 20;
const RIVALS = { count: 200, spreadMs: 150, afterOpeningMs: RIVAL_MS + 150 };
const PLACES = 12;
/**
 * The first class of a cell opens at least this many ms after the cell's boxes and members have been made. The time is enough for the first probes of
 * a box and a whole search for a cheap address.
 */
const AHEAD_MS = 15_000;
/** The classes of one cell open this many ms apart, which is longer than the gym thinks about any booking. */
const APART_MS = 700;

/** What was measured in one cell: places won, requests in all, and how many ms after the opening each race's first request arrived. */
interface RealCell {
  readonly shape: GymShape;
  readonly won: number;
  readonly races: number;
  readonly shots: number;
  readonly firstAfterMs: readonly number[];
}

/** @param expected gives the share of the places (0 to 1) that the races in virtual time win at a gym of the given shape. */
export async function raceForReal(
  shapes: readonly GymShape[],
  races: number,
  expected: (shape: GymShape) => number,
  say: (line: string) => void,
): Promise<{ table: Table; targets: Target[] }> {
  const room = await openRoom();
  const town = await openTown(room, 0);
  const cells: RealCell[] = [];
  try {
    for (const [at, shape] of shapes.entries()) {
      say(`first-shot: over real sockets, ${at + 1} of ${shapes.length}`);
      cells.push(await raceCell(town, shape, `c${at}`, races));
    }
  } finally {
    await town.close();
    await room.close();
  }
  return conclude(cells, expected);
}

async function raceCell(town: Town, shape: GymShape, name: string, races: number): Promise<RealCell> {
  const { thinkMs: meanMs, stamp, judge, hasCheapAddress } = shape;
  await town.gym.control.clearKnobs();
  const think = { kind: 'think', stamp, judge: judge === 'end' ? 'end' : 'start', jitterShare: SPREAD } as const;
  await town.gym.control.setKnob({ ...think, meanMs });
  if (hasCheapAddress) await town.gym.control.setKnob({ ...think, meanMs: 0, path: CHEAP });
  const slugs = Array.from({ length: races }, (_, box) => `${name}b${box}`);
  const members: string[][] = [];
  for (const slug of slugs) {
    await town.addBox(slug);
    members.push(await town.addMembers(slug, 1));
  }
  const baseMs = Math.ceil((Date.now() + AHEAD_MS) / 1000) * 1000;
  const ended = await Promise.all(
    slugs.map((slug, box) => raceOne(town, slug, members[box] ?? [], new Date(baseMs + box * APART_MS))),
  );
  return {
    shape,
    races,
    won: ended.filter((one) => one.isWon).length,
    shots: ended.reduce((sum, one) => sum + one.arrivals.length, 0),
    firstAfterMs: ended.map((one) => one.arrivals[0] ?? Number.NaN),
  };
}

async function raceOne(town: Town, slug: string, [userId = '']: readonly string[], opensAt: Date) {
  const wanted: TownClass = { id: 501, opensAt, limit: PLACES, rivals: RIVALS };
  await town.addClasses(slug, [wanted]);
  const [ended] = await town.race(slug, [{ userId, wanted }]);
  const arrivals = (await town.arrivals(slug, [wanted])).get(wanted.id) ?? [];
  return { isWon: ended?.status === 'booked', arrivals };
}

function conclude(cells: readonly RealCell[], expected: (shape: GymShape) => number) {
  const rows = cells.map(({ shape, won, races, shots, firstAfterMs }) => [
    shape.hasCheapAddress ? 'yes' : 'no',
    shape.thinkMs,
    shape.stamp,
    `${won} of ${races}`,
    round(races * expected(shape)),
    round(shots / races),
    round(quantile(firstAfterMs, 0.5)),
    round(Math.min(...firstAfterMs)),
    round(Math.max(...firstAfterMs)),
  ]);
  const sum = (of: (cell: RealCell) => number) => cells.reduce((all, cell) => all + of(cell), 0);
  const mean = sum(({ shape, races }) => races * expected(shape));
  // The target lets puntual win fewer places over real sockets than in the simulated races: fewer by three standard deviations, and by one more place
  // for a race that this machine delays.
  const noise = 3 * Math.sqrt(sum(({ shape, races }) => races * expected(shape) * (1 - expected(shape)))) + 1;
  const table: Table = {
    title: `Over real sockets, next door, fastest rival ${RIVAL_MS} ms, first race at a box: places won, as many as simulated, first arrival`,
    head: ['cheap', 'thinks', 'Date', 'won', 'simulated', 'shots', 'p50', 'first', 'last'],
    rows,
  };
  const missing = mean - sum(({ won }) => won);
  return {
    table,
    targets: [target('over real sockets, places missing of those simulated', missing, round(noise), '')],
  };
}
