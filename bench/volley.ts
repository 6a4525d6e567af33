// One volley: one way of sending prepares its bookings, this process does nothing else for a moment, the bookings are sent, and the gym says when it
// had read each booking.
import { makeBookings } from './booking.ts';
import type { LeanGym } from './gym.ts';
import { nowMs, sleep, sweepMemory } from './moment.ts';
import { quantile } from './stats.ts';
import type { Way } from './ways.ts';

/**
 * The times, in milliseconds, from the planned firing instant to the arrival of each booking at the gym; `early` counts the bookings that came before
 * that instant.
 */
export interface Volley {
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  readonly early: number;
  readonly allMs: readonly number[];
}

const AHEAD_MS = 120;

/**
 * Fires one volley of `count` bookings. `through` is the address to which the bookings are sent: the gym's own, or that of a proxy that delays all
 * bytes.
 */
export async function fireVolley(way: Way, gym: LeanGym, count: number, through = gym.stampedUrl): Promise<Volley> {
  const bookings = makeBookings(through, count);
  const ready = await way.prepare(through, bookings, gym.ca);
  try {
    await sleep(60);
    sweepMemory();
    const atMs = nowMs() + AHEAD_MS;
    await ready.fireAt(atMs);
    const stamps = await gym.stamps(count);
    if (new Set(stamps.map((stamp) => stamp.booking)).size !== count || stamps.length !== count) {
      throw new Error(`${way.name}: ${stamps.length} bookings came for ${count}.`);
    }
    return summary(stamps.map((stamp) => stamp.atMs - atMs));
  } finally {
    await ready.close();
  }
}

export const summary = (allMs: readonly number[]): Volley => ({
  firstMs: quantile(allMs, 0),
  p50Ms: quantile(allMs, 0.5),
  p99Ms: quantile(allMs, 0.99),
  lastMs: quantile(allMs, 1),
  early: allMs.filter((ms) => ms < 0).length,
  allMs,
});
