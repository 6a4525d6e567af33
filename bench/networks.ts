// Simulated networks to a gym and back: each direction has a fixed travel time, jitter that is mostly small, and now and then a long tail. The gym's
// clock is off by up to two seconds and drifts a little. A simulated network opens no socket.
import type { ClockProbe } from '../services/gym/gym.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * A network's times, in milliseconds. Each packet takes the fixed travel time and a random delay (exponential, mean `jitterMs`); the share
 * `tailShare` of the packets gets a further delay (mean `TAIL_MS`).
 */
export interface Network {
  readonly name: string;
  readonly thereMs: number;
  readonly backMs: number;
  readonly jitterMs: number;
  readonly tailShare: number;
}

export const NETWORKS: readonly Network[] = [
  { name: 'near: 1 + 1 ms, jitter 0.2', thereMs: 1, backMs: 1, jitterMs: 0.2, tailShare: 0 },
  { name: 'good: 10 + 10 ms, jitter 1', thereMs: 10, backMs: 10, jitterMs: 1, tailShare: 0.01 },
  { name: 'unequal: 25 + 5 ms, jitter 1', thereMs: 25, backMs: 5, jitterMs: 1, tailShare: 0.01 },
  { name: 'poor: 40 + 40 ms, jitter 8', thereMs: 40, backMs: 40, jitterMs: 8, tailShare: 0.05 },
];

const TAIL_MS = 50;
/** The mean time, in ms, from a caller's send to the moment its bytes enter the network. */
const SEND_JITTER_MS = 0.15;
const MAX_OFF_MS = 2_000;
const MAX_DRIFT_PPM = 20;

export interface FarGym {
  /** The gym's clock minus ours, at the instant at which ours reads 0. */
  readonly offsetMs: number;
  /** What the gym's clock reads when ours reads `atMs`. */
  clockAt(atMs: number): number;
  /** What our clock reads when the gym's clock reads `gymMs`. */
  oursAt(gymMs: number): number;
  /** Draws the time, in ms, that one packet takes to the gym. */
  wayThereMs(): number;
  wayBackMs(): number;
  /** The instant, by the gym's clock, at which a request arrives that is sent at `atMs` of our clock. */
  arrivalOf(atMs: number): number;
  probe(time: VirtualTime): Promise<ClockProbe>;
}

export function makeFarGym(network: Network, random: () => number): FarGym {
  const exponential = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  const way = (fixedMs: number) =>
    fixedMs + exponential(network.jitterMs) + (random() < network.tailShare ? exponential(TAIL_MS) : 0);
  const offsetMs = (random() * 2 - 1) * MAX_OFF_MS;
  const rate = 1 + ((random() * 2 - 1) * MAX_DRIFT_PPM) / 1e6;
  const clockAt = (atMs: number) => atMs * rate + offsetMs;
  const wayThereMs = () => exponential(SEND_JITTER_MS) + way(network.thereMs);
  return {
    offsetMs,
    clockAt,
    oursAt: (gymMs) => (gymMs - offsetMs) / rate,
    wayThereMs,
    wayBackMs: () => way(network.backMs),
    arrivalOf: (atMs) => clockAt(atMs + wayThereMs()),
    async probe(time) {
      const sentAtMs = time.nowMs();
      await time.sleep(wayThereMs());
      const dateMs = Math.floor(clockAt(time.nowMs()) / 1000) * 1000;
      await time.sleep(way(network.backMs));
      return { sentAtMs, receivedAtMs: time.nowMs(), dateMs };
    },
  };
}
