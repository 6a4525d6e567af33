// Tests to which page of the app a notice leads.
import { expect, test } from 'vitest';
import { placesOf } from '../../services/notify/message-links.ts';
import type { Notice } from '../../services/store/notice-store.ts';

const notice = (kind: string, payload: Record<string, unknown> = {}): Notice => ({
  ...{ id: 1, userId: 'a member', kind, payload, createdAt: new Date(0), prebooking: undefined, box: undefined },
});
const AT = { boxId: 'a box', day: '20261124' };
const ORIGIN = 'https://puntual.example';

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['session-needs-login', {}, '/login'],
  ['kept-login-dropped', { reason: 'wrong' }, '/login'],
  ['kept-login-dropped', { reason: 'off' }, undefined],
  ['prebooking-at-risk', { finding: 'login-ends' }, '/login'],
  ['prebooking-at-risk', { finding: 'class-gone' }, undefined],
  ['place-freed', AT, '/classes?box=a+box&day=20261124'],
  ['place-freed', {}, undefined],
  ['prebooking-refused', AT, '/classes?box=a+box&day=20261124'],
  ['device-new', {}, '/account'],
  ['swap-stuck', {}, '/bookings'],
  ['class-reminder', {}, '/bookings'],
  ['rule-changed', {}, '/weekly'],
  ['of tomorrow', {}, undefined],
])('%s %j leads to %s', (kind, payload, path) => {
  expect(placesOf(notice(kind, payload), ORIGIN).link).toBe(path && `${ORIGIN}${path}`);
});

test('without an origin no page is named', () => {
  expect(placesOf(notice('session-needs-login'), undefined)).toEqual({});
});

test('a chat gets a button only for an address of the public web', () => {
  const urlsAt = (origin: string) => placesOf(notice('device-new'), origin).buttons?.map(({ url }) => url);
  expect(urlsAt(ORIGIN)).toEqual([`${ORIGIN}/account`]);
  expect(urlsAt('http://127.0.0.1:3000')).toBeUndefined();
  expect(urlsAt('https://localhost')).toBeUndefined();
});
