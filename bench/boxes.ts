// Many boxes open classes at the same whole hour: this bench compares many races at one instant with one race that has as many bookings. The bench's
// twenty simultaneous races and its one large race send the same bytes to the same gym.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { startGym } from './gym.ts';
import { medianOf, quantile, rotated } from './stats.ts';
import { fireVolley, type Volley } from './volley.ts';
import { inRaces, ours, rawSockets, type Way } from './ways.ts';

const BOXES = 20;
const EACH = 50;

const twenty = inRaces(BOXES);
const WAYS: readonly Way[] = [ours, twenty, rawSockets];

export const boxes: Bench = {
  name: 'boxes',
  what: `${BOXES} boxes × ${EACH} bookings at one instant (TLS): instant → wire, beside one box with ${BOXES * EACH} and the raw-socket floor`,
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const gym = await startGym();
  const count = quick ? BOXES * 5 : BOXES * EACH;
  const seen = new Map<string, Volley[]>();
  try {
    for (const way of WAYS) await fireVolley(way, gym, BOXES);
    for (let at = 0; at < rounds; at += 1) {
      say(`boxes: round ${at + 1} of ${rounds}`);
      for (const way of rotated(WAYS, at))
        seen.set(way.name, [...(seen.get(way.name) ?? []), await fireVolley(way, gym, count)]);
    }
  } finally {
    await gym.stop();
  }
  return conclude(count, seen);
}

function conclude(count: number, seen: Map<string, Volley[]>): Outcome {
  const of = (way: Way) => seen.get(way.name) ?? [];
  const p99 = (way: Way) => medianOf(of(way), (volley) => volley.p99Ms);
  const early = (way: Way) => of(way).reduce((sum, volley) => sum + volley.early, 0);
  const rows = WAYS.map((way) => [
    way === twenty ? `${BOXES} × ${count / BOXES}` : `1 × ${count}`,
    way.name,
    round(medianOf(of(way), (volley) => volley.firstMs)),
    round(medianOf(of(way), (volley) => volley.p50Ms)),
    round(medianOf(of(way), (volley) => quantile(volley.allMs, 0.95))),
    round(p99(way)),
    round(medianOf(of(way), (volley) => volley.lastMs)),
    early(way),
  ]);
  return {
    tables: [
      {
        title: 'Milliseconds from the instant to the wire, median of rounds',
        head: ['boxes × bookings', 'way', 'first', 'p50', 'p95', 'p99', 'last', 'early'],
        rows,
      },
    ],
    targets: [
      target('bookings before the instant', early(ours) + early(twenty), 0, ''),
      target(`p99 of ${BOXES} boxes, times that of one box`, p99(twenty) / p99(ours), 2, '×'),
    ],
    figures: { rows },
  };
}
