// What a race teaches about a gym's clock. A request that is refused as too early makes the next race send later, by as much as the refusal proves. A
// race in which no request is refused as too early makes the next race send 1 ms sooner.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { againFrom, aim, aimedBy, type KnownClock, NOTHING_KNOWN } from '../../services/gym/aim.ts';
import type { ClockEstimate } from '../../services/gym/clock-estimate.ts';
import { type FirstShots, learnClock, together } from '../../services/gym/clock-lesson.ts';

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
  usualThinkingMs: 100,
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

describe('whether a gym judges the opening at the end of its work', () => {
  /** The clock estimate for a gym that works on a page for 210 ms at least, and usually for 330 ms; the network's round trip takes 1 ms. */
  const long: ClockEstimate = { ...slow, evidence: 0.9, thinkingMs: 210, usualThinkingMs: 330 };
  const judged = (judgesLate: KnownClock['judgesLate'], shots: FirstShots, estimate = long) =>
    learnClock({ ...NOTHING_KNOWN, judgesLate }, estimate, shots, NOW).judgesLate;

  test('is tried after a booking that was let in at the opening and took as long as the page', () => {
    expect(judged('unknown', { early: false, tookMs: 206 })).toBe('to-try');
    expect(judged('unknown', { early: false, tookMs: 205 })).toBe('unknown');
    expect(judged('unknown', FINE)).toBe('unknown');
    expect(judged('no', { early: false, tookMs: 300 })).toBe('no');
  });

  test('is not tried where Date is not surely stamped there, or thinking is short', () => {
    for (const today of [{ evidence: 0.4 }, { thinkingMs: 99 }])
      expect(judged('unknown', { early: false, tookMs: 400 }, { ...long, ...today })).toBe('unknown');
  });

  test('is shown by a request that came before the opening and was let in', () => {
    expect(judged('to-try', { early: false, tookMs: 340 })).toBe('yes');
    expect(judged('yes', { early: false, tookMs: 340 })).toBe('yes');
  });

  test('is refuted by one that was refused, though the work on it lasted beyond the opening', () => {
    expect(judged('to-try', { ...refused(), tookMs: 336 })).toBe('no');
    expect(judged('yes', { ...refused(), tookMs: 216 })).toBe('no');
    expect(judged('unknown', { ...refused(), tookMs: 6 })).toBe('no');
  });

  test('is tried once: a refusal that was ready before the opening tells nothing, and moves no margin', () => {
    expect(judged('to-try', { ...refused(), tookMs: 300 })).toBe('no');
    expect(judged('yes', { ...refused(), tookMs: 205 })).toBe('yes');
    const known: KnownClock = { ...NOTHING_KNOWN, judgesLate: 'to-try' };
    expect(learnClock(known, long, { ...refused(40), tookMs: 300 }, NOW)).toMatchObject({ marginMs: 0 });
  });

  test.each(['arrival', 'end'] as const)('is tried in the second race: %s. Then one shot a race is enough', (judge) => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { minLength: 60, maxLength: 60 }), (luck) => {
        const opening = new Date('2026-11-24T17:00:00.000Z');
        let known = NOTHING_KNOWN;
        const shots = luck.map(([first, second]) => {
          const isOver = known.judgesLate === 'yes' || known.judgesLate === 'no';
          const sentAtMs = aim(opening, long, known);
          const againMs = againFrom(opening, long, known);
          // Gives how long after the opening the gym checks whether the class is open, by the gym's clock, which is 80 ms behind ours.
          const lateMs = (atMs: number, thinkMs: number) =>
            atMs + 0.5 - 80 + (judge === 'end' ? thinkMs : 0) - opening.getTime();
          const [thinkMs, nextMs] = [210 + 180 * first, 210 + 180 * second];
          const isEarly = lateMs(sentAtMs, thinkMs) < 0;
          // The second request is sent after the first was refused as too early. The gym checks the second request after the opening.
          if (isEarly) expect(lateMs(Math.max(againMs, sentAtMs + thinkMs + 1), nextMs)).toBeGreaterThanOrEqual(0);
          known = learnClock(known, long, { ...(isEarly ? refused() : FINE), tookMs: thinkMs + 1 }, NOW);
          return { count: isEarly ? 2 : 1, isOver };
        });
        expect(shots.map(({ isOver }) => isOver)).toEqual(shots.map((_, at) => at > 1));
        expect(shots.filter(({ count, isOver }) => isOver && count > 1)).toEqual([]);
        expect(known.marginMs).toBe(0);
        // The trial (the second race) shows at which end of its work the gym checks whether the class is open, if that work is long enough to end
        // after the opening.
        const tells = (luck[1]?.[0] ?? 0) > 0.75;
        if (tells) expect(known.judgesLate).toBe(judge === 'end' ? 'yes' : 'no');
      }),
    );
  });
});

describe('the shots of many at one instant', () => {
  const many = (early: number, fine: number) => [
    ...Array.from({ length: early }, (_, at) => ({ ...refused(at), tookMs: 200 + at })),
    ...Array.from({ length: fine }, (_, at) => ({ ...FINE, tookMs: 300 + at })),
  ];

  test('are early when half of them are: by the least that was proven, and the longest answer', () => {
    expect(together(many(3, 3), 'end')).toEqual({ early: true, provenMs: 0, tookMs: 202 });
    expect(together(many(3, 4), 'end')).toEqual({ early: false, tookMs: 300 });
    expect(together([], 'end')).toBeUndefined();
  });

  test('sent ahead are let in when one of them was', () => {
    expect(together(many(9, 1), 'ahead')).toEqual({ early: false, tookMs: 300 });
    expect(together(many(9, 0), 'ahead')).toMatchObject({ early: true });
  });
});

test('whatever happens, what is learned stays within its bounds', () => {
  const some = fc.double({ min: 0, max: 3_000, noNaN: true });
  const shots = fc.oneof(
    some.map((tookMs): FirstShots => ({ early: false, tookMs })),
    some.map(refused),
    fc.tuple(some, some).map(([provenMs, tookMs]): FirstShots => ({ early: true, provenMs, tookMs })),
  );
  const estimates = fc.record({
    evidence: fc.double({ min: -1, max: 1, noNaN: true }),
    thinkingMs: fc.constantFrom(undefined, 0, 1, 20, 300),
    usualThinkingMs: fc.constantFrom(undefined, 330, 900),
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
