// A clock that jumps to the next instant at which something is due, so that minutes on a simulated network take milliseconds.
import type { ProbeTimer } from '../services/gym/clock-offset.ts';

export interface VirtualTime extends ProbeTimer {
  /** Moves the clock through everything that is due before `work` ends, and returns the result of `work`. */
  play<T>(work: Promise<T>): Promise<T>;
}

const afterMicrotasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function startVirtualTime(startMs: number): VirtualTime {
  let now = startMs;
  const waiting: { atMs: number; wake: () => void }[] = [];
  return {
    nowMs: () => now,
    sleep: (ms) => new Promise((wake) => waiting.push({ atMs: now + Math.max(0, ms), wake })),
    async play(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (await afterMicrotasks(); !isOver; await afterMicrotasks()) {
        const [first] = waiting.sort((a, b) => a.atMs - b.atMs);
        if (!first) throw new Error('Nothing is due, and the work has not ended.');
        now = Math.max(now, first.atMs);
        while (waiting[0] && waiting[0].atMs <= now) waiting.shift()?.wake();
      }
      return work;
    },
  };
}
