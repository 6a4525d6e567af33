// Tests of a deadline on a promise: whichever comes first counts, the promise's result or the deadline, and a late rejection is caught. A deadline
// passes when the test ends the sleep of its own clock, so no test waits for real time.
import { expect, test } from 'vitest';
import { withDeadline, within } from '../../services/clock.ts';

/** Gives a clock with a sleep that ends when the test calls `over`, or fails when its abort signal fires. */
function gate() {
  let signal: AbortSignal | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sleep = (_ms: number, given?: AbortSignal) => {
    signal = given;
    given?.addEventListener('abort', () => reject(given.reason));
    return promise;
  };
  return { clock: { sleep }, over: resolve, isEnded: () => signal?.aborted === true };
}

const never = new Promise<string>(() => {});
const tooLate = () => {
  throw new Error('too late');
};

test('what comes in time is given, and the pause is ended', async () => {
  const { clock, isEnded } = gate();
  expect(await withDeadline(clock, 5, Promise.resolve('here'), tooLate)).toBe('here');
  expect(isEnded()).toBe(true);
});

test('what fails in time fails as it did', async () => {
  const { clock } = gate();
  await expect(withDeadline(clock, 5, Promise.reject(new Error('broken')), tooLate)).rejects.toThrow('broken');
});

test('what does not come is replaced, or thrown for', async () => {
  const [value, failure, absent] = [gate(), gate(), gate()];
  for (const { over } of [value, failure, absent]) over();
  expect(await withDeadline(value.clock, 5, never, () => 'instead')).toBe('instead');
  await expect(withDeadline(failure.clock, 5, never, tooLate)).rejects.toThrow('too late');
  expect(await within(absent.clock, 5, never)).toBeUndefined();
});

test('a failure that comes after the deadline is heard', async () => {
  const { clock, over } = gate();
  const work = Promise.withResolvers<string>();
  over();
  expect(await within(clock, 5, work.promise)).toBeUndefined();
  const unheard: unknown[] = [];
  const note = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', note);
  work.reject(new Error('afterwards'));
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
});
