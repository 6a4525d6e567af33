// The checker of races excuses a request whose answer was lost, if an error in the estimate of the gym's clock explains how early the request came.
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../../simulator/history.ts';
import { check } from './checker.ts';
import type { Episode, Row } from './episode.ts';
import { LATE, NOTHING } from './faults.ts';
import { RECEIPTS } from './openings.ts';

const OPENS_MS = Date.UTC(2026, 2, 1, 17);
const [LOOKED_AT] = RECEIPTS;
const LOST_AND_DOWN =
  LATE.find(({ name }) => name === 'answer lost and list down') ?? expect.fail('Expected the fault.');

const request = (earlyMs: number, more: Partial<HistoryEntry> = {}): HistoryEntry =>
  ({
    ...{
      id: 1,
      op: 'book',
      asked: {},
      effect: null,
      answer: null,
      status: null,
      broke: 'simulator',
      answeredAtMs: null,
    },
    ...{ struckBy: ['lose'], simAtMs: OPENS_MS - earlyMs, arrivedAtMs: OPENS_MS - earlyMs },
    ...more,
  }) as unknown as HistoryEntry;

function endsOf(call: HistoryEntry, { status = 'unconfirmed', fault = LOST_AND_DOWN } = {}): string[] {
  const player = { plan: { id: 1, fault }, userId: 'u', prebookingId: 'p', fingerprint: 'f' };
  const episode = {
    opening: {
      plan: { index: 0, slug: 'box1', fault: LOOKED_AT, atMs: 0, members: [] },
      opensAtMs: OPENS_MS,
      players: [],
    },
    player,
    row: { id: 'p', status, outcome: null, reason: null, receipt: null, settled_at: null } as unknown as Row,
    ...{
      changes: [],
      notices: [],
      calls: [call],
      places: [],
      events: [],
      withdrawal: undefined,
      handedAtMs: undefined,
    },
    ...{ isOpenAtFive: false, placesAfterwards: 0, callsAfterwards: 0, isBystanderOfBlow: false },
  } as unknown as Episode;
  return check(episode).flatMap(({ invariant, says }) => (invariant === 'ENDS' ? [says] : []));
}

const WRONG = [expect.stringContaining('it is ')];
test.each<[string, string[], string[]]>([
  ['8 ms early, its answer lost', endsOf(request(8)), []],
  ['in time, its answer lost', endsOf(request(-1)), WRONG],
  ['half a second early', endsOf(request(500)), WRONG],
  ['early and answered', endsOf(request(8, { broke: null, answeredAtMs: OPENS_MS, struckBy: [] })), WRONG],
  ['early and with an effect', endsOf(request(8, { effect: { what: 'booked' } as never })), WRONG],
  ['8 ms early, and its member told of a missed race', endsOf(request(8), { status: 'missed' }), WRONG],
  [
    'early without any fault',
    endsOf(request(8, { broke: null, answeredAtMs: OPENS_MS, struckBy: [] }), { fault: NOTHING }),
    WRONG,
  ],
])('a request %s', (_what, said, wanted) => {
  expect(said).toEqual(wanted);
});
