// One booking at a round trip of 30 ms: what a member with a single prebooking gains by a connection that is open before the instant of sending.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { startDelayLine } from './delay-line.ts';
import { startGym } from './gym.ts';
import { collect, median, medianOf, quantile, rotated } from './stats.ts';
import { fireVolley } from './volley.ts';
import { coldFetch, ours, rawSockets, undiciPool, type Way, warmFetch } from './ways.ts';

const ONE_WAY_MS = 15;
const SHOTS_A_ROUND = 3;
const WAYS = [ours, coldFetch, warmFetch, undiciPool, rawSockets] as const;

export const oneBooking: Bench = {
  name: 'one-booking',
  what: 'one booking at 30 ms round trip (TLS through a delay line): milliseconds beyond the one way, beside cold fetch',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const gym = await startGym();
  const line = await startDelayLine(gym.stampedUrl, ONE_WAY_MS, { isPrecise: true });
  const beyond = new Map<Way, number[]>();
  const medians = new Map<Way, number[]>();
  try {
    for (const way of WAYS) await fireVolley(way, gym, 1, line.url);
    for (let at = 0; at < rounds; at += 1) {
      say(`one-booking: round ${at + 1} of ${rounds}`);
      const seen = new Map<Way, number[]>();
      for (let shot = 0; shot < (quick ? 2 : SHOTS_A_ROUND); shot += 1) {
        for (const way of rotated(WAYS, at + shot)) {
          const { lastMs } = await fireVolley(way, gym, 1, line.url);
          collect(seen, way, [lastMs - ONE_WAY_MS]);
        }
      }
      for (const [way, all] of seen) {
        collect(beyond, way, all);
        collect(medians, way, [median(all)]);
      }
    }
  } finally {
    await line.stop();
    await gym.stop();
  }
  return conclude(beyond, medians);
}

function conclude(beyond: Map<Way, number[]>, medians: Map<Way, number[]>): Outcome {
  const of = (way: Way): number => medianOf(medians.get(way) ?? [], (one) => one);
  const rows = WAYS.map((way) => {
    const all = beyond.get(way) ?? [];
    return [way.name, all.length, round(of(way)), round(quantile(all, 0.95)), `${round(of(coldFetch) / of(way))}×`];
  });
  return {
    tables: [
      {
        title: 'Milliseconds beyond the one way of 15 ms, median of rounds',
        head: ['way', 'shots', 'p50', 'p95', 'less than cold fetch'],
        rows,
      },
    ],
    targets: [
      target('beyond the one way', of(ours), 1, ' ms'),
      target('less than cold fetch', of(coldFetch) / of(ours), 50, '×', true),
    ],
    figures: { rows },
  };
}
