// A burst of bookings while two hundred renewals are in flight in the same process: by how much a busy main thread delays the bookings.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { startGym } from './gym.ts';
import { nowMs } from './moment.ts';
import { startRenewals } from './renewal-load.ts';
import { medianOf, rotated } from './stats.ts';
import { fireVolley, type Volley } from './volley.ts';
import { ours, undiciPool, type Way } from './ways.ts';

const BOOKINGS = 100;
const IN_FLIGHT = 200;
const RENEWAL_MS = 200;
const WAYS = [ours, undiciPool] as const;

export const underLoad: Bench = {
  name: 'under-load',
  what: 'a burst of 100 while 200 renewals are in flight in the same process: ours idle and loaded, and Pool in the main thread',
  run,
};

async function run({ rounds, say }: Setting): Promise<Outcome> {
  const gym = await startGym();
  const renewing = await startGym();
  await renewing.setLatency(RENEWAL_MS);
  const seen = new Map<string, Volley[]>();
  const keep = async (load: string, way: Way) => {
    const key = `${load}/${way.name}`;
    seen.set(key, [...(seen.get(key) ?? []), await fireVolley(way, gym, BOOKINGS)]);
  };
  let perSecond = 0;
  try {
    for (const way of WAYS) await fireVolley(way, gym, BOOKINGS);
    for (let at = 0; at < rounds; at += 1) {
      say(`under-load: round ${at + 1} of ${rounds}`);
      for (const way of rotated(WAYS, at)) for (let turn = 0; turn < 2; turn += 1) await keep('idle', way);
      const load = await startRenewals(renewing.servingUrl, IN_FLIGHT);
      const before = load.ended();
      const startedAtMs = nowMs();
      for (const way of rotated(WAYS, at)) for (let turn = 0; turn < 2; turn += 1) await keep('200 renewals', way);
      perSecond = ((load.ended() - before) / (nowMs() - startedAtMs)) * 1000;
      await load.stop();
    }
  } finally {
    await renewing.stop();
    await gym.stop();
  }
  return conclude(seen, perSecond);
}

function conclude(seen: Map<string, Volley[]>, perSecond: number): Outcome {
  const p99 = (load: string, way: Way) => medianOf(seen.get(`${load}/${way.name}`) ?? [], (volley) => volley.p99Ms);
  const rows = [...seen].map(([key, volleys]) => [
    ...key.split('/'),
    round(medianOf(volleys, (volley) => volley.firstMs)),
    round(medianOf(volleys, (volley) => volley.p50Ms)),
    round(medianOf(volleys, (volley) => volley.p99Ms)),
    volleys.reduce((sum, volley) => sum + volley.early, 0),
  ]);
  const loaded = p99('200 renewals', ours);
  return {
    tables: [
      {
        title: `Milliseconds from the instant to the wire (${Math.round(perSecond)} renewals a second meanwhile)`,
        head: ['load', 'way', 'first', 'p50', 'p99', 'early'],
        rows,
      },
    ],
    targets: [
      target('p99 loaded ÷ idle', loaded / p99('idle', ours), 1.5, '×'),
      target('p99 loaded, faster than Pool', p99('200 renewals', undiciPool) / loaded, 15, '×', true),
    ],
    figures: { rows, renewalsPerSecond: Math.round(perSecond) },
  };
}
