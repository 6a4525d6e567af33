// A clock that a test moves by hand: a sleep of a second or more lasts until the test has moved the clock past the sleep's end. Sleeps of less than a
// second are real, since sockets and the database live in real time.
import { type Clock, systemClock } from '../../services/clock.ts';

const SHORT_MS = 1_000;
/**
 * The length, in ms, of the sleep between two heartbeats of a lease. While a lease's heartbeat sleeps for this long, a session's renewal is under
 * way, so the clock must not be moved yet.
 */
const BEAT_MS = 10_000;
const LOOK_MS = 1;

interface Sleeper {
  readonly ms: number;
  readonly atMs: number;
  wake(): void;
}

export interface PauseClock extends Clock {
  set(at: Date): void;
  advance(ms: number): Promise<void>;
  /**
   * Waits for `work` and returns its result. Until `work` ends, `play` repeats one step: it moves the clock to the end of the next sleep that is no
   * longer than `mostMs`. The clock stands still while a lease's heartbeat sleeps (`BEAT_MS`), because a renewal is under way then.
   */
  play<T>(work: Promise<T>, mostMs: number): Promise<T>;
  /** For each move of the clock by `play`, the length, in ms, of the sleep that `play` chose to end. */
  readonly slept: number[];
}

/** @param moved is called at each move of the clock, so that the test can move its other clocks too. */
export function pauseClock(start: Date, moved: (ms: number) => Promise<unknown>): PauseClock {
  const startMs = start.getTime();
  let nowMs = startMs;
  let monotonicMs = 1_000_000;
  let sleepers: Sleeper[] = [];
  const slept: number[] = [];
  async function advance(ms: number): Promise<void> {
    nowMs += ms;
    monotonicMs += ms;
    await moved(ms);
    const over = sleepers.filter(({ atMs }) => atMs <= monotonicMs);
    sleepers = sleepers.filter((one) => !over.includes(one));
    for (const { wake } of over) wake();
  }
  return {
    now: () => new Date(nowMs),
    monotonicMs: () => monotonicMs,
    sleep(ms, signal) {
      if (ms < SHORT_MS) return systemClock.sleep(ms, signal);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { ms, atMs: monotonicMs + ms, wake: resolve };
      if (signal?.aborted) reject(signal.reason);
      else sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal.reason);
      });
      return promise;
    },
    set(at) {
      nowMs = at.getTime();
    },
    advance,
    slept,
    async play(work, mostMs) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      while (!isOver) {
        await systemClock.sleep(LOOK_MS);
        const pauses = sleepers.filter(({ ms }) => ms <= mostMs).sort((a, b) => a.atMs - b.atMs);
        const [first] = pauses;
        if (isOver || !first || pauses.some(({ ms }) => ms === BEAT_MS)) continue;
        slept.push(first.ms);
        await advance(first.atMs - monotonicMs);
      }
      return work;
    },
  };
}
