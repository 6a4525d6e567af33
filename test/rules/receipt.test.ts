// The receipt's text says what happened, how late the request was, and which side (the gym, the member, or the service) decided.
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../services/prebooking/outcome.ts';
import {
  buildReceipt,
  latenessMs,
  type RaceFacts,
  reviseReceipt,
  type Try,
} from '../../services/prebooking/receipt.ts';
import { wordsFor } from '../../services/prebooking/receipt-text.ts';

const opensAt = new Date('2026-11-24T17:00:00.000Z');
const T = opensAt.getTime();
/** Gives a try with a request that arrived `ms` after the opening by the gym's clock, at a gym 30 ms away. */
const arrived = (ms: number, answer = 'booked', why?: string): Try => {
  const sentAtMs = T + ms - 1_972.5 - 15;
  return { sentAtMs, firstByteAtMs: sentAtMs + 30, answeredAtMs: sentAtMs + 30.5, answer, why };
};
const never = (why: string): Try => ({
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  answer: 'not-sent',
  why,
});
const won: RaceFacts = {
  opensAt,
  wokenAtMs: T - 30_000,
  readyAtMs: T - 20_000,
  readBackAtMs: T - 1_000,
  tries: [arrived(1.75)],
  clockOffsetMs: 1_972.5,
  rttMs: 30,
  outcome: 'booked',
};
const full: RaceFacts = { ...won, outcome: 'full', tries: [arrived(12, 'full', 'No queda sitio.')] };
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
  'class-gone',
  'refused',
  'session-dead',
  'not-sent',
  'turned-away',
  'unconfirmed',
  'checking',
  'missed',
  'withdrawn',
];
const decidedBy = (facts: RaceFacts) => buildReceipt(facts).decidedBy;
const words = (facts: RaceFacts) => buildReceipt(facts).words;

describe('the receipt', () => {
  test('carries instants in ISO 8601 with milliseconds, and figures to a tenth', () => {
    expect(buildReceipt(won)).toEqual({
      opensAt: '2026-11-24T17:00:00.000Z',
      wokenAt: '2026-11-24T16:59:30.000Z',
      readyAt: '2026-11-24T16:59:40.000Z',
      sentAt: '2026-11-24T16:59:58.014Z',
      firstByteAt: '2026-11-24T16:59:58.044Z',
      answeredAt: '2026-11-24T16:59:58.044Z',
      readBackAt: '2026-11-24T16:59:59.000Z',
      latenessMs: 1.8,
      firstLatenessMs: 1.8,
      clockOffsetMs: 1972.5,
      rttMs: 30,
      shots: 1,
      tries: [
        {
          sentAt: '2026-11-24T16:59:58.014Z',
          answeredAt: '2026-11-24T16:59:58.044Z',
          latenessMs: 1.8,
          answer: 'booked',
        },
      ],
      decidedBy: 'us',
      words: 'You have the place. Our request reached the gym about 2 milliseconds after the opening time.',
    });
  });

  test('gives null, in JSON too, for what did not happen', () => {
    const receipt = JSON.parse(JSON.stringify(buildReceipt({ opensAt, tries: [], outcome: 'withdrawn' })));
    const { decidedBy: who, words: said, opensAt: opens, shots, tries, ...absent } = receipt;
    expect(new Set(Object.values(absent))).toEqual(new Set([null]));
    expect([who, shots, tries]).toEqual(['member', 0, []]);
  });

  test('speaks of the request that decided, and lists all of them, those that never left too', () => {
    const tries = [arrived(-40, 'too-early'), never('ECONNREFUSED'), arrived(300)];
    const receipt = buildReceipt({ ...won, tries });
    expect(receipt).toMatchObject({ latenessMs: 300, firstLatenessMs: -40, shots: 2 });
    expect(receipt.tries.map(({ answer, why, latenessMs: late }) => [answer, why, late])).toEqual([
      ['too-early', undefined, -40],
      ['not-sent', 'ECONNREFUSED', null],
      ['booked', undefined, 300],
    ]);
    expect(receipt.words).toContain('300 milliseconds');
  });

  test('keeps the gym’s own reason', () => {
    expect(buildReceipt(full)).toMatchObject({ why: 'No queda sitio.', tries: [{ why: 'No queda sitio.' }] });
  });
});

describe('lateness', () => {
  test('is the arrival at the gym by the gym’s clock', () => {
    expect(latenessMs(won, arrived(1.75))).toBeCloseTo(1.75, 6);
  });
  test('is not claimed where the gym’s clock is not known or not believed', () => {
    const blind = { ...full, clockOffsetMs: undefined, tries: [arrived(40_000, 'full')] };
    expect(buildReceipt(blind)).toMatchObject({ latenessMs: null, firstLatenessMs: null, decidedBy: 'hour-unknown' });
    expect(words(blind)).not.toMatch(/fault|millisecond|[0-9] seconds/);
    expect(words({ ...blind, outcome: 'booked' })).toBe('You have the place.');
  });
  test('that would be well before the opening is not put into words', () => {
    expect(words({ ...won, tries: [arrived(-300)] })).toBe('You have the place.');
  });
});

describe('who decided', () => {
  test('a full class was the crowd’s doing when our request was there within a second', () => {
    expect(decidedBy({ ...full, tries: [arrived(1_000, 'full')] })).toBe('crowd');
  });
  test('a full class was our lateness when our request came later', () => {
    expect(decidedBy({ ...full, tries: [arrived(1_001, 'full')] })).toBe('late');
  });
  test('a class that filled while the gym still refused as too early was the crowd’s doing, however late that was', () => {
    const tries = [arrived(10, 'too-early'), arrived(1_400, 'too-early'), arrived(1_430, 'full')];
    expect(decidedBy({ ...full, tries })).toBe('crowd');
    expect(decidedBy({ ...full, clockOffsetMs: undefined, tries })).toBe('crowd');
  });
  test('is not called ours where the gym opened at some instant between two of our requests', () => {
    const tries = [arrived(30, 'too-early'), arrived(1_970, 'full')];
    const apart = { ...full, tries };
    expect([decidedBy(apart), words(apart)]).toEqual(['hour-unknown', expect.not.stringContaining('fault')]);
  });
  test('a class that filled while our own earlier members went first was not our lateness', () => {
    const behind = { ...full, isBehind: true, tries: [arrived(1_600, 'full')] };
    expect([decidedBy(behind), words(behind)]).toEqual(['crowd', expect.not.stringContaining('fault')]);
  });
  test('a request that could not leave is the gym’s doing, unless the reason was our own', () => {
    const ended = (...tries: Try[]): RaceFacts => ({ ...won, outcome: 'not-sent', tries });
    expect(decidedBy(ended(never('ECONNREFUSED'), never('too-late')))).toBe('gym');
    expect(decidedBy(ended(never('too-late')))).toBe('late');
    expect(words(ended(never('connect-timeout')))).not.toMatch(/fault|could not reach/);
    expect(words(ended(arrived(0, 'session-dead'), never('too-late')))).not.toContain('no booking was sent');
    expect(words(ended(never('too-late')))).toContain('our fault');
    const busy = ended({ ...arrived(0, 'turned-away'), why: 'busy' }, never('too-late'));
    expect([decidedBy(busy), words(busy)]).toEqual(['gym', expect.stringContaining('was busy')]);
    expect(words(busy)).not.toMatch(/fault|could not reach/);
    expect(words(ended(arrived(-5, 'too-early'), never('ECONNRESET')))).not.toContain('no booking was sent');
  });
  test('a place on a waitlist that stood before is the member’s own', () => {
    expect(decidedBy({ ...won, outcome: 'waitlisted', tries: [] })).toBe('member');
  });
  test.each([
    ['booked', 'us'],
    ['waitlisted', 'us'],
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
  test('of a free place name its hour, which may be that of another choice', () => {
    for (const sent of ['yes', 'unknown'] as const) {
      const told = { outcome: 'unconfirmed', decidedBy: 'gym', sent, latenessMs: undefined, hindrance: 'gym' } as const;
      const offer = { classId: '502', timeId: '1900_60' };
      for (const language of ['en', 'es'] as const)
        expect(wordsFor(language, { ...told, isBehind: false, wasWoken: true, offer })).toContain('19:00');
    }
  });

  test.each(OUTCOMES)('say %s in one or two sentences, in both languages', (outcome) => {
    for (const facts of [
      { ...won, outcome },
      { opensAt, tries: [], outcome },
      { opensAt, tries: 'unknown', outcome },
    ] as const) {
      const [english, spanish] = (['en', 'es'] as const).map((language) => buildReceipt(facts, language).words);
      expect(english).not.toBe(spanish);
      for (const said of [english, spanish])
        expect(said).toMatch(/^[A-Z][^.]*((\d[.,]\d)[^.]*)?\.( [A-Z][^.]*((\d\.\d)[^.]*)?\.)?$/);
    }
  });
  test('never claim a place that was not won', () => {
    for (const outcome of OUTCOMES) {
      const claims = words({ ...won, outcome }).startsWith('You have the place');
      expect(claims).toBe(outcome === 'booked');
    }
  });
  test('own up to lateness', () => {
    const late: RaceFacts = { ...full, tries: [arrived(4_200, 'full')] };
    expect(words(late)).toBe(
      'The class was full. Our request came 4.2 seconds after the opening time; that was too late, and our fault.',
    );
    expect(buildReceipt(late, 'es').words).toContain('4,2 segundos');
  });
  test('never say that something was sent where nothing was, or where it is not known', () => {
    for (const outcome of OUTCOMES) {
      for (const tries of [[], 'unknown'] as const)
        expect(words({ opensAt, tries, outcome })).not.toMatch(/We sent|Our request reached/);
    }
  });
});

test('a receipt after another look keeps what was measured, and its words what they need', () => {
  const early: RaceFacts = { ...won, outcome: 'too-early', gymOpensAt: '2026-11-24 19:00' };
  const kept = JSON.parse(JSON.stringify(buildReceipt(early)));
  const later = new Date(T + 60_000);
  expect(reviseReceipt(kept, { outcome: 'too-early' }, later)).toEqual({ ...kept, readBackAt: later.toISOString() });
  expect(reviseReceipt(kept, { outcome: 'booked' }, later)).toMatchObject({ decidedBy: 'us', latenessMs: 1.8 });
});

test('the gym’s own words stand apart from our codes, and last through another look', () => {
  const tries = [{ ...arrived(2, 'no-credit'), said: 'Sin bono' }];
  const refused = buildReceipt({ ...won, outcome: 'no-credit', tries, gymSaid: 'Sin bono' });
  expect(refused).toMatchObject({ gymSaid: 'Sin bono', tries: [{ answer: 'no-credit', said: 'Sin bono' }] });
  expect(refused).not.toHaveProperty('why');
  const kept = JSON.parse(JSON.stringify(refused));
  const later = new Date(T + 60_000);
  expect(reviseReceipt(kept, { outcome: 'refused' }, later)['words']).toContain('The gym said: “Sin bono”.');
  expect(reviseReceipt(kept, { outcome: 'booked', movedTo: '18:15' }, later)).toMatchObject({
    movedTo: '18:15',
    words:
      'You have the place. Our request reached the gym about 2 milliseconds after the opening time. The gym moved the class to 18:15.',
  });
});
