// Which category a notice has, whether the member has switched that category off, and whether the notice can wait through quiet hours.
import { expect, test } from 'vitest';
import { cannotWait, categoryOf, isMuted } from '../../services/notify/category.ts';
import type { Notice } from '../../services/store/notice-store.ts';

const now = new Date('2026-11-24T23:00:00.000Z');
const inHours = (hours: number): Date => new Date(now.getTime() + hours * 60 * 60_000);
const notice = (kind: string, payload: Record<string, unknown> = {}): Notice => ({
  ...{ id: 1, userId: 'a member', kind, payload, createdAt: now, prebooking: undefined, box: undefined },
});

test('a kind that is not known has no category, and cannot be switched off', () => {
  expect(categoryOf('of tomorrow')).toBeUndefined();
  expect(isMuted(notice('of tomorrow'), { undefined: false })).toBe(false);
});

test('a member may switch a kind off, and never security', () => {
  expect(isMuted(notice('prebooking-booked'), { won: false })).toBe(true);
  expect(isMuted(notice('prebooking-booked'), { won: true })).toBe(false);
  expect(isMuted(notice('prebooking-booked'), {})).toBe(false);
  expect(isMuted(notice('session-reused'), { security: false })).toBe(false);
});

test.each<[string, Notice, Date | undefined, boolean]>([
  ['a risk to an opening within twelve hours', notice('session-needs-login'), inHours(12), true],
  ['a risk to a later opening', notice('session-needs-login'), inHours(13), false],
  ['a risk to no opening', notice('session-needs-login'), undefined, false],
  [
    'a place in a class within twelve hours',
    notice('place-freed', { startsAt: inHours(3).toISOString() }),
    undefined,
    true,
  ],
  ['a place in a later class', notice('place-freed', { startsAt: inHours(20).toISOString() }), undefined, false],
  ['a place without an hour', notice('place-freed'), inHours(1), false],
  ['a place won', notice('prebooking-booked'), inHours(1), false],
  ['the last notice of an erased account', notice('account-erased'), undefined, true],
])('whether a notice can wait: %s', (_, asked, nextOpeningAt, urgent) => {
  expect(cannotWait(asked, nextOpeningAt, now)).toBe(urgent);
});
