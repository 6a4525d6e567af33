// The receipt says what happened, how late, and by whom it was decided.
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../services/prebooking/outcome.ts';
import { buildReceipt, decidedBy, latenessMs, type RaceFacts, wordsIn } from '../../services/prebooking/receipt.ts';

const opensAt = new Date('2026-11-24T17:00:00.000Z');
const T = opensAt.getTime();
const won: RaceFacts = {
  opensAt,
  wokenAtMs: T - 30_000,
  readyAtMs: T - 20_000,
  sentAtMs: T - 1_985.75,
  firstByteAtMs: T - 1_600,
  answeredAtMs: T - 1_599.5,
  readBackAtMs: T - 1_000,
  clockOffsetMs: 1_972.5,
  rttMs: 30,
  shots: 1,
  outcome: 'booked',
};
const OUTCOMES: readonly Outcome[] = [
  'booked',
  'waitlisted',
  'already-booked',
  'full',
  'too-early',
  'too-late',
  'quota-reached',
  'no-credit',
  'unpaid',
  'same-hour',
  'wished-twice',
  'refused',
  'session-dead',
  'not-sent',
  'turned-away',
  'unconfirmed',
  'checking',
  'missed',
  'withdrawn',
];

describe('the receipt', () => {
  test('carries instants in ISO 8601 with milliseconds, and figures to a tenth', () => {
    expect(buildReceipt(won)).toEqual({
      opensAt: '2026-11-24T17:00:00.000Z',
      wokenAt: '2026-11-24T16:59:30.000Z',
      readyAt: '2026-11-24T16:59:40.000Z',
      sentAt: '2026-11-24T16:59:58.014Z',
      firstByteAt: '2026-11-24T16:59:58.400Z',
      answeredAt: '2026-11-24T16:59:58.400Z',
      readBackAt: '2026-11-24T16:59:59.000Z',
      latenessMs: 1.8,
      clockOffsetMs: 1972.5,
      rttMs: 30,
      shots: 1,
      decidedBy: 'us',
      words: 'You have the place. Our request reached the gym 2 milliseconds after booking opened.',
    });
  });

  test('gives null, in JSON too, for what did not happen', () => {
    const receipt = JSON.parse(JSON.stringify(buildReceipt({ opensAt, shots: 0, outcome: 'withdrawn' })));
    const { sentAt, firstByteAt, answeredAt, readBackAt, wokenAt, readyAt, latenessMs, clockOffsetMs, rttMs } = receipt;
    for (const absent of [
      sentAt,
      firstByteAt,
      answeredAt,
      readBackAt,
      wokenAt,
      readyAt,
      latenessMs,
      clockOffsetMs,
      rttMs,
    ]) {
      expect(absent).toBeNull();
    }
    expect(receipt.decidedBy).toBe('member');
  });
});

describe('lateness', () => {
  test('is the arrival at the gym by the gym’s clock', () => {
    expect(latenessMs(won)).toBeCloseTo(1.75, 6);
  });
  test('counts an unknown clock and round trip as nothing', () => {
    expect(latenessMs({ opensAt, sentAtMs: T + 12, shots: 1, outcome: 'booked' })).toBe(12);
  });
});

describe('who decided', () => {
  const full = (sentAtMs: number | undefined): RaceFacts => ({ opensAt, sentAtMs, shots: 1, outcome: 'full' });
  test('a full class was the crowd’s doing when our request was there within a second', () => {
    expect(decidedBy(full(T + 1_000))).toBe('crowd');
  });
  test('a full class was our lateness when our request came later, or never', () => {
    expect(decidedBy(full(T + 1_001))).toBe('late');
    expect(decidedBy(full(undefined))).toBe('late');
  });
  test.each([
    ['booked', 'us'],
    ['waitlisted', 'us'],
    ['not-sent', 'late'],
    ['missed', 'late'],
    ['too-early', 'too-early'],
    ['session-dead', 'session'],
    ['withdrawn', 'member'],
    ['same-hour', 'member'],
    ['wished-twice', 'member'],
    ['quota-reached', 'gym'],
    ['unconfirmed', 'gym'],
  ] as const)('%s was decided by %s', (outcome, who) => {
    expect(decidedBy({ ...won, outcome })).toBe(who);
  });
});

describe('the words', () => {
  test.each(OUTCOMES)('say %s in one or two sentences, in both languages', (outcome) => {
    for (const facts of [
      { ...won, outcome },
      { opensAt, shots: 0, outcome },
    ]) {
      const english = wordsIn('en', facts);
      const spanish = wordsIn('es', facts);
      expect(english).not.toBe(spanish);
      for (const words of [english, spanish])
        expect(words).toMatch(/^[A-Z][^.]*((\d[.,]\d)[^.]*)?\.( [A-Z][^.]*((\d\.\d)[^.]*)?\.)?$/);
    }
  });
  test('never claim a place that was not won', () => {
    for (const outcome of OUTCOMES) {
      const claims = wordsIn('en', { ...won, outcome }).startsWith('You have the place');
      expect(claims).toBe(outcome === 'booked');
    }
  });
  test('own up to lateness', () => {
    expect(wordsIn('en', { opensAt, sentAtMs: T + 4_200, shots: 1, outcome: 'full' })).toBe(
      'The class was full. Our request came 4.2 seconds after booking opened; that was too late, and our fault.',
    );
    expect(wordsIn('es', { opensAt, sentAtMs: T + 4_200, shots: 1, outcome: 'full' })).toContain('4,2 segundos');
  });
});
