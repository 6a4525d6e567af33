// A preview of one day of a rule: when the class opens and starts, also across a clock change, what the rule does on that day, and the warnings.
import { describe, expect, test } from 'vitest';
import { type PreviewFacts, previewDay } from '../../services/rule/preview.ts';
import { addDays, daysBetween, daysOfWeekday, weekdayOf } from '../../services/rule/rule-days.ts';

const facts = (more: Partial<PreviewFacts> = {}, row: Partial<PreviewFacts['row']> = {}): PreviewFacts => ({
  rule: { boxId: 'b', timeId: '1800_60', className: 'WOD', exceptions: [] },
  box: { timeZone: 'Europe/Madrid', timeZoneSource: 'declared', openingRule: { kind: 'hours-before', hours: 72 } },
  row: { day: '20260331', rests: undefined, wish: undefined, finding: undefined, prebooking: undefined, ...row },
  seen: undefined,
  confidence: 1,
  now: new Date('2026-03-15T12:00:00Z'),
  ...more,
});

describe('the Tuesday after the clocks change', () => {
  test('opens 72 hours before by the clock of the world, and says what changed', () => {
    const { startsAt, opensAt, clockChange } = previewDay(facts());
    expect([startsAt, opensAt]).toEqual([new Date('2026-03-31T16:00:00Z'), new Date('2026-03-28T16:00:00Z')]);
    expect(clockChange).toEqual({
      at: new Date('2026-03-29T01:00:00Z'),
      offsetBefore: '+01:00',
      offsetAfter: '+02:00',
    });
  });

  test('is the only one of its neighbours to say so', () => {
    const changes = ['20260324', '20260331', '20260407'].map((day) => previewDay(facts({}, { day })).clockChange);
    expect(changes.map((change) => change !== undefined)).toEqual([false, true, false]);
  });
});

describe('what the rule does', () => {
  const prebooking = { id: 'p', status: 'scheduled' as const, opensAt: new Date('2026-03-28T16:00:00Z') };
  test.each([
    ['will ask', facts(), 'will-ask'],
    ['has asked', facts({}, { prebooking }), 'asked'],
    ['rests', facts({}, { rests: 'skipped' }), 'rests'],
    ['comes too late', facts({ now: new Date('2026-03-29T00:00:00Z') }), 'open-already'],
  ] as const)('%s', (_, given, state) => {
    expect(previewDay(given).state).toBe(state);
  });
});

test('a zone that is assumed and an opening that is not known are warned of', () => {
  const box = { timeZone: 'Europe/Madrid', timeZoneSource: 'assumed' as const, openingRule: undefined };
  expect(previewDay(facts({ box, confidence: 0 }))).toMatchObject({
    opensAt: undefined,
    shows: 'not-asked',
    warnings: ['zone-assumed', 'opening-unsure'],
  });
});

test('an empty day with words of the box shows that the class is gone, and the words', () => {
  const seen = { slots: [], notices: ['Cerrado por festivo'] };
  expect(previewDay(facts({ seen }))).toMatchObject({ shows: 'class-gone', notices: ['Cerrado por festivo'] });
  expect(previewDay(facts({ seen: { slots: [], notices: [] } })).shows).toBe('not-listed');
});

test('days of a weekday are counted over months and years', () => {
  expect(daysOfWeekday(2, '20261229', 3)).toEqual(['20261229', '20270105', '20270112']);
  expect([weekdayOf('20260301'), addDays('20260228', 1), daysBetween('20251231', '20260102')]).toEqual([
    7,
    '20260301',
    2,
  ]);
});
