// Tests `createLimiter`: how many tries it allows within a time, how long a refused caller has to wait, and that each key has a count of its own.
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../services/clock.ts';
import { createLimiter } from '../../worker/limits.ts';

function limiterWithClock(most = 3) {
  let atMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => atMs };
  const limiter = createLimiter(clock, { most, windowMs: 1_000 });
  const advance = (ms: number) => {
    atMs += ms;
  };
  return { limiter, advance };
}

test('the fourth try within the window is refused, and told how long to wait', () => {
  const { limiter, advance } = limiterWithClock();
  for (let n = 0; n < 3; n += 1) limiter.take('ana');
  advance(400);
  expect(() => limiter.take('ana')).toThrow(expect.objectContaining({ code: 'request/limited', retryAfterMs: 600 }));
});

test('a refused try does not make the wait longer', () => {
  const { limiter, advance } = limiterWithClock();
  for (let n = 0; n < 3; n += 1) limiter.take('ana');
  for (let n = 0; n < 9; n += 1) {
    advance(100);
    expect(() => limiter.take('ana')).toThrow();
  }
  advance(100);
  expect(() => limiter.take('ana')).not.toThrow();
});

test('one’s tries are not another’s', () => {
  const { limiter } = limiterWithClock(1);
  limiter.take('ana');
  expect(() => limiter.take('bea')).not.toThrow();
});

test('a hundred thousand made-up names do not fill the memory', () => {
  const { limiter } = limiterWithClock(1);
  for (let n = 0; n < 100_000; n += 1) limiter.take(`made-up-${n}`);
  // The limiter's list of keys was full and its oldest key was dropped, so the next try under that key counts as its first; the next try under the
  // newest key is its second.
  expect(() => limiter.take('made-up-0')).not.toThrow();
  expect(() => limiter.take('made-up-99999')).toThrow();
});
