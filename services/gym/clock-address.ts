// Chooses the address at which a gym's clock is read: the one that costs the gym the least work, because then it hardly matters when the gym stamps
// `Date`. If no recent address is stored with the box, the gym's clock is read twice at each candidate address, and the chosen address is stored.
import { rttOf } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/**
 * A path of a box's host at which the gym's clock can be read. `thinkingMs`: by how much the fastest answer at this path took longer than the fastest
 * TCP handshake with the host.
 */
export interface ClockAddress {
  readonly address: string;
  readonly thinkingMs: number;
}

/**
 * If the gym's thinking at the cheapest address is at most this many ms, the box's page is not probed as well. The two probes of an address cannot
 * measure thinking more exactly than to `MAX_ALONE_MS`.
 */
export const MAX_ALONE_MS = 5;
/** The number of readings of the clock at each address: the first opens the connection, and the second has no handshake in it. */
const LOOKS = 2;
/**
 * At one instant, two addresses of one server show the same second or two seconds in succession; a difference larger than this, ms, means another
 * clock.
 */
const MAX_APART_MS = 2_000;

/**
 * Returns the one of `addresses` that costs the gym the least work; the first of `addresses` must be the box's page. An address is left out if a
 * reading of the clock there fails, or if its server or the time in its `Date` differs from that of the box's page. Undefined when the box's page
 * does not answer or no handshake was timed. Never throws.
 */
export async function findClockAddress(
  look: (address: string) => Promise<ClockProbe>,
  addresses: readonly [string, ...string[]],
): Promise<ClockAddress | undefined> {
  const [page, ...others] = addresses;
  // The box's page is read before the other addresses, so that the first handshake is timed while this process does nothing else.
  const seen = [await looksAt(look, page)];
  const [home] = seen[0] ?? [];
  if (!home) return undefined;
  seen.push(...(await Promise.all(others.map((address) => looksAt(look, address)))));
  const fastestMs = Math.min(...seen.flat().flatMap(({ tcp }) => tcp?.fastestMs ?? []));
  if (!Number.isFinite(fastestMs)) return undefined;
  const known = addresses.flatMap((address, at) => {
    const probes = seen[at] ?? [];
    if (probes.length < LOOKS || !probes.every((probe) => isLike(home, probe))) return [];
    return { address, thinkingMs: Math.max(0, Math.min(...probes.map(rttOf)) - fastestMs) };
  });
  return known.sort((a, b) => a.thinkingMs - b.thinkingMs)[0];
}

async function looksAt(look: (address: string) => Promise<ClockProbe>, address: string): Promise<ClockProbe[]> {
  const seen: ClockProbe[] = [];
  for (let at = 0; at < LOOKS; at += 1) {
    try {
      seen.push(await look(address));
    } catch {
      return seen;
    }
  }
  return seen;
}

function isLike(home: ClockProbe, probe: ClockProbe): boolean {
  const apartMs = probe.dateMs - probe.receivedAtMs - (home.dateMs - home.receivedAtMs);
  return probe.servedBy === home.servedBy && Math.abs(apartMs) <= MAX_APART_MS;
}
