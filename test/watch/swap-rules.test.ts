// What a swap does next: the service gives up the old place only while the gym's list shows the new place.
import { describe, expect, test } from 'vitest';
import type { CancelAnswer } from '../../services/gym/gym.ts';
import { afterCancel, nextMove, QUIET_MS, unseen } from '../../services/watch/swap-rules.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-02T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const step = { giving: 'old' as const, sentAt: undefined, cancels: 0, absences: 0, takenAt: NOW };
const BOTH = { old: true, new: true };
const move = (more: Partial<Parameters<typeof nextMove>[0]>, seen = BOTH, first = LATER) =>
  nextMove({ ...step, ...more }, seen, first, NOW);

describe('both stand', () => {
  test('the named one goes back, once, and then is waited for', () => {
    expect(move({})).toEqual({ do: 'give', which: 'old' });
    expect(move({ giving: 'new' })).toEqual({ do: 'give', which: 'new' });
    expect(move({ sentAt: ago(QUIET_MS - 1), cancels: 1 })).toMatchObject({ do: 'end', end: { isSent: true } });
    expect(move({ sentAt: ago(QUIET_MS), cancels: 1 })).toEqual({ do: 'give', which: 'old' });
  });

  test('after four requests, or when the class begins, a person has to act', () => {
    expect(move({ cancels: 4 })).toMatchObject({ do: 'end', end: { notice: 'swap-stuck', afterMs: 300_000 } });
    expect(move({}, BOTH, NOW)).toEqual({ do: 'end', end: { outcome: 'stuck', notice: 'swap-stuck' } });
  });
});

describe('one stands', () => {
  test('the better one: done', () => {
    expect(move({}, { old: false, new: true })).toEqual({
      do: 'end',
      end: { outcome: 'swapped', notice: 'place-swapped' },
    });
  });

  test('the old one: nothing goes back, however often it is looked', () => {
    const seen = { old: true, new: false };
    for (const absences of [0, 1])
      expect(move({ absences }, seen)).toMatchObject({ do: 'end', end: { absences: absences + 1 } });
    expect(move({ absences: 2 }, seen)).toEqual({ do: 'end', end: { outcome: 'kept', notice: 'swap-kept' } });
    expect(move({ giving: 'new', sentAt: ago(1) }, seen)).toMatchObject({
      end: { outcome: 'kept', notice: 'swap-undone' },
    });
  });

  test('neither: gone, without a word of ours', () => {
    expect(move({ absences: 2 }, { old: false, new: false })).toEqual({ do: 'end', end: { outcome: 'gone' } });
  });
});

test.each<[CancelAnswer, object]>([
  [{ kind: 'cancelled' }, { isSent: true }],
  [{ kind: 'unknown', reason: 'reset' }, { isSent: true }],
  [{ kind: 'failed' }, { isSent: true }],
  [{ kind: 'not-sent', reason: 'refused' }, { isSent: false }],
  [{ kind: 'session-dead' }, { isSent: false }],
  [
    { kind: 'turned-away', why: 'busy', retryAfterMs: 60_000 },
    { isSent: false, afterMs: 60_000 },
  ],
  [{ kind: 'late-needs-consent' }, { isSent: false, giving: 'new' }],
])('after %o of the old one: %o', (answer, after) => {
  expect(afterCancel(answer, 'old')).toMatchObject(after);
});

test('where the better one is late, too, the member is told and nothing more is tried at once', () => {
  const after = afterCancel({ kind: 'late-needs-consent' }, 'new');
  expect(after).toMatchObject({ notice: 'swap-stuck', isSent: false });
  expect(after).not.toHaveProperty('giving');
});

test('lists that cannot be read change nothing, and after ten minutes the member is told', () => {
  expect(unseen({ ...step, absences: 1, sentAt: NOW }, NOW)).toEqual({ isSent: true, absences: 1, afterMs: 15_000 });
  expect(unseen({ ...step, takenAt: ago(600_001) }, NOW)).toMatchObject({ notice: 'swap-stuck' });
});
