// Measures N bookings at one instant over TLS: the time from this instant to the arrival of each booking's last byte at the gym.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { startGym } from './gym.ts';
import { medianOf, rotated } from './stats.ts';
import { fireVolley, type Volley } from './volley.ts';
import { coldFetch, ours, rawSockets, undiciPool, type Way, warmFetch } from './ways.ts';

const WAYS = [ours, coldFetch, warmFetch, undiciPool, rawSockets] as const;
const SIZES = [1, 10, 100, 1_000];

export const burst: Bench = {
  name: 'burst',
  what: 'N bookings at one instant (TLS, HTTP/1.1): instant → wire, beside cold fetch, warm fetch, undici Pool and the raw-socket floor',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const gym = await startGym();
  const seen = new Map<string, Volley[]>();
  const sizes = quick ? SIZES.slice(0, 3) : SIZES;
  try {
    for (const way of WAYS) await fireVolley(way, gym, 10);
    for (let at = 0; at < rounds; at += 1) {
      say(`burst: round ${at + 1} of ${rounds}`);
      for (const size of sizes) {
        for (const way of rotated(WAYS, at)) {
          const key = keyOf(way, size);
          seen.set(key, [...(seen.get(key) ?? []), await fireVolley(way, gym, size)]);
        }
      }
    }
  } finally {
    await gym.stop();
  }
  return conclude(sizes, seen);
}

const keyOf = (way: Way, size: number): string => `${way.name}/${size}`;

function conclude(sizes: readonly number[], seen: Map<string, Volley[]>): Outcome {
  const of = (way: Way, size: number) => seen.get(keyOf(way, size)) ?? [];
  const p99 = (way: Way, size: number) => medianOf(of(way, size), (volley) => volley.p99Ms);
  const rows = sizes.flatMap((size) =>
    WAYS.map((way) => [
      size,
      way.name,
      round(medianOf(of(way, size), (volley) => volley.firstMs)),
      round(medianOf(of(way, size), (volley) => volley.p50Ms)),
      round(p99(way, size)),
      `${round(p99(coldFetch, size) / p99(way, size))}×`,
      of(way, size).reduce((sum, volley) => sum + volley.early, 0),
    ]),
  );
  const early = sizes.flatMap((size) => of(ours, size)).reduce((sum, volley) => sum + volley.early, 0);
  const largest = sizes.at(-1) ?? 1;
  return {
    tables: [
      {
        title: 'Milliseconds from the instant to the wire, median of rounds',
        head: ['bookings', 'way', 'first', 'p50', 'p99', 'faster than cold fetch', 'early'],
        rows,
      },
    ],
    targets: [
      target('bookings before the instant', early, 0, ''),
      target(`p99 at ${largest}, times the floor`, p99(ours, largest) / p99(rawSockets, largest), 2, '×'),
      target(`p99 at ${largest}, faster than cold fetch`, p99(coldFetch, largest) / p99(ours, largest), 50, '×', true),
      target(`p99 at ${largest}, faster than Pool`, p99(undiciPool, largest) / p99(ours, largest), 1.3, '×', true),
    ],
    figures: { rows },
  };
}
