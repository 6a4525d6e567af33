// A clock that a test moves by hand: `now` stands still between moves. A sleep on this clock takes real time, because other processes live in real
// time.
import { type Clock, systemClock } from '../../services/clock.ts';

export interface HandClock extends Clock {
  advance(ms: number): void;
  set(at: Date): void;
}

export const MINUTE_MS = 60_000;

export function handClock(start: Date): HandClock {
  let at = start;
  return {
    now: () => at,
    monotonicMs: systemClock.monotonicMs,
    sleep: systemClock.sleep,
    advance: (ms) => {
      at = new Date(at.getTime() + ms);
    },
    set: (to) => {
      at = to;
    },
  };
}
