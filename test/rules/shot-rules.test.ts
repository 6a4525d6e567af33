// The tries of one race: their number is limited, pauses between them are kept, and no request follows one that may have arrived.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BookAnswer } from '../../services/gym/gym.ts';
import { next, type RaceState, type RaceStep, startRace } from '../../services/race/shot-rules.ts';

const openingAt = new Date('2026-11-24T17:00:00.000Z');
const T = openingAt.getTime();
const plain = startRace({ choices: 1, mayWaitlist: false, openingAt });
const TOO_EARLY: BookAnswer = { kind: 'too-early' };
const NOT_SENT: BookAnswer = { kind: 'not-sent', reason: 'ECONNREFUSED' };
const FULL: BookAnswer = { kind: 'full', reason: '-1' };
const DEAD: BookAnswer = { kind: 'session-dead' };
/**
 * The most requests that may be sent for one entrant, whatever the gym answers. Requests that are proven not sent are counted apart (`MAX_NOT_SENT`).
 */
const MAX_SHOTS = 9;
const MAX_NOT_SENT = 3;

/** Gives the race `answers` one after the other, each `tookMs` after its shot. */
function play(state: RaceState, answers: readonly BookAnswer[], tookMs = 50) {
  const steps: RaceStep[] = [];
  let nowMs = T;
  let current = state;
  for (const answer of answers) {
    nowMs += tookMs;
    const { state: after, step } = next(current, { answer }, nowMs);
    current = after;
    steps.push(step);
    if (step.do === 'shoot') nowMs += step.afterMs;
  }
  return { steps, last: steps.at(-1), state: current, elapsedMs: nowMs - T };
}

describe('an answer that ends the race', () => {
  test.each([
    'full',
    'too-late',
    'quota-reached',
    'no-credit',
    'unpaid',
    'refused',
  ] as const)('the refusal %s stops at once, with the gym’s reason', (kind) => {
    const { last } = play(plain, [{ kind, reason: 'why' }]);
    expect(last).toEqual({ do: 'stop', verdict: kind, reason: 'why' });
  });

  test('booked stops', () => {
    expect(play(plain, [{ kind: 'booked', reservationId: '7' }]).last).toEqual({ do: 'stop', verdict: 'booked' });
  });

  test.each([
    { kind: 'accepted', reservationId: '7' },
    { kind: 'same-hour' },
    { kind: 'unknown', reason: 'ECONNRESET' },
  ] as const)('$kind sends us to read back', (answer) => {
    expect(play(plain, [answer]).last).toEqual({ do: 'read-back', why: answer.kind });
  });

  test('a place at the same hour ends it although a choice is left: that place may be ours, or a class taken by hand', () => {
    const { last } = play(startRace({ choices: 2, mayWaitlist: false, openingAt }), [{ kind: 'same-hour' }]);
    expect(last).toEqual({ do: 'read-back', why: 'same-hour' });
  });

  test('being blocked by address stops at once', () => {
    const { last } = play(plain, [{ kind: 'turned-away', why: 'blocked' }]);
    expect(last).toEqual({ do: 'stop', verdict: 'turned-away', reason: 'blocked' });
  });
});

describe('too early', () => {
  const gapsOf = (steps: readonly RaceStep[]) => steps.flatMap((step) => (step.do === 'shoot' ? [step.afterMs] : []));

  test('is shot again at once, then after 5 ms, each pause twice the last, nine shots in all, and stops with what the gym announced', () => {
    const announced = { amount: 3, unit: 'days' } as const;
    const answers = [...Array.from({ length: 8 }, () => TOO_EARLY), { kind: 'too-early', announced } as const];
    const { steps } = play(plain, answers);
    expect(gapsOf(steps)).toEqual([0, 5, 10, 20, 40, 80, 160, 320]);
    expect(steps.at(-1)).toEqual({ do: 'stop', verdict: 'too-early', announced });
  });

  test('what a series before this one heard is counted: of nine, two are left after seven', () => {
    const begun = startRace({ choices: 1, mayWaitlist: false, openingAt, early: 7 });
    const { steps } = play(begun, [TOO_EARLY, TOO_EARLY]);
    expect([gapsOf(steps), steps.at(-1)]).toEqual([[320], { do: 'stop', verdict: 'too-early' }]);
  });

  test('shoots nothing more than 3 s after the first such answer', () => {
    const { steps } = play(plain, [TOO_EARLY, TOO_EARLY, TOO_EARLY, TOO_EARLY], 1_400);
    expect(steps.map((step) => step.do)).toEqual(['shoot', 'shoot', 'shoot', 'stop']);
  });

  test('of a shot that was sent sooner on trial waits for the instant aimed at, or follows at once when that is over', () => {
    const tried = startRace({ choices: 1, mayWaitlist: false, openingAt, againFromMs: T + 10 });
    expect(next(tried, { answer: TOO_EARLY }, T - 90).step).toMatchObject({ do: 'shoot', afterMs: 100 });
    expect(next(tried, { answer: TOO_EARLY }, T + 20).step).toMatchObject({ do: 'shoot', afterMs: 0 });
    expect(next(tried, { answer: TOO_EARLY, gymDateMs: T - 2_000 }, T - 90).step).toMatchObject({ afterMs: 1_000 });
    expect(next(tried, { answer: FULL }, T - 90).step).toMatchObject({ do: 'stop' });
  });

  test('waits until the gym’s own Date can have reached the opening', () => {
    const { step } = next(plain, { answer: TOO_EARLY, gymDateMs: T - 2_000 }, T + 50);
    expect(step).toMatchObject({ do: 'shoot', afterMs: 1_000 });
  });

  test('waits eight seconds for an opening that the gym’s Date proves to be ahead, and then has all of its tries left but one', () => {
    const first = next(plain, { answer: TOO_EARLY, gymDateMs: T - 9_000 }, T + 50);
    expect(first.step).toMatchObject({ do: 'shoot', afterMs: 8_000 });
    const second = next(first.state, { answer: TOO_EARLY, gymDateMs: T - 1_000 }, T + 8_100);
    expect(second.step).toMatchObject({ do: 'shoot', afterMs: 5 });
    const third = next(second.state, { answer: TOO_EARLY, gymDateMs: T - 1_000 }, T + 8_450);
    expect(third.step).toMatchObject({ do: 'shoot', afterMs: 10 });
  });

  test('stops when the gym’s Date stands still', () => {
    const first = next(plain, { answer: TOO_EARLY, gymDateMs: T - 6_000 }, T + 50);
    const second = next(first.state, { answer: TOO_EARLY, gymDateMs: T - 6_000 }, T + 5_100);
    expect(second.step).toEqual({ do: 'stop', verdict: 'too-early' });
  });

  test('keeps its usual pause when the gym’s Date says that it is open', () => {
    const { step } = next(plain, { answer: TOO_EARLY, gymDateMs: T }, T + 50);
    expect(step).toMatchObject({ do: 'shoot', afterMs: 0 });
  });

  test('stops when the gym’s clock is too far from the opening for these tries', () => {
    const { step } = next(plain, { answer: TOO_EARLY, gymDateMs: T - 3_600_000 }, T + 50);
    expect(step).toEqual({ do: 'stop', verdict: 'too-early' });
  });
});

describe('not sent', () => {
  test('allows three further tries, the first at once', () => {
    const { steps } = play(plain, [NOT_SENT, NOT_SENT, NOT_SENT, NOT_SENT]);
    expect(steps[0]).toMatchObject({ do: 'shoot', afterMs: 0 });
    expect(steps.map((step) => step.do)).toEqual(['shoot', 'shoot', 'shoot', 'stop']);
    expect(steps.at(-1)).toEqual({ do: 'stop', verdict: 'not-sent', reason: 'ECONNREFUSED' });
  });

  test('stops once 2 s have gone by', () => {
    const { steps } = play(plain, [NOT_SENT, NOT_SENT], 2_001);
    expect(steps.map((step) => step.do)).toEqual(['shoot', 'stop']);
  });
});

describe('a dead session', () => {
  test('is renewed once and shot once more', () => {
    const { steps } = play(plain, [DEAD, DEAD]);
    expect(steps).toEqual([
      { do: 'renew-then-shoot', choice: 0, waitlist: false },
      { do: 'stop', verdict: 'session-dead' },
    ]);
  });
});

describe('busy', () => {
  test('is tried again after what the gym asks for, within the window', () => {
    const busy = (retryAfterMs: number): BookAnswer => ({ kind: 'turned-away', why: 'busy', retryAfterMs });
    expect(play(plain, [busy(700)]).last).toMatchObject({ do: 'shoot', afterMs: 700 });
    expect(play(plain, [busy(60_000)]).last).toMatchObject({ do: 'stop', verdict: 'turned-away' });
  });
});

describe('full', () => {
  test('goes to the next alternative at once, in the member’s order', () => {
    const { steps } = play(startRace({ choices: 3, mayWaitlist: false, openingAt }), [FULL, FULL, FULL]);
    expect(steps).toEqual([
      { do: 'shoot', afterMs: 0, choice: 1, waitlist: false },
      { do: 'shoot', afterMs: 0, choice: 2, waitlist: false },
      { do: 'stop', verdict: 'full', reason: '-1' },
    ]);
  });

  test('asks for the waitlist of the first choice last, when the member said so', () => {
    const { steps } = play(startRace({ choices: 2, mayWaitlist: true, openingAt }), [FULL, FULL, FULL]);
    expect(steps.slice(0, 2)).toEqual([
      { do: 'shoot', afterMs: 0, choice: 1, waitlist: false },
      { do: 'shoot', afterMs: 0, choice: 0, waitlist: true },
    ]);
    expect(steps[2]).toMatchObject({ do: 'stop', verdict: 'full' });
  });

  test('with no alternative the first shot already takes the waitlist, when the member said so', () => {
    expect(startRace({ choices: 1, mayWaitlist: true, openingAt }).aim).toEqual({ choice: 0, waitlist: true });
    expect(plain.aim).toEqual({ choice: 0, waitlist: false });
  });
});

const anyAnswer: fc.Arbitrary<BookAnswer> = fc.oneof(
  fc.constant(TOO_EARLY),
  fc.constant(NOT_SENT),
  fc.constant(DEAD),
  fc.constant(FULL),
  fc.constantFrom<BookAnswer>(
    { kind: 'turned-away', why: 'busy', retryAfterMs: 100 },
    { kind: 'turned-away', why: 'down' },
    { kind: 'booked', reservationId: '1' },
    { kind: 'accepted', reservationId: undefined },
    { kind: 'same-hour' },
    { kind: 'unknown', reason: 'cut' },
    { kind: 'quota-reached', reason: '-8' },
  ),
);

const anyPlay = fc.record({
  choices: fc.integer({ min: 1, max: 4 }),
  mayWaitlist: fc.boolean(),
  answers: fc.array(
    fc.record({
      answer: anyAnswer,
      tookMs: fc.integer({ min: 0, max: 1_500 }),
      gymDateMs: fc.option(fc.integer({ min: T - 4_000, max: T + 4_000 }), { nil: undefined }),
    }),
    { minLength: 40, maxLength: 40 },
  ),
});

describe('whatever the gym answers', () => {
  test('never more than nine shots leave, each only after the answer before, none after an end, and no waitlist is asked for without leave', () => {
    fc.assert(
      fc.property(anyPlay, ({ choices, mayWaitlist, answers }) => {
        let state = startRace({ choices, mayWaitlist, openingAt });
        let written = 1;
        let left = 0;
        let nowMs = T;
        let hasEnded = false;
        for (const { answer, tookMs, gymDateMs } of answers) {
          nowMs += tookMs;
          if (!hasEnded && answer.kind !== 'not-sent') left += 1;
          const { state: after, step } = next(state, { answer, gymDateMs }, nowMs);
          const shoots = step.do === 'shoot' || step.do === 'renew-then-shoot';
          if (hasEnded || ['unknown', 'booked', 'accepted', 'same-hour'].includes(answer.kind))
            expect(shoots).toBe(false);
          if (shoots) {
            written += 1;
            expect(step.choice).toBeLessThan(choices);
            if (step.waitlist) expect(mayWaitlist).toBe(true);
          }
          if (step.do === 'shoot') {
            // `afterMs` is counted from the answer to the previous request, so two requests are never under way at once.
            expect(step.afterMs).toBeGreaterThanOrEqual(0);
            nowMs += step.afterMs;
          }
          hasEnded ||= !shoots;
          state = after;
        }
        expect(hasEnded).toBe(true);
        expect(left).toBeLessThanOrEqual(MAX_SHOTS);
        expect(written).toBeLessThanOrEqual(MAX_SHOTS + MAX_NOT_SENT);
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing follows an answer that is not understood, however many were too early before', () => {
    fc.assert(
      fc.property(fc.nat({ max: 8 }), fc.nat({ max: 300 }), (before, tookMs) => {
        const unclear = { kind: 'unknown', reason: 'cut' } as const;
        const { state, last } = play(plain, [...Array.from({ length: before }, () => TOO_EARLY), unclear], tookMs);
        expect(last).toEqual({ do: 'read-back', why: 'unknown' });
        expect(next(state, { answer: TOO_EARLY }, T + 5_000).step).toEqual(last);
      }),
    );
  });
});
