// When a race sends its request: each test states one part of how the instant is chosen.
import { describe, expect, test } from 'vitest';
import { againFrom, aim, aimedBy, NOTHING_KNOWN } from '../../services/gym/aim.ts';
import type { ClockEstimate } from '../../services/gym/clock-estimate.ts';

const OPENING = new Date('2026-11-24T17:00:00.000Z');
const T = OPENING.getTime();
/** The margin in ms that the service always adds to the instant of sending. */
const OWN_MS = 0.25;
const estimate: ClockEstimate = {
  offsetMs: 100,
  start: { offsetMs: 101, uncertaintyMs: 1, leastOffsetMs: 100 },
  end: { offsetMs: 21, uncertaintyMs: 1, leastOffsetMs: 20 },
  maxErrorMs: 1,
  evidence: 0,
  wayMs: 30,
  thinkingMs: 80,
  usualThinkingMs: 100,
  rttMs: 110,
  probes: 60,
};
const START = T - 100 - 15 + OWN_MS;
const END = T - 20 - 15 + OWN_MS;
const aimed = (more: Partial<ClockEstimate>, evidence = 0) =>
  aim(OPENING, { ...estimate, ...more }, { ...NOTHING_KNOWN, evidence });

describe('the aim', () => {
  test('is the opening less the least offset and half the way, by the reading that the probes speak for', () => {
    expect(aimed({ evidence: -0.9 })).toBe(START);
    expect(aimed({ evidence: 0.9 })).toBe(END);
  });

  test('allows for all of a little thinking, however Date is stamped', () => {
    expect(aimed({ thinkingMs: 1.5, evidence: -0.9 })).toBe(START + 1.5);
    expect(aimed({ thinkingMs: 1.5 })).toBe(START + 1.5);
  });

  test('without evidence waits for thinking that is shorter than the round trip of a refusal, and not for longer', () => {
    expect(aimed({ thinkingMs: 31 })).toBe(END);
    expect(aimed({ thinkingMs: 33 })).toBe(START);
  });

  test('two earlier searches that agree decide, one does not', () => {
    expect(aimed({}, 0.9)).toBe(START);
    expect(aimed({}, 1.8)).toBe(END);
  });

  test('a search of today outweighs what was known', () => {
    expect(aimed({ evidence: -0.95 }, 0.8)).toBe(START);
  });

  test('is by arrival where no handshake was timed', () => {
    expect(aimed({ thinkingMs: undefined, end: undefined, evidence: 0.9 })).toBe(START);
  });

  test('is delayed by what was learned', () => {
    expect(aim(OPENING, { ...estimate, evidence: -1 }, { ...NOTHING_KNOWN, marginMs: 40 })).toBe(START + 40);
  });

  test('is the opening by our own clock when nothing is known of the gym’s', () => {
    expect(aim(OPENING, undefined, NOTHING_KNOWN)).toBe(T);
    expect(aim(OPENING, undefined, { ...NOTHING_KNOWN, marginMs: 30 })).toBe(T + 30);
  });

  test('has no reading where it does not matter', () => {
    expect(aimedBy(undefined, NOTHING_KNOWN)).toBeUndefined();
    expect(aimedBy({ ...estimate, thinkingMs: 1 }, NOTHING_KNOWN)).toBeUndefined();
    expect(aimedBy(estimate, NOTHING_KNOWN)).toBe('start');
  });
});

describe('at a gym that stamps Date at the end of long work', () => {
  const long: ClockEstimate = { ...estimate, evidence: 0.9, thinkingMs: 210, usualThinkingMs: 330 };
  const known = (judgesLate: (typeof NOTHING_KNOWN)['judgesLate']) => ({ ...NOTHING_KNOWN, judgesLate });

  test('the aim is the opening, unless it judges the opening there, too', () => {
    expect(aim(OPENING, long, known('unknown'))).toBe(END);
    expect(aim(OPENING, long, known('no'))).toBe(END);
    expect(aim(OPENING, long, known('yes'))).toBe(END - 210);
  });

  test('whether it does is tried by a request that is mostly refused before the opening; the next one waits for the aim', () => {
    expect(aimedBy(long, known('to-try'))).toBe('ahead');
    expect(aim(OPENING, long, known('to-try'))).toBe(END - 330);
    for (const word of ['unknown', 'to-try', 'yes', 'no'] as const)
      expect(againFrom(OPENING, long, known(word))).toBe(END);
  });

  test('nothing is sent sooner where Date is not surely stamped there, the work is short, or so long that the lead would be', () => {
    for (const today of [{ evidence: 0.4 }, { thinkingMs: 99 }, { usualThinkingMs: 501 }]) {
      const now = { ...long, ...today };
      expect(aim(OPENING, now, known('to-try'))).toBe(againFrom(OPENING, now, known('unknown')));
      expect(aim(OPENING, now, known('yes'))).toBe(againFrom(OPENING, now, known('unknown')));
    }
  });
});
