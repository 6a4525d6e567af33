// Counts calls in a sliding window and refuses those beyond the limit, as a gym does that thinks itself under attack.
// It knows no HTTP: exchange.ts answers 429.
import type { KnobOf } from './knob-shapes.ts';
import type { Call } from './knobs.ts';

type RateLimit = KnobOf<'rate-limit'>;

/** One count a limit and key (account, box or gym). */
export interface RateLimits {
  /** Counts the call and lets it through (undefined), or answers the milliseconds until one is let through again. */
  refuses(knob: RateLimit, call: Call, atMs: number): number | undefined;
}

/** Refused calls are not counted. A limit that is turned on anew begins at nothing. */
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

/** The box of the host called, or all the boxes of the member: the main host serves the members of every box. */
function keysOf({ by }: RateLimit, call: Call): readonly string[] {
  if (by === 'gym') return ['gym'];
  if (by === 'account') return [String(call.memberId ?? call.email ?? 'stranger')];
  return call.box === undefined ? (call.homeBoxes ?? []) : [call.box];
}
