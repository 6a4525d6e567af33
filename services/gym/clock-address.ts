// Chooses the address at which a gym's clock is read: the one that costs the gym the least work, so that it hardly matters when `Date` is
// stamped. Eight readings when a box is first seen; the result is stored with the box.
import { rttOf } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/** An address, and what its fastest answer took beyond a TCP handshake, ms. */
export interface ClockAddress {
  readonly address: string;
  readonly thinkingMs: number;
}

/** An address that costs less than this is used alone: two readings cannot measure it better. */
export const MAX_ALONE_MS = 5;
/** Readings of each address: the first opens the connection, the second is measured. */
const LOOKS = 2;
/** Addresses of one server show the same second, or the next one. */
const MAX_APART_MS = 2_000;

/**
 * The cheapest of `addresses`, of which the first is the gym's page. Excluded: one that fails, one answered by another server than the page's,
 * and one with another time. Undefined when the page does not answer or no handshake was timed. Never throws.
 */
export async function findClockAddress(
  look: (address: string) => Promise<ClockProbe>,
  addresses: readonly [string, ...string[]],
): Promise<ClockAddress | undefined> {
  const [page, ...others] = addresses;
  // The page comes alone, so that the first handshake is timed while this process does nothing else.
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
