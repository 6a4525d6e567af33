// When the checker of receipts believes that the gym gave the answer that a receipt names.
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../../simulator/history.ts';
import type { Episode } from './episode.ts';
import { receiptRules } from './receipt-truth.ts';

const AT = '2026-03-01T17:00:00.000Z';
const RULE = receiptRules['RECEIPT tells what the gym answered'] ?? expect.fail('Expected the rule.');

function judged(told: string, bookState: number | string, broke: HistoryEntry['broke']): string | undefined {
  const call = {
    op: 'book',
    arrivedAtMs: Date.parse(AT),
    simAtMs: Date.parse(AT),
    status: 200,
    answer: { bookState },
    broke,
  };
  const receipt = { tries: [{ sentAt: AT, answeredAt: AT, answer: told }] };
  return RULE({ row: { receipt }, calls: [call] } as unknown as Episode);
}

test.each<[string, number | string, HistoryEntry['broke'], boolean]>([
  ['booked', 1, null, true],
  ['booked', '1', null, true],
  ['booked', 0, null, false],
  ['booked', -1, 'simulator', false],
  ['accepted', 0, null, true],
  ['accepted', 1, 'simulator', true],
  ['accepted', 1, 'client', false],
  ['accepted', 1, null, false],
  ['accepted', -1, 'simulator', false],
  ['full', -1, null, true],
  ['full', 1, 'simulator', false],
])('"%s" of the state %s (broken by: %s) is believed: %s', (told, state, broke, isSo) => {
  expect(judged(told, state, broke)).toEqual(isSo ? undefined : expect.stringContaining(`says ${told}`));
});
