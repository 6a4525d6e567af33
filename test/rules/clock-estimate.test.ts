// The result of one search for how far the gym's clock is ahead of ours, from invented probes without jitter, so that every figure can be computed.
import { describe, expect, test } from 'vitest';
import { type ClockEstimate, concludeClock } from '../../services/gym/clock-estimate.ts';
import type { Stamp } from '../../services/gym/clock-reading.ts';
import type { ClockProbe } from '../../services/gym/gym.ts';

const FLIP_MS = 1_790_000_000_000;
const WAY_MS = 15;
const AHEAD_MS = 250;

/**
 * Gives forty probes, one every 5 ms, around the change of a second at a gym with a clock 250 ms ahead of ours. `thinkingMs` lists the gym's work
 * in ms, probe by probe.
 */
function probesOf(stamp: Stamp, thinkingMs: readonly number[], isTimed = true, pausesMs = [0]): ClockProbe[] {
  return Array.from({ length: 40 }, (_, at) => {
    const sentAtMs = FLIP_MS - AHEAD_MS - WAY_MS - 120 + at * 5;
    const thoughtMs = thinkingMs[at % thinkingMs.length] ?? 0;
    const pausedMs = pausesMs[at % pausesMs.length] ?? 0;
    const stampedAtMs = sentAtMs + pausedMs + WAY_MS + (stamp === 'end' ? thoughtMs : 0);
    return {
      sentAtMs,
      receivedAtMs: sentAtMs + pausedMs + 2 * WAY_MS + thoughtMs,
      dateMs: Math.floor((stampedAtMs + AHEAD_MS) / 1_000) * 1_000,
      tcp: isTimed ? { fastestMs: 2 * WAY_MS, medianMs: 2 * WAY_MS } : undefined,
    };
  });
}
const concluded = (...asked: Parameters<typeof probesOf>): ClockEstimate =>
  concludeClock(probesOf(...asked)) ?? expect.fail('Expected an estimate.');

describe('a search', () => {
  test('at one address that always takes as long cannot tell how Date is stamped', () => {
    for (const stamp of ['start', 'end'] as const) expect(Math.abs(concluded(stamp, [60]).evidence)).toBeLessThan(0.5);
  });

  test('at two addresses that take differently long tells', () => {
    expect(concluded('end', [20, 60]).evidence).toBeGreaterThan(0.5);
    expect(concluded('start', [20, 60]).evidence).toBeLessThan(-0.5);
  });

  test.each(['start', 'end'] as const)('finds the difference of the clocks by the reading that holds: %s', (stamp) => {
    const estimate = concluded(stamp, [20, 60]);
    expect(Math.abs((estimate[stamp]?.offsetMs ?? Number.NaN) - AHEAD_MS)).toBeLessThan(5);
    expect(estimate.offsetMs).toBe(estimate[stamp]?.offsetMs);
    expect(estimate[stamp]?.leastOffsetMs).toBeLessThanOrEqual(AHEAD_MS + 0.1);
  });

  test('tells thinking from the way, TCP’s jitter allowed for', () => {
    expect(concluded('end', [20, 60])).toMatchObject({ rttMs: 2 * WAY_MS + 20, probes: 40 });
    expect(concluded('end', [20, 60]).thinkingMs).toBeCloseTo(20, 0);
    expect(concluded('end', [20, 40, 40, 60]).usualThinkingMs).toBeCloseTo(40, 0);
  });

  test('without a timed handshake reads Date by arrival, and knows of no thinking', () => {
    const estimate = concluded('start', [20, 60], false);
    expect(estimate).toMatchObject({ end: undefined, thinkingMs: undefined, wayMs: 2 * WAY_MS + 20 });
  });

  test.each([
    [[0.3]],
    [[20, 60]],
  ])('takes a pause of this process for no part of the gym’s clock: thinking %j', (thinkingMs) => {
    // Every third probe left 6 ms after our stamp of its sending. The network has no jitter.
    const estimate = concluded('start', thinkingMs, true, [0, 0, 6]);
    // With every third probe delayed, the smallest plausible difference of the clocks may be wrong by at most 1.5 ms.
    expect(estimate.start.leastOffsetMs).toBeLessThanOrEqual(AHEAD_MS + 1.5);
  });

  test('of fewer than two probes says nothing', () => {
    expect(concludeClock(probesOf('start', [20]).slice(0, 1))).toBeUndefined();
  });

  test('says how far off it may be: little after forty looks, all of a long standstill that may have held up every look', () => {
    const sure = concluded('start', [0.3]);
    expect(sure.maxErrorMs).toBeLessThan(10);
    expect(Math.abs(sure.offsetMs - AHEAD_MS)).toBeLessThanOrEqual(sure.maxErrorMs);
    // All probes but one were sent 400 ms after our stamp of their sending.
    const stalled = concluded('start', [3], true, [0, ...Array.from({ length: 39 }, () => 400)]);
    expect(Math.abs(stalled.offsetMs - AHEAD_MS)).toBeLessThanOrEqual(stalled.maxErrorMs);
    expect(stalled.maxErrorMs).toBeGreaterThan(100);
  });

  test('counts what lies between two readings that it cannot tell apart', () => {
    expect(concluded('end', [250]).maxErrorMs).toBeGreaterThan(200);
  });
});
