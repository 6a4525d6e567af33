// Every B, W and Z row of the fault catalogue: its id, the required result, the campaign's faults or the test that play it, and the campaign's
// result. For a row that only a test outside the campaign plays, `test` names that test; for a row that no test plays, `not` says why. A listed row
// that the campaign did not play is reported as `not drawn` or `not staged`.
import type { Tally } from './campaign.ts';

export interface Row {
  readonly id: string;
  readonly outcome: string;
  /** The names (or beginnings of names) of the campaign's faults that play this row. */
  readonly by?: readonly string[];
  /** The test file that plays this row, and the beginning of the name of the test that plays it. */
  readonly test?: readonly [file: string, begins: string];
  readonly not?: string;
}

const OPENING = 'test/rules/opening-rule.test.ts';
const ODD = 'test/prebooking/odd-deliveries.test.ts';
const ZONES = 'test/prebooking/zones.test.ts';

export const ROWS: readonly Row[] = [
  {
    id: 'B1',
    outcome: 'delivered twice within 50 ms: one claim',
    by: ['delivered twice', 'delivered three times', 'signed, twice'],
  },
  { id: 'B2', outcome: 'redelivered after success: no request', by: ['redelivered after success'] },
  {
    id: 'B3',
    outcome: 'killed after the claim: taken over, sent once',
    by: ['kill after:claim', 'kill preparing', 'kill before:arm'],
  },
  { id: 'B4', outcome: 'killed armed: two looks, then unconfirmed', by: ['kill after:arm', 'kill opening'] },
  { id: 'B5', outcome: 'killed with the request out: the gym’s list decides', by: ['kill with the request out'] },
  {
    id: 'B6',
    outcome: 'killed with the answer read: booked',
    by: ['kill heard', 'kill before:settle', 'kill after:settle'],
  },
  { id: 'B7', outcome: 'effect later than the answer: booked', by: ['effect later', 'effect much later'] },
  { id: 'B8', outcome: 'answer lost or spoilt: never sent again', by: ['answer lost'] },
  { id: 'B9', outcome: 'refused connection: proven not sent, tried again', by: ['gym refuses connections'] },
  { id: 'B10', outcome: 'lagging list: looked at twice', by: ['list lags', 'answer lost and list lags'] },
  { id: 'B11', outcome: 'list down: checking, then the truth', by: ['list down', 'answer lost and list down'] },
  { id: 'B12', outcome: 'bookState 1: booked', by: ['nothing'] },
  { id: 'B13', outcome: 'bookState 0: read back', by: ['bookState 0'] },
  { id: 'B14', outcome: 'refusals: refused, no retry', by: ['refused:', 'full'] },
  { id: 'B15', outcome: 'too early: a few more tries', by: ['too early', 'gym two seconds'] },
  { id: 'B16', outcome: 'same hour: ours booked, another refused', by: ['same hour', 'another class of that hour'] },
  {
    id: 'B17',
    outcome: 'unknown code: never success without a place',
    by: ['bookState -99', 'bookState 1', 'answer []', 'text only'],
  },
  { id: 'B18', outcome: 'logout: renewed, sent once more', by: ['logout once'] },
  {
    id: 'B19',
    outcome: 'session in doubt: tried all the same',
    by: ['session uncertain', 'session dead', 'session stale'],
  },
  { id: 'B20', outcome: 'booked by hand: already theirs', by: ['booked by hand'] },
  { id: 'B21', outcome: 'withdrawn: or booked, never both', by: ['withdrawn'] },
  { id: 'B22', outcome: 'cancelled at the gym: not booked again', by: ['cancelled at the gym'] },
  { id: 'B23', outcome: 'fewer places than ours: no lies', by: ['one place', 'places for half'] },
  { id: 'B24', outcome: 'class removed or renumbered: none other', by: ['class removed', 'class renumbered'] },
  {
    id: 'B25',
    outcome: 'late start: tried within ten minutes, else missed',
    by: ['delivered 30 s', 'delivered 4 min', 'delivered 8 min', 'delivered 11 min'],
  },
  { id: 'B26', outcome: '200 of one instant: all in time to be settled', by: ['two hundred'] },
  { id: 'W1', outcome: 'published, not written down: the state decides', by: ['delivered before the row was marked'] },
  { id: 'W2', outcome: 'publish times out: pending, armed later', test: ['test/prebooking/alarm.test.ts', 'W2:'] },
  { id: 'W3', outcome: 'redelivered past the queue’s memory: no effect', by: ['nothing'] },
  { id: 'W4', outcome: 'delivered before the row was marked: works', by: ['delivered before the row was marked'] },
  { id: 'W5', outcome: 'never delivered: the sweep races', by: ['never delivered'] },
  {
    id: 'W6',
    outcome: 'failure callback: only flags',
    not: 'no failure callback is asked for: the sweep is the second trigger',
  },
  {
    id: 'W7',
    outcome: 'our clock up to 5 s behind: in; 30 or 301 s: 401 and counted as clock skew',
    by: ['crooked deliveries'],
    test: [ODD, 'W7:'],
  },
  {
    id: 'W8',
    outcome: 'keys rolled once: in; twice: 401, and not taken for a clock',
    by: ['crooked deliveries'],
    test: [ODD, 'W8:'],
  },
  {
    id: 'W9',
    outcome: 'https, a slash more, the proxy’s host, another endpoint: 401',
    by: ['crooked deliveries'],
    test: [ODD, 'W9:'],
  },
  {
    id: 'W10',
    outcome: 'serialised again, packed, other charset: 401; no wake-up in it: 400; 2 MB: 413; no effect',
    by: ['crooked deliveries'],
    test: [ODD, 'W10:'],
  },
  { id: 'W11', outcome: 'platform’s end near: nothing armed, taken up again', by: ['platform ends'] },
  {
    id: 'W12',
    outcome: 'deleted: never again',
    by: ['crooked deliveries'],
    test: ['test/prebooking/alarm.test.ts', 'W12:'],
  },
  { id: 'Z1', outcome: 'spring gap: an hour later', test: [OPENING, 'an hour later where the spring change'] },
  { id: 'Z2', outcome: 'autumn overlap: the first, once', test: [OPENING, 'at the first of two occurrences'] },
  { id: 'Z3', outcome: '72 hours and 3 days: one hour apart', test: [OPENING, 'N days and 24 N hours'] },
  { id: 'Z4', outcome: 'leap days, week 53', test: [OPENING, 'every day exists'] },
  { id: 'Z5', outcome: 'five past midnight: the local day', test: [OPENING, 'a class at five past midnight'] },
  { id: 'Z6', outcome: 'whatever the server’s zone', test: [ZONES, 'Z6:'] },
  { id: 'Z7', outcome: 'each box in its own zone', test: [OPENING, 'is the box’s, not UTC’s'] },
  {
    id: 'Z8',
    outcome: 'thresholds of a token’s age',
    not: 'a rule of the session, not of the race: staged with the renewals',
  },
];

/** Gives one line for each row of the fault catalogue: how many episodes played it in this campaign, and how many of them broke an invariant. */
export function linesOfRows({ faults, found }: Tally): string[] {
  return ROWS.map(({ id, outcome, by = [], test, not }) => {
    const begins = (name: string) => by.some((beginning) => name.startsWith(beginning));
    const episodes = Object.entries(faults).reduce((sum, [name, n]) => sum + (begins(name) ? n : 0), 0);
    const broken = found.filter(({ faults: names }) => names.some(begins)).length;
    const here = by.length === 0 ? [] : [episodes === 0 ? 'not drawn' : `${episodes} episodes, ${broken} broken`];
    const there = test ? [`proven in ${test[0]}`] : [];
    return `${id.padEnd(4)}${outcome}: ${not ? `not staged, ${not}` : [...here, ...there].join('; ')}`;
  });
}
