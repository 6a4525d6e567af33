// Tells whether the timed sender is worth its lines of code. Our thread that writes prepared bytes is compared with warm undici Pools on a thread of
// their own. The figure that counts is how many places each way wins, against the rivals of the benches `first-shot` and `contention`.
import { type Bench, type Outcome, round, type Setting, type Target } from './bench.ts';
import { type LeanGym, startGym } from './gym.ts';
import { poolThread } from './pool-thread.ts';
import { startRenewals } from './renewal-load.ts';
import { quantile, rotated, seededRandom } from './stats.ts';
import { fireVolley } from './volley.ts';
import { ours, type Ready, type Way } from './ways.ts';

const WAYS = [ours, poolThread] as const;
const MIN_ROUNDS = 30;
const BOOKINGS = 100;
const BOXES = 20;
const A_BOX = 50;
const IN_FLIGHT = 200;
const RENEWAL_MS = 200;
const LOADS = ['idle', '200 renewals', `${BOXES} boxes at once`] as const;
/** The rivals of the bench `first-shot` (200 within 300 ms, the fastest after 20 ms) and of the bench `contention` (200 at 300 ± 150 ms). */
const CROWDS = { 'first-shot': { fastestMs: 20 }, contention: { fastestMs: 150 } } as const;
const RIVALS = 200;
const RIVALS_OVER_MS = 300;
const PLACES = 12;
/** If the undici Pools' share of the places is within this many percentage points of our share, above or below, the timed sender could be removed. */
const EQUAL_POINTS = 1;
/** Half the width of a 95 % interval of a normal distribution, in standard deviations. */
const SIGMAS = 1.96;

type Load = (typeof LOADS)[number];
type Crowd = keyof typeof CROWDS;

export const sender: Bench = {
  name: 'sender',
  what: 'our timed sender beside warm Pools on a thread of their own, same aim: places won, idle, with 200 renewals, 20 boxes at once',
  run,
};

/** One volley: when its bookings arrived, and the share of the places that the volley won against each set of rivals. */
interface Shot {
  readonly allMs: readonly number[];
  readonly won: Readonly<Record<Crowd, number>>;
}

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const gym = await startGym();
  const renewing = await startGym();
  await renewing.setLatency(RENEWAL_MS);
  const seen = new Map<string, Shot[]>();
  const turns = quick ? 3 : Math.max(rounds, MIN_ROUNDS);
  try {
    for (const way of WAYS) await fireVolley(way, gym, BOOKINGS);
    for (let at = 0; at < turns; at += 1) {
      say(`sender: round ${at + 1} of ${turns}`);
      await oneRound(gym, renewing, at, seen);
    }
  } finally {
    await renewing.stop();
    await gym.stop();
  }
  return conclude(seen, turns);
}

async function oneRound(gym: LeanGym, renewing: LeanGym, at: number, seen: Map<string, Shot[]>): Promise<void> {
  const keep = async (load: Load, way: Way, count: number) => {
    const { allMs } = await fireVolley(way, gym, count);
    const key = `${load}/${way.name}`;
    // The number of the round is the seed of the rivals, so in one round all ways of sending meet the same rivals.
    seen.set(key, [...(seen.get(key) ?? []), { allMs, won: wonBy(allMs, at) }]);
  };
  for (const way of rotated(WAYS, at)) await keep(LOADS[0], way, BOOKINGS);
  for (const way of rotated(WAYS, at)) await keep(LOADS[2], inBoxes(way), BOXES * A_BOX);
  const load = await startRenewals(renewing.servingUrl, IN_FLIGHT);
  for (const way of rotated(WAYS, at)) await keep(LOADS[1], way, BOOKINGS);
  await load.stop();
}

/** Shares the bookings out among `BOXES` boxes. Each box has a race of its own, and all races fire at the same instant. */
const inBoxes = (way: Way): Way => ({
  name: way.name,
  async prepare(baseUrl, bookings, ca) {
    const boxes = Array.from({ length: BOXES }, (_, box) => bookings.slice(box * A_BOX, (box + 1) * A_BOX));
    const ready: Ready[] = [];
    // The boxes are prepared one after the other, because a thousand handshakes at once are not part of the comparison.
    for (const some of boxes) ready.push(await way.prepare(baseUrl, some, ca));
    return {
      fireAt: async (atMs) => void (await Promise.all(ready.map((one) => one.fireAt(atMs)))),
      close: async () => void (await Promise.all(ready.map((one) => one.close()))),
    };
  },
});

/**
 * The share of the places that a volley won against each set of rivals. Each booking of a volley has a class of its own and is aimed at the opening,
 * so any lateness comes from the sending.
 */
function wonBy(allMs: readonly number[], seed: number): Record<Crowd, number> {
  const share = (crowd: Crowd): number => {
    const random = seededRandom(seed + 1);
    const won = allMs.filter((ms) => ms >= 0 && ms < lastPlaceMs(CROWDS[crowd].fastestMs, random)).length;
    return (100 * won) / allMs.length;
  };
  return { 'first-shot': share('first-shot'), contention: share('contention') };
}

function lastPlaceMs(fastestMs: number, random: () => number): number {
  const arrivals = Array.from({ length: RIVALS }, (_, at) => fastestMs + (at === 0 ? 0 : random() * RIVALS_OVER_MS));
  return arrivals.toSorted((a, b) => a - b)[PLACES - 1] ?? Number.NaN;
}

/** puntual's share of the places minus the undici Pools' share, round by round: the mean and its 95 % interval, in percentage points. */
function difference(ours: readonly number[], theirs: readonly number[]) {
  const pairs = ours.map((one, at) => one - (theirs[at] ?? Number.NaN));
  const mean = pairs.reduce((sum, one) => sum + one, 0) / pairs.length;
  const variance = pairs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, pairs.length - 1);
  const halfWidth = SIGMAS * Math.sqrt(variance / pairs.length);
  return { mean, low: mean - halfWidth, high: mean + halfWidth };
}

function conclude(seen: Map<string, Shot[]>, rounds: number): Outcome {
  const of = (load: Load, way: Way): Shot[] => seen.get(`${load}/${way.name}`) ?? [];
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const rows = LOADS.flatMap((load) =>
    WAYS.map((way) => {
      const shots = of(load, way);
      const all = shots.flatMap(({ allMs }) => allMs);
      const won = (crowd: Crowd) => round(mean(shots.map((one) => one.won[crowd])));
      const late = [0.5, 0.99, 1].map((share) => round(quantile(all, share)));
      return [load, way.name, ...late, won('first-shot'), won('contention')];
    }),
  );
  const compared = LOADS.flatMap((load) =>
    (Object.keys(CROWDS) as Crowd[]).map((crowd) => {
      const won = (way: Way) => of(load, way).map((one) => one.won[crowd]);
      return { load, crowd, ...difference(won(WAYS[0]), won(WAYS[1])) };
    }),
  );
  return {
    tables: [
      {
        title: `${rounds} rounds: milliseconds from the instant to the wire, and % of the places won`,
        head: ['load', 'way', 'p50', 'p99', 'last', 'first-shot', 'contention'],
        rows,
      },
      {
        title: 'Places won by ours more than by the Pools, points, with the 95 % interval',
        head: ['load', 'rivals', 'mean', 'from', 'to'],
        rows: compared.map(({ load, crowd, mean: middle, low, high }) => [
          load,
          crowd,
          ...[middle, low, high].map(round),
        ]),
      },
    ],
    targets: compared.map(({ load, crowd, low, high }) => worthOf(`${load}, rivals of ${crowd}`, low, high)),
    figures: { rounds, rows, compared },
  };
}

/** A target that is met when the 95 % interval from `low` to `high` (see `difference`) lies within ± `EQUAL_POINTS`. */
const worthOf = (what: string, low: number, high: number): Target => ({
  what: `Pools as good: ${what}`,
  wanted: `within ± ${EQUAL_POINTS} point`,
  reached: `${round(low)} … ${round(high)}`,
  isMet: low >= -EQUAL_POINTS && high <= EQUAL_POINTS,
});
