// Counts calls in a sliding window and refuses calls beyond the limit, as a real gym may do. This file knows no HTTP: exchange.ts answers 429.
import type { KnobOf } from './knob-shapes.ts';
import type { Call } from './knobs.ts';

type RateLimit = KnobOf<'rate-limit'>;

/** Keeps one count for each limit and key (an account, a box or the whole gym). */
export interface RateLimits {
  /** Counts the call and lets it through (undefined), or answers the milliseconds until the next call is let through. */
  refuses(knob: RateLimit, call: Call, atMs: number): number | undefined;
}

/** Refused calls are not counted. A limit that is turned on again starts with an empty count. */
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
 * The keys (the gym, an account or boxes) under which a limit counts a call. A limit by box counts a call at the box of the host called, or, on the
 * main host, at every box of the member.
 */
function keysOf({ by }: RateLimit, call: Call): readonly string[] {
  if (by === 'gym') return ['gym'];
  if (by === 'account') return [String(call.memberId ?? call.email ?? 'stranger')];
  return call.box === undefined ? (call.homeBoxes ?? []) : [call.box];
}
