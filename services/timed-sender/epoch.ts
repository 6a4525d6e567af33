// Between the clock both threads read (hrtime) and the epoch milliseconds the race counts in.
// It chooses no anchor: sender.ts is given one.
import { hrtimeMs, type ShotReport } from './protocol.ts';

/**
 * How far hrtime runs ahead of `performance.now()`. Both tick alike; the tightest of some readings is taken, and its
 * upper bound, so that the error (below 1 µs) can only make a shot late, never early.
 */
export function hrtimeAheadMs(): number {
  let best = { spreadMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
  for (let reading = 0; reading < 32; reading += 1) {
    const before = hrtimeMs();
    const now = performance.now();
    const after = hrtimeMs();
    if (after - before < best.spreadMs) best = { spreadMs: after - before, aheadMs: after - now };
  }
  return best.aheadMs;
}

/** The same report with its instants moved by `shiftMs`. */
export function inEpoch(shot: ShotReport, shiftMs: number): ShotReport {
  const epoch = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + shiftMs);
  const { sentAtMs, firstByteAtMs, answeredAtMs } = shot;
  return {
    ...shot,
    sentAtMs: epoch(sentAtMs),
    firstByteAtMs: epoch(firstByteAtMs),
    answeredAtMs: epoch(answeredAtMs),
  };
}
