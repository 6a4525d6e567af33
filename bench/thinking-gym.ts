// A simulated gym that needs time for an answer. The gym's `shape` says how long it thinks, when it stamps `Date` and checks the opening (before or
// after thinking), and whether it has a cheap address. The gym is asked over a simulated network that includes connections and their handshakes.
import type { Stamp } from '../services/gym/clock-reading.ts';
import type { ClockProbe } from '../services/gym/gym.ts';
import { type FarGym, makeFarGym, type Network } from './networks.ts';
import { quantile } from './stats.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface GymShape {
  readonly thinkMs: number;
  readonly stamp: Stamp;
  /** When the gym checks whether the class is open and has places: on arrival of a booking, or after thinking about it. */
  readonly judge: 'arrival' | 'end';
  readonly hasCheapAddress: boolean;
  readonly network: Network;
}

export const PAGE = '/';
export const CHEAP = '/robots.txt';
export const ADDRESSES = [PAGE, CHEAP, '/favicon.ico', '/no-such-page'] as const;

/** A thinking time differs from its mean by at most this share of the mean; all times in that range are equally likely. */
export const SPREAD = 0.3;
const CHEAP_THINK_MS = 0.3;
/** A server's own work for a TLS handshake, in ms. */
const TLS_MS = 1;
/** The mean time that our event loop adds to the measured time of a TCP handshake, in ms. */
const LOOP_MS = 0.1;

export interface ThinkingGym {
  readonly shape: GymShape;
  readonly far: FarGym;
  /** Draws how long the gym thinks about one booking. */
  thinkMs(): number;
  /** Forgets all connections and handshake times, as between two races on different days. */
  hangUp(): void;
  probe(time: VirtualTime, address: string): Promise<ClockProbe>;
}

export function makeThinkingGym(shape: GymShape, random: () => number): ThinkingGym {
  const far = makeFarGym(shape.network, random);
  const about = (ms: number) => ms * (1 + SPREAD * (2 * random() - 1));
  const roundTripMs = () => far.wayThereMs() + far.wayBackMs();
  let free = 0;
  let handshakes: number[] = [];
  async function connect(time: VirtualTime): Promise<void> {
    const tcpMs = roundTripMs();
    await time.sleep(tcpMs);
    handshakes.push(tcpMs + random() * 2 * LOOP_MS);
    await time.sleep(roundTripMs() + TLS_MS);
  }
  return {
    shape,
    far,
    thinkMs: () => about(shape.thinkMs),
    hangUp() {
      free = 0;
      handshakes = [];
    },
    async probe(time, address) {
      if (free > 0) free -= 1;
      else await connect(time);
      const sentAtMs = time.nowMs();
      await time.sleep(far.wayThereMs());
      const arrivedAtMs = far.clockAt(time.nowMs());
      await time.sleep(about(shape.hasCheapAddress && address === CHEAP ? CHEAP_THINK_MS : shape.thinkMs));
      const stampedAtMs = shape.stamp === 'start' ? arrivedAtMs : far.clockAt(time.nowMs());
      await time.sleep(far.wayBackMs());
      free += 1;
      const tcp = { fastestMs: Math.min(...handshakes), medianMs: quantile(handshakes, 0.5) };
      const dateMs = Math.floor(stampedAtMs / 1000) * 1000;
      return { sentAtMs, receivedAtMs: time.nowMs(), dateMs, servedBy: 'nginx', tcp };
    },
  };
}
