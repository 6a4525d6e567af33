// How reads without side effects are repeated: how often, after how long a wait, and which failures are not retried.
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Again, limitedTo, retrySafeRead } from '../../services/retry.ts';

function trial(answers: readonly Again[], random = () => 1 - Number.EPSILON) {
  const sleeps: number[] = [];
  let nowMs = 0;
  let tries = 0;
  const clock = {
    monotonicMs: () => nowMs,
    sleep: async (ms: number) => {
      sleeps.push(Math.round(ms));
      nowMs += ms;
    },
  };
  const run = retrySafeRead(
    async () => {
      tries += 1;
      const answer = answers[tries - 1];
      if (answer) throw Object.assign(new Error(`try ${tries}`), { answer });
      return `read at try ${tries}`;
    },
    { clock, random, judge: (error) => Reflect.get(error as Error, 'answer') as Again },
  );
  return run.then(
    (result) => ({ result, tries, sleeps }),
    (error: Error) => ({ result: error.message, tries, sleeps }),
  );
}
const YES: Again = { again: 'yes' };
const ONCE: Again = { again: 'once' };
const NO: Again = { again: 'no' };

describe('a failed read', () => {
  test('is tried three times at most, and the last error comes out as it was', async () => {
    expect(await trial([YES, YES, YES, YES])).toEqual({ result: 'try 3', tries: 3, sleeps: [200, 400] });
  });

  test('waits a full jitter: down to nothing', async () => {
    expect((await trial([YES, YES], () => 0)).sleeps).toEqual([0, 0]);
    expect((await trial([YES, YES], () => 0.5)).sleeps).toEqual([100, 200]);
  });

  test('that is worth one more look gets one', async () => {
    expect(await trial([ONCE])).toMatchObject({ result: 'read at try 2' });
    expect(await trial([ONCE, ONCE])).toMatchObject({ result: 'try 2', tries: 2 });
    expect(await trial([YES, ONCE])).toMatchObject({ result: 'read at try 3' });
  });

  test('that is final is not repeated', async () => {
    expect(await trial([NO])).toEqual({ result: 'try 1', tries: 1, sleeps: [] });
  });

  test('waits as long as it was asked to', async () => {
    expect(await trial([{ again: 'yes', afterMs: 1_500 }])).toMatchObject({ result: 'read at try 2', sleeps: [1_500] });
  });

  test('is given up at once when it was asked to wait beyond the budget', async () => {
    expect(await trial([{ again: 'yes', afterMs: 6_000 }])).toEqual({ result: 'try 1', tries: 1, sleeps: [] });
    expect(
      await trial([
        { again: 'yes', afterMs: 3_500 },
        { again: 'yes', afterMs: 3_500 },
      ]),
    ).toMatchObject({ tries: 2 });
  });
});

describe('a limit of time', () => {
  test('ends with a TimeoutError', async () => {
    const { signal } = limitedTo(1);
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  test('ends with the outer one and its reason, also where that has ended before', () => {
    const outer = new AbortController();
    const { signal } = limitedTo(60_000, outer.signal);
    outer.abort('the outer reason');
    expect(signal.reason).toBe('the outer reason');
    expect(limitedTo(60_000, outer.signal).signal.reason).toBe('the outer reason');
  });

  test('that was lifted ends no more', () => {
    const outer = new AbortController();
    const limit = limitedTo(60_000, outer.signal);
    limit.lift();
    outer.abort();
    expect(limit.signal.aborted).toBe(false);
  });
});
