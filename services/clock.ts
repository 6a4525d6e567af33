// Time, as an argument. The only file that reads the wall clock; rules receive an instant, jobs receive a Clock.
// It does not know time zones (services/prebooking/opening-rule.ts does).
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** The instant now. */
  now(): Date;
  /** Milliseconds on a clock that never jumps; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => wait(Math.max(0, ms), undefined, signal ? { signal } : {}),
};

/**
 * Settles as `promise` does, or as `late` does once `ms` have gone by. The work behind `promise` goes on; its late rejection is caught, so that
 * it does not end the process.
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

/** Resolves with the result of `promise`, or with undefined once `ms` have gone by; the work goes on all the same. */
export const within = <T>(clock: Pick<Clock, 'sleep'>, ms: number, promise: Promise<T>): Promise<T | undefined> =>
  withDeadline(clock, ms, promise, () => undefined);

/**
 * Epoch ms at zero of `monotonicMs`, to some microseconds: the wall clock shows whole milliseconds, so it is watched for
 * one tick. Taken once a race, because the wall clock is corrected now and then and the monotonic one never is.
 */
export function wallAnchorMs(clock: Clock): number {
  let at = clock.monotonicMs();
  let endsAt = at + TICK_WATCH_MS;
  let anchor = Number.NEGATIVE_INFINITY;
  let restarts = 0;
  while (at < endsAt) {
    const before = at;
    const wallMs = clock.now().getTime();
    // The monotonic clock is read second. If the process is suspended between the two readings, the anchor is too low, which is late. The other
    // way round it would be too high, and every shot of the race too early.
    at = clock.monotonicMs();
    anchor = Math.max(anchor, wallMs - at);
    // If the process was suspended, it may have seen no tick at all: start watching again.
    if (at - before > ASIDE_MS && restarts < MAX_RESTARTS) {
      restarts += 1;
      endsAt = at + TICK_WATCH_MS;
    }
  }
  return anchor;
}

/** Two ticks of the wall clock. */
const TICK_WATCH_MS = 2;
const ASIDE_MS = 0.5;
const MAX_RESTARTS = 50;
