// What one read of a day's classes at the gym means for all watches of that day.
import { expect, test } from 'vitest';
import type { Slot } from '../../services/gym/gym.ts';
import type { WatchTurn } from '../../services/store/watch-store.ts';
import { isNoNews, judgeDay } from '../../services/watch/judge-day.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';

const slot = (more: Partial<Slot> = {}): Slot => ({
  ...{ id: '501', day: MONDAY, time: '18:00 - 19:00', timeId: '1800_60', classId: '5', name: 'WOD', coach: undefined },
  ...{ limit: 12, occupied: 12, waitlist: 0, mine: undefined, reservationId: undefined },
  ...{ isCancelled: false, isBookable: true, isInPlan: undefined },
  ...more,
});
type Watching = WatchTurn['watches'][number];
const watching = (id: string, more: Partial<Watching> = {}): Watching => ({
  ...{
    id,
    userId: id,
    boxId: 'b',
    day: MONDAY,
    classId: '501',
    timeId: '1800_60',
    className: 'WOD',
    familyId: undefined,
  },
  ...{ kind: 'book', status: 'watching', outcome: undefined, notAfter: 90, startsAt: SUNDAY_NOON, endsAt: SUNDAY_NOON },
  ...{ instead: undefined, prebookingId: undefined, isFree: false, restUntil: undefined, createdAt: SUNDAY_NOON },
  ...{ settledAt: undefined, hasLogin: true },
  ...more,
});
const judged = (watches: Watching[], slots: Slot[], reader = 'nobody', familyId?: string) => {
  let next = 0;
  const newId = () => {
    next += 1;
    return `p${next}`;
  };
  return judgeDay({ reader, watches }, { slots, familyId, now: SUNDAY_NOON, newId });
};
const takers = (watches: Watching[], slots: Slot[], reader?: string) =>
  judged(watches, slots, reader).takes.map(({ watchId }) => watchId);

test('a full class is no news', () => {
  expect(isNoNews(judged([watching('a'), watching('b', { kind: 'tell' })], [slot()]))).toBe(true);
});

test('as many take a place as came free, the earliest first', () => {
  expect(takers([watching('a'), watching('b'), watching('c')], [slot({ occupied: 10 })])).toEqual(['a', 'b']);
});

test.each<[string, Partial<Watching>]>([
  ['without a login', { hasLogin: false }],
  ['that rests', { restUntil: new Date(SUNDAY_NOON.getTime() + 1) }],
  ['that only wants to be told', { kind: 'tell' }],
])('one %s leaves the place to the next', (_what, more) => {
  expect(takers([watching('a', more), watching('b')], [slot({ occupied: 11 })])).toEqual(['b']);
});

test('a rest that is over is no rest', () => {
  expect(takers([watching('a', { restUntil: SUNDAY_NOON })], [slot({ occupied: 11 })])).toEqual(['a']);
});

test.each<[string, Partial<Slot>]>([
  ['whose places nobody knows', { limit: undefined }],
  ['that members may not book', { occupied: 0, isBookable: false }],
  ['of another hour', { occupied: 0, timeId: '1900_60' }],
  ['of another name', { occupied: 0, name: 'Yoga', id: '777' }],
  ['that is overbooked', { occupied: 13 }],
])('a class %s has no place', (_what, more) => {
  expect(takers([watching('a')], [slot(more)])).toEqual([]);
});

test('one is told once while the place is there, and anew when it was full in between', () => {
  const tells = (isFree: boolean, occupied: number) =>
    judged([watching('a', { kind: 'tell', isFree })], [slot({ occupied })]);
  expect([tells(false, 11).free, tells(true, 11).free, tells(true, 12).full]).toEqual([['a'], [], ['a']]);
});

test('the reader’s own place ends their watch, and says nothing about another’s', () => {
  const seen = judged([watching('a'), watching('b')], [slot({ mine: 'booked', reservationId: '1' })], 'a');
  expect([seen.own, seen.takes]).toEqual([['a'], []]);
});

test('a place on the waitlist is judged by its own login alone', () => {
  const waits = watching('a', { kind: 'move-up' });
  expect(judged([waits], [slot({ mine: 'booked' })], 'a').movedUp).toEqual(['a']);
  expect(judged([waits], [slot({ mine: 'waitlisted' })], 'a')).toMatchObject({ movedUp: [], left: [] });
  expect(judged([waits], [slot()], 'a').left).toEqual(['a']);
  expect(judged([waits], [slot()], 'b')).toMatchObject({ movedUp: [], left: [] });
  expect(judged([watching('a', { kind: 'move-up', familyId: '7' })], [slot()], 'a')).toMatchObject({ left: [] });
});

test('a class that is called off ends what is watched of it; a day without a class says nothing', () => {
  expect(judged([watching('a')], [slot({ isCancelled: true })]).cancelled).toEqual(['a']);
  expect(isNoNews(judged([watching('a')], []))).toBe(true);
});
