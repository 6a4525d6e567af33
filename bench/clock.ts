// Measures how long before or after a chosen instant of the gym's clock a request arrives, on four simulated networks. The gym's clock is up to two
// seconds off ours. Our estimator runs beside three bots: one uses its own clock, one reads the Date header of one answer, one averages as many Date
// headers as our estimator reads.

import { aim, NOTHING_KNOWN } from '../services/gym/aim.ts';
import { estimateGymClock, FIRST_AT_ONCE, FULL_PLAN } from '../services/gym/clock-offset.ts';
import type { ClockProbe } from '../services/gym/gym.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { type FarGym, makeFarGym, NETWORKS, type Network } from './networks.ts';
import { collect, quantile, seededRandom } from './stats.ts';
import { startVirtualTime, type VirtualTime } from './virtual-time.ts';

const TRIALS_A_ROUND = 150;
const PROBES = FULL_PLAN.reduce((sum, count) => sum + count, FIRST_AT_ONCE);
/** The opening comes at least this many ms after the last probe. */
const AHEAD_MS = 3_000;
const WAYS = ['puntual', 'local clock', 'one Date', `NTP midpoint of ${PROBES}`] as const;

export const clock: Bench = {
  name: 'clock',
  what: 'four simulated networks, gym clock ±2 s: our estimator beside the local clock, one Date, the NTP midpoint',
  run,
};

/**
 * What one simulated run measured, in ms: how long after (if negative, before) the opening the request of each way (`WAYS`) arrived, and our
 * estimator's error.
 */
interface Trial {
  readonly missedBy: readonly number[];
  readonly errorMs: number;
}

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const missed = new Map<string, number[]>();
  const errors = new Map<string, number[]>();
  const random = seededRandom(20_261_123);
  for (let at = 0; at < rounds; at += 1) {
    say(`clock: round ${at + 1} of ${rounds}`);
    for (const network of NETWORKS) {
      for (let trial = 0; trial < (quick ? 40 : TRIALS_A_ROUND); trial += 1) {
        const seen = await tryOnce(network, random);
        for (const [way, by] of seen.missedBy.entries()) collect(missed, `${network.name}/${WAYS[way]}`, [by]);
        collect(errors, network.name, [seen.errorMs]);
      }
    }
  }
  return conclude(missed, errors);
}

async function tryOnce(network: Network, random: () => number): Promise<Trial> {
  const gym = makeFarGym(network, random);
  const time = startVirtualTime(1_000_000 + random() * 100_000);
  const estimate = await time.play(estimateGymClock(() => gym.probe(time), time));
  if (!estimate) throw new Error('Expected an estimate.');
  const opening = new Date(Math.ceil((gym.clockAt(time.nowMs()) + AHEAD_MS) / 1000) * 1000);
  const opensAtMs = opening.getTime();
  const dates = await lookAround(gym, time, random);
  const sendings = [
    aim(opening, estimate, NOTHING_KNOWN),
    opensAtMs,
    opensAtMs - midpointOf(dates.slice(0, 1)),
    opensAtMs - midpointOf(dates),
  ];
  // What the estimator estimates: the gym's clock when the fastest possible request arrives, minus our clock when that request is sent.
  const truth = gym.clockAt(time.nowMs()) + network.thereMs - time.nowMs();
  return {
    missedBy: sendings.map((atMs) => gym.arrivalOf(atMs) - opensAtMs),
    errorMs: Math.abs(estimate.start.offsetMs + estimate.wayMs / 2 - truth),
  };
}

/**
 * Probes the gym `PROBES` times, at random moments. A full search of our estimator has as many probes. The moments are spread over about the time
 * that the estimator's search may take.
 */
function lookAround(gym: FarGym, time: VirtualTime, random: () => number): Promise<ClockProbe[]> {
  const look = async () => {
    await time.sleep(random() * FULL_PLAN.length * 1000);
    return gym.probe(time);
  };
  return time.play(Promise.all(Array.from({ length: PROBES }, look)));
}

/**
 * By how many ms the gym's clock is ahead, as NTP computes the offset: the middle of the second in the Date header, minus the middle of the
 * round trip.
 */
function midpointOf(probes: readonly ClockProbe[]): number {
  const offsets = probes.map(({ sentAtMs, receivedAtMs, dateMs }) => dateMs + 500 - (sentAtMs + receivedAtMs) / 2);
  return offsets.reduce((sum, one) => sum + one, 0) / offsets.length;
}

const earlyShare = (samples: readonly number[]): number =>
  (100 * samples.filter((ms) => ms < 0).length) / samples.length;

function conclude(missed: Map<string, number[]>, errors: Map<string, number[]>): Outcome {
  const rows = [...missed].map(([key, samples]) => {
    const sizes = samples.map(Math.abs);
    const figures = [quantile(sizes, 0.5), quantile(sizes, 0.95), quantile(sizes, 0.99), earlyShare(samples)];
    return [...key.split('/'), ...figures.map(round)];
  });
  const own = [...errors].map(([name, all]) => [name, round(quantile(all, 0.5)), round(quantile(all, 0.95))]);
  // The target for the estimator's error does not count the fourth network, the poor one: its jitter of 8 ms allows no estimator so small an error.
  const fair = NETWORKS.slice(0, 3).flatMap(({ name }) => errors.get(name) ?? []);
  const ours = NETWORKS.flatMap(({ name }) => missed.get(`${name}/${WAYS[0]}`) ?? []);
  return {
    tables: [
      {
        title: 'Milliseconds between arrival and opening, on the gym’s clock',
        head: ['network', 'way', 'p50', 'p95', 'p99', 'early %'],
        rows,
      },
      { title: 'Our estimator’s error, ms', head: ['network', 'p50', 'p95'], rows: own },
    ],
    targets: [
      target('estimator’s error p50 (jitter ≤ 1 ms)', quantile(fair, 0.5), 0.6, ' ms'),
      target('estimator’s error p95 (jitter ≤ 1 ms)', quantile(fair, 0.95), 2.5, ' ms'),
      target('requests before the opening, all networks', earlyShare(ours), 0.5, ' %'),
    ],
    figures: { rows, estimator: own },
  };
}
