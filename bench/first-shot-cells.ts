// Lists the kinds of gym of the bench `first-shot`, and plays three races at each of several boxes of one kind. A cell (`Cell`) counts the races won.
import { BLIND_SHARES, NEW_BOX, type RaceSeen, raceOnce, type Shots } from './first-shot-race.ts';
import type { Network } from './networks.ts';
import { type GymShape, makeThinkingGym, type ThinkingGym } from './thinking-gym.ts';

const THINKING_MS = [0, 3, 20, 80, 150, 300];
const STAMPS = ['start', 'end'] as const;
const JUDGES = ['arrival', 'end'] as const;
export const PATHS: readonly Network[] = [
  { name: '1 ms', thereMs: 0.5, backMs: 0.5, jitterMs: 0.2, tailShare: 0 },
  { name: '30 ms', thereMs: 15, backMs: 15, jitterMs: 1, tailShare: 0.01 },
];
export const FASTEST_RIVALS_MS = [20, 50, 150];
const RIVALS = 200;
const RIVALS_OVER_MS = 300;
const PLACES = 12;
/** The share, in percent, that puntual should win of the places that a shot arriving at the opening would win. */
export const WANTED_SHARE = 98;
const MORE = 3;
const MAX_MORE = 16;
/** The three races at each box, in order; the third race uses what puntual learned in the first two. */
export const RACES = ['first', 'second', 'third'] as const;

/**
 * A cell: one kind of gym, the first, second or third races at the boxes of that kind, and one arrival time of the fastest rival. `ours` counts the
 * cell's races in which puntual's shots win a place. `ideal` counts the races that a shot arriving at the opening would win, and each number in
 * `blind` counts the races that one blind rule's shots would win.
 */
export interface Cell {
  readonly shape: GymShape;
  readonly race: (typeof RACES)[number];
  readonly rivalMs: number;
  races: number;
  ours: number;
  ideal: number;
  readonly blind: number[];
}

/**
 * What was measured at all boxes of one kind of gym in the first, the second or the third race of each box (`race`). The arrival times of the rivals
 * have no influence on these measurements.
 */
export interface Shooting {
  readonly shape: GymShape;
  readonly race: (typeof RACES)[number];
  readonly shots: number[];
  readonly probes: number[];
  readonly afterMs: number[];
  early: number;
}

export function shapes(): GymShape[] {
  const all: GymShape[] = [];
  for (const hasCheapAddress of [true, false])
    for (const thinkMs of THINKING_MS)
      for (const network of PATHS)
        for (const stamp of STAMPS)
          for (const judge of JUDGES) all.push({ thinkMs, stamp, judge, hasCheapAddress, network });
  return all;
}

export const nameOf = ({ thinkMs, stamp, judge, hasCheapAddress, network }: GymShape): string =>
  `thinks ${thinkMs} ms, Date at ${stamp}, judged at ${judge}, path ${network.name}, ${hasCheapAddress ? 'a' : 'no'} cheap address`;

export interface Raced {
  readonly shooting: Shooting;
  readonly cells: readonly Cell[];
}

/**
 * Races three times at each of `boxes` boxes of one kind of gym. If the share won in a cell (`shareOf`) is below `WANTED_SHARE`, further boxes are
 * raced at: four times `boxes` in all. If a cell's share is still below `WANTED_SHARE` after that, twenty times `boxes` in all are raced at. In 300
 * races a share may be one percent too low by chance. At a gym without a cheap address, a low share in the second race adds no boxes, and a low share
 * in the first race adds boxes only up to four times `boxes`. A low share in the third race adds boxes whether or not the gym has a cheap address.
 */
export async function raceAt(shape: GymShape, boxes: number, random: () => number): Promise<readonly Raced[]> {
  const kept = RACES.map(
    (race): Raced => ({
      shooting: { shape, race, shots: [], probes: [], afterMs: [], early: 0 },
      cells: FASTEST_RIVALS_MS.map(
        (rivalMs): Cell => ({ shape, race, rivalMs, races: 0, ours: 0, ideal: 0, blind: BLIND_SHARES.map(() => 0) }),
      ),
    }),
  );
  const isUnder = (races: readonly Cell['race'][]) =>
    kept.some(
      ({ shooting, cells }) =>
        races.includes(shooting.race) && cells.some((cell) => shareOf(cell.ours, cell) < WANTED_SHARE),
    );
  await raceBoxes(kept, shape, boxes, random);
  if (isUnder(shape.hasCheapAddress ? RACES : ['first', 'third'])) await raceBoxes(kept, shape, MORE * boxes, random);
  if (isUnder(shape.hasCheapAddress ? RACES : ['third'])) await raceBoxes(kept, shape, MAX_MORE * boxes, random);
  return kept;
}

async function raceBoxes(kept: readonly Raced[], shape: GymShape, boxes: number, random: () => number): Promise<void> {
  for (let box = 0; box < boxes; box += 1) {
    const gym = makeThinkingGym(shape, random);
    let memory = NEW_BOX;
    for (const at of [0, 1, 2]) {
      const seen = await raceOnce(gym, memory, random);
      memory = seen.memory;
      const kind = kept[at];
      if (kind) note(kind, gym, seen, random);
    }
  }
}

/**
 * Gives the races won (`wins`) in percent of those won by the ideal shot, which arrives at the opening. The result exceeds 100 where the ideal shot
 * had worse luck.
 */
export const shareOf = (wins: number, { ideal }: { ideal: number }): number =>
  ideal === 0 ? 100 : (100 * wins) / ideal;

function note({ shooting, cells }: Raced, gym: ThinkingGym, seen: RaceSeen, random: () => number): void {
  shooting.shots.push(seen.ours.count);
  shooting.probes.push(seen.probes);
  shooting.afterMs.push(seen.ours.judgedAfterMs ?? Number.POSITIVE_INFINITY);
  if (seen.ours.isEarly) shooting.early += 1;
  for (const cell of cells) {
    const closesMs = lastPlaceMs(gym, cell.rivalMs, random);
    const wins = ({ judgedAfterMs }: Shots): number =>
      judgedAfterMs !== undefined && judgedAfterMs < closesMs ? 1 : 0;
    cell.races += 1;
    cell.ours += wins(seen.ours);
    cell.ideal += wins(seen.ideal);
    for (const [at, shots] of seen.blind.entries()) cell.blind[at] = (cell.blind[at] ?? 0) + wins(shots);
  }
}

/**
 * When the gym gives the last place to a rival, if we have not booked by then, in ms after the opening. The gym's thinking delays the rivals'
 * bookings too.
 */
function lastPlaceMs(gym: ThinkingGym, fastestMs: number, random: () => number): number {
  const arrivals = Array.from({ length: RIVALS }, (_, at) => fastestMs + (at === 0 ? 0 : random() * RIVALS_OVER_MS));
  const judged = arrivals.map((ms) => (gym.shape.judge === 'end' ? ms + gym.thinkMs() : ms));
  return judged.toSorted((a, b) => a - b)[PLACES - 1] ?? Number.POSITIVE_INFINITY;
}
