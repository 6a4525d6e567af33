// At what time the renewal of a session is attempted again after it failed.
import { expect, test } from 'vitest';
import { nextAttemptAt } from '../../services/session/back-off.ts';
import type { SessionStatus } from '../../services/session/session.ts';

const now = new Date('2026-03-01T12:00:00Z');
type Answer = Parameters<typeof nextAttemptAt>[1];
const minutesFor = (answer: Answer, status: SessionStatus, streaks: readonly number[]) =>
  streaks.map((failureStreak) => {
    const at = nextAttemptAt({ failureStreak, status }, answer, now);
    return at === undefined ? 0 : (at.getTime() - now.getTime()) / 60_000;
  });
const unknown: Answer = { kind: 'unknown', reason: 'status 502' };
const refused: Answer = { kind: 'token-refused' };

test('a failure waits 0, 1, 2, 5, 10 and then 18 minutes, never longer than the cron’s cycle', () => {
  expect(minutesFor(unknown, 'live', [0, 1, 2, 3, 4, 5, 6, 60])).toEqual([0, 1, 2, 5, 10, 18, 18, 18]);
});

test('a first refusal is confirmed after a minute, however long the session has been failing', () => {
  expect(minutesFor(refused, 'live', [0, 3, 60])).toEqual([1, 1, 1]);
  expect(minutesFor(refused, 'uncertain', [0, 3, 60])).toEqual([1, 1, 1]);
});

test('a doubt is never longer than five minutes, so that a loss is declared within a cycle', () => {
  expect(minutesFor(refused, 'suspect', [1, 2, 3, 4, 60])).toEqual([1, 2, 5, 5, 5]);
});

test('a session that is turned away comes back when asked to, within a quarter of an hour, or at the next pass; in doubt after five minutes', () => {
  expect(minutesFor({ kind: 'turned-away', why: 'busy', retryAfterMs: 120_000 }, 'live', [0, 9])).toEqual([2, 2]);
  expect(minutesFor({ kind: 'turned-away', why: 'blocked' }, 'live', [0, 9])).toEqual([0, 5]);
  expect(minutesFor({ kind: 'turned-away', why: 'blocked' }, 'suspect', [0])).toEqual([5]);
  expect(minutesFor({ kind: 'turned-away', why: 'busy', retryAfterMs: 86_400_000 }, 'live', [0])).toEqual([15]);
});
