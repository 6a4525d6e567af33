// F2: in which time zones a box may be while its zone is assumed, and at which instants its classes may open.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { opensAt } from '../../services/prebooking/opening-rule.ts';
import {
  type BoxTime,
  nextPossibleOpening,
  startOfClass,
  zoneOfOpening,
} from '../../services/prebooking/possible-openings.ts';

const assumed: BoxTime = { timeZone: 'Europe/Madrid', timeZoneSource: 'assumed' };
const known: BoxTime = { timeZone: 'Europe/Madrid', timeZoneSource: 'declared' };
const RULE = { kind: 'hours-before', hours: 72 } as const;
const SLOT = { day: '20260327', timeId: '1800_60' };
const IN_MADRID = new Date('2026-03-24T17:00:00Z');
const after = (at: Date, ms: number) => new Date(at.getTime() + ms);

test('the box’s own zone comes first; once it has passed, the next one that the box may be in', () => {
  const opening = (box: BoxTime, now: Date) => nextPossibleOpening(box, RULE, SLOT, now)?.opensAt;
  expect(opening(assumed, after(IN_MADRID, -1))).toEqual(IN_MADRID);
  expect(opening(assumed, IN_MADRID)).toEqual(after(IN_MADRID, 3_600_000));
  expect(opening(known, after(IN_MADRID, -1))).toEqual(IN_MADRID);
  expect(opening(known, IN_MADRID)).toBeUndefined();
});

test('whatever is tried, no opening is in the past, and the tries come to an end', () => {
  const anyRule = fc.oneof(
    fc.record({ kind: fc.constant('hours-before' as const), hours: fc.integer({ min: 0, max: 200 }) }),
    fc.record({ kind: fc.constant('days-before' as const), days: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constant('midnight' as const), daysBefore: fc.integer({ min: 0, max: 9 }) }),
  );
  const days = fc.constantFrom('20260327', '20260329', '20260405', '20261025', '20261101');
  const aDay = 24 * 3_600_000;
  fc.assert(
    fc.property(anyRule, days, fc.integer({ min: -aDay, max: aDay }), (rule, day, offMs) => {
      const slot = { day, timeId: '1800_60' };
      let now = after(opensAt(rule, slot, 'Europe/Madrid'), offMs);
      for (let tries = 0; ; tries += 1) {
        expect(tries).toBeLessThan(20);
        const next = nextPossibleOpening(assumed, rule, slot, now);
        if (!next) break;
        expect(next.opensAt.getTime()).toBeGreaterThan(now.getTime());
        expect(next.startsAt.getTime()).toBeGreaterThanOrEqual(next.opensAt.getTime());
        now = next.opensAt;
      }
    }),
  );
});

test('a class has begun by a known zone only; by an assumed one when it has begun everywhere', () => {
  const start = new Date('2026-03-27T17:00:00Z');
  const isBegun = (box: BoxTime, now: Date) => startOfClass(box, SLOT, now) <= now;
  expect([isBegun(known, start), isBegun(assumed, start)]).toEqual([true, false]);
  expect(isBegun(assumed, after(start, 12 * 3_600_000))).toBe(false);
  expect(isBegun(assumed, after(start, 13 * 3_600_000))).toBe(true);
});

test('an opening shows the zone, the box’s own before others, and none where no zone explains it', () => {
  expect(zoneOfOpening(assumed, RULE, SLOT, IN_MADRID)).toBe('Europe/Madrid');
  expect(zoneOfOpening(assumed, RULE, SLOT, after(IN_MADRID, 3_600_000))).toBe('Atlantic/Canary');
  expect(zoneOfOpening(assumed, RULE, SLOT, after(IN_MADRID, 60_000))).toBeUndefined();
  expect(zoneOfOpening(known, RULE, SLOT, after(IN_MADRID, 3_600_000))).toBeUndefined();
});
