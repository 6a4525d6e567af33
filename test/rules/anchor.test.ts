// The wall clock's anchor (the wall time at which the monotonic clock was zero): an error of the anchor may make a shot late, and never early.
import { expect, test } from 'vitest';
import { type Clock, wallAnchorMs } from '../../services/clock.ts';

/** Gives a clock that takes a little time for each reading; the process is sometimes suspended between two readings. */
function busyClock(trueAnchorMs: number, asideMs: number): Clock {
  let monotonicMs = 1_000;
  let readings = 0;
  const pass = () => {
    readings += 1;
    monotonicMs += readings % 7 === 0 ? asideMs : 0.013;
  };
  return {
    monotonicMs: () => {
      pass();
      return monotonicMs;
    },
    now: () => {
      pass();
      return new Date(Math.floor(trueAnchorMs + monotonicMs));
    },
    sleep: async () => undefined,
  };
}

test.each([
  0.013, 0.4, 5, 50,
])('is never above the truth, though the process is put aside for %d ms in between', (asideMs) => {
  const trueAnchorMs = 1_790_000_000_000.37;
  const found = wallAnchorMs(busyClock(trueAnchorMs, asideMs));
  expect(found).toBeLessThanOrEqual(trueAnchorMs + 1e-3);
  expect(found).toBeGreaterThan(trueAnchorMs - 1.1);
});

test('is right when the process is put aside for long in the very first reading', () => {
  let monotonicMs = 1_000;
  let readings = 0;
  const trueAnchorMs = 1_790_000_000_000.37;
  const found = wallAnchorMs({
    monotonicMs: () => {
      readings += 1;
      monotonicMs += readings === 2 ? 340 : 0.013;
      return monotonicMs;
    },
    now: () => new Date(Math.floor(trueAnchorMs + monotonicMs)),
    sleep: async () => undefined,
  });
  expect(found).toBeLessThanOrEqual(trueAnchorMs + 1e-3);
  expect(found).toBeGreaterThan(trueAnchorMs - 1.1);
});
