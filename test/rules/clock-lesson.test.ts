// What a race teaches about a gym's clock: the whole distance from one refusal, and 1 ms earlier from a race without one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aimedBy, type KnownClock, NOTHING_KNOWN } from '../../services/gym/aim.ts';
import type { ClockEstimate } from '../../services/gym/clock-estimate.ts';
import { type FirstShots, learnClock } from '../../services/gym/clock-lesson.ts';

const NOW = new Date('2026-11-24T17:00:01.000Z');
const DAY_MS = 86_400_000;
const FINE: FirstShots = { early: false };
const refused = (provenMs = 0): FirstShots => ({ early: true, provenMs });
const slow: ClockEstimate = {
  offsetMs: 0,
  start: { offsetMs: 0, uncertaintyMs: 1, leastOffsetMs: 0 },
  end: { offsetMs: -80, uncertaintyMs: 1, leastOffsetMs: -81 },
  maxErrorMs: 1,
  evidence: 0,
  wayMs: 1,
  thinkingMs: 80,
  rttMs: 81,
  probes: 60,
};
const cheap: ClockEstimate = { ...slow, thinkingMs: 0.5, rttMs: 1.5 };
const learned = (estimate: ClockEstimate, shots: readonly FirstShots[], from: KnownClock = NOTHING_KNOWN) =>
  shots.reduce((known, one) => learnClock(known, estimate, one, NOW), from);

describe('one refusal', () => {
  test('where it was open how Date is stamped teaches the other reading, and no margin', () => {
    const known = learned(slow, [refused()]);
    expect(aimedBy(slow, NOTHING_KNOWN)).toBe('start');
    expect(aimedBy(slow, known)).toBe('end');
    expect(known.marginMs).toBe(0);
  });

  test('where that was sure teaches as much as the refused shots proved', () => {
    expect(learned(cheap, [refused(21)]).marginMs).toBe(21);
    expect(learned({ ...slow, evidence: -0.9 }, [refused(21)])).toMatchObject({ marginMs: 21, refusedMarginMs: 0 });
  });

  test('that proves nothing teaches little, and twice as much each time that it was not enough', () => {
    const margins = [1, 2, 3, 4].map(
      (times) =>
        learned(
          cheap,
          Array.from({ length: times }, () => refused()),
        ).marginMs,
    );
    expect(margins).toEqual([2, 6, 14, 30]);
  });
});

describe('a race that is not early', () => {
  test('moves the next one by 1 ms sooner, and no sooner than what the search says', () => {
    const from = { ...NOTHING_KNOWN, marginMs: 2.5 };
    expect([1, 2, 3, 4].map((races) => learned(cheap, Array(races).fill(FINE), from).marginMs)).toEqual([
      1.5, 0.5, 0, 0,
    ]);
  });

  test('does not try again within two months what was refused', () => {
    const from = learned(cheap, [refused(0), refused(21)]);
    expect(from).toMatchObject({ marginMs: 23, refusedMarginMs: 2 });
    expect(learned(cheap, Array(40).fill(FINE), from).marginMs).toBe(3);
    const later = new Date(NOW.getTime() + 61 * DAY_MS);
    expect(learnClock({ ...from, marginMs: 3 }, cheap, FINE, later).marginMs).toBe(2);
  });

  test('twenty in a row make one try of the sooner reading', () => {
    const near = { ...slow, wayMs: 90 };
    expect(aimedBy(near, learned(near, Array(19).fill(FINE)))).toBe('end');
    expect(aimedBy(near, learned(near, Array(21).fill(FINE)))).toBe('start');
  });
});

test('evidence adds up from race to race, what a search leaves open does not', () => {
  expect(learned({ ...slow, evidence: 0.9 }, [FINE, FINE]).evidence).toBeCloseTo(1.7);
  expect(learned({ ...slow, evidence: 0.4 }, [FINE, FINE]).evidence).toBeCloseTo(-0.1);
});

test('whatever happens, what is learned stays within its bounds', () => {
  const shots = fc.oneof(fc.constant(FINE), fc.double({ min: 0, max: 3_000, noNaN: true }).map(refused));
  const estimates = fc.record({
    evidence: fc.double({ min: -1, max: 1, noNaN: true }),
    thinkingMs: fc.constantFrom(undefined, 0, 1, 20, 300),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(estimates, shots), { maxLength: 60 }), (races) => {
      let known = NOTHING_KNOWN;
      for (const [estimate, one] of races) known = learnClock(known, { ...slow, ...estimate }, one, NOW);
      expect(Math.abs(known.evidence)).toBeLessThanOrEqual(2);
      expect(known.marginMs).toBeGreaterThanOrEqual(0);
      expect(known.marginMs).toBeLessThanOrEqual(1_000);
    }),
  );
});
