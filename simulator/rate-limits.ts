// Counts calls in a sliding window and refuses calls beyond the limit, as a real gym may do. This file knows no HTTP: exchange.ts answers a refused
// call with 429.
import type { KnobOf } from './knob-shapes.ts';
import type { Call } from './knobs.ts';

type RateLimit = KnobOf<'rate-limit'>;

/** Keeps one count of calls for each `rate-limit` knob and each key (an account, a box or the whole gym). */
export interface RateLimits {
  /**
   * Counts the call and returns undefined if the call is let through; otherwise returns in how many milliseconds the next call would be let through.
   */
  refuses(knob: RateLimit, call: Call, atMs: number): number | undefined;
}

/**
 * A call that a `rate-limit` knob refuses does not count toward the knob's limit `max`. A `rate-limit` knob that is turned on again starts with an
 * empty count.
 */
export function createRateLimits(): RateLimits {
  const counts = new WeakMap<RateLimit, Map<string, number[]>>();
  return {
    refuses(knob, call, atMs) {
      const windows = counts.get(knob) ?? new Map<string, number[]>();
      counts.set(knob, windows);
      const keys = keysOf(knob, call);
      const recent = keys.map((key) => (windows.get(key) ?? []).filter((one) => one > atMs - knob.windowMs));
      const full = recent.find((calls) => calls.length >= knob.max);
      if (full) return Math.max(0, (full.at(-knob.max) ?? atMs) + knob.windowMs - atMs);
      for (const [index, key] of keys.entries()) windows.set(key, [...(recent[index] ?? []), atMs]);
      return undefined;
    },
  };
}

/**
 * The keys (the gym, an account or boxes) under which a `rate-limit` knob counts a call. With `by: box` a call to a box's host counts for that box,
 * and a call to the main host counts for every box of the member.
 */
function keysOf({ by }: RateLimit, call: Call): readonly string[] {
  if (by === 'gym') return ['gym'];
  if (by === 'account') return [String(call.memberId ?? call.email ?? 'stranger')];
  return call.box === undefined ? (call.homeBoxes ?? []) : [call.box];
}
