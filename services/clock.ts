// The clock that all other code gets as an argument. No other file of the service reads the wall clock: pure functions receive an instant, jobs
// receive a `Clock`. This file does not know time zones; services/prebooking/opening-rule.ts does.
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** The present instant, by the wall clock. */
  now(): Date;
  /** Milliseconds on a clock that never jumps; only the difference of two readings means something. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds; if `signal` aborts before that, rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => wait(Math.max(0, ms), undefined, signal ? { signal } : {}),
};

/**
 * Settles as `promise` does, or as `late` does if `ms` milliseconds go by first. The operation that settles `promise` goes on after the deadline. A
 * rejection of `promise` that comes too late is caught, so that the rejection does not end the process.
 */
export function withDeadline<T, L>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  promise: Promise<T>,
  late: () => L,
): Promise<T | L> {
  const ended = new AbortController();
  const over = clock.sleep(ms, ended.signal).then(late, () => promise);
  return Promise.race([promise, over]).finally(() => ended.abort());
}

/**
 * Settles as `promise` does, or resolves with undefined once `ms` milliseconds have gone by. The operation that settles `promise` goes on after the
 * deadline.
 */
export const within = <T>(clock: Pick<Clock, 'sleep'>, ms: number, promise: Promise<T>): Promise<T | undefined> =>
  withDeadline(clock, ms, promise, () => undefined);

/**
 * The epoch ms at which `monotonicMs` was zero, exact to some microseconds. The wall clock shows whole milliseconds, so `wallAnchorMs` watches the
 * wall clock until its millisecond changes. Each race calls `wallAnchorMs` once and keeps the result, because the wall clock is corrected at times
 * and the monotonic clock never is.
 */
export function wallAnchorMs(clock: Clock): number {
  let at = clock.monotonicMs();
  let endsAt = at + TICK_WATCH_MS;
  let anchor = Number.NEGATIVE_INFINITY;
  let restarts = 0;
  while (at < endsAt) {
    const before = at;
    const wallMs = clock.now().getTime();
    // The monotonic clock is read after the wall clock. A suspension of the process between the readings of the two clocks makes `anchor` (the wall
    // time at monotonic zero) too low, and the race's shots leave late. If the monotonic clock were read first, a suspension between the two readings
    // would make `anchor` (the wall time at monotonic zero) too high, and shots would leave too early.
    at = clock.monotonicMs();
    anchor = Math.max(anchor, wallMs - at);
    // If the process was suspended, it may have seen no change of the wall clock's millisecond at all, so the watching of the wall clock starts
    // again.
    if (at - before > ASIDE_MS && restarts < MAX_RESTARTS) {
      restarts += 1;
      endsAt = at + TICK_WATCH_MS;
    }
  }
  return anchor;
}

/** How long the wall clock is watched, ms: in two milliseconds, its millisecond changes at least once. */
const TICK_WATCH_MS = 2;
const ASIDE_MS = 0.5;
const MAX_RESTARTS = 50;
