// Draws the result of the bench `contention`: when the requests of each way of booking and of the rivals arrive, and how many places each way won.
// This file measures nothing.
import { color, line, rect, svg, text } from './svg.ts';

/** The bots that race beside puntual in the bench `contention`. */
export const BOTS = ['fire at T, cold', 'first app: T − 30 ms, cold', 'cron every 60 s'] as const;
export const WAYS = ['puntual', ...BOTS] as const;
export type ContentionWay = (typeof WAYS)[number];

/** One attempt of a member of puntual, or of a bot, to book one place, and whether it won the place. */
export interface Try {
  readonly way: ContentionWay;
  readonly crowd: number;
  readonly isWon: boolean;
  /** When the first request for the class arrived, in ms after the opening, by the gym's clock. */
  readonly afterOpeningMs: number;
}

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 600;
const TOP = 78;
const ROW = 74;
/** The time axis runs from `FROM_MS` to `TO_MS`, in ms after the opening (negative: before it); a request outside this range is drawn at the edge. */
const FROM_MS = -600;
const TO_MS = 1_200;
const BIN_MS = 30;
const CROWD_FROM_MS = 150;
const CROWD_TO_MS = 450;

const xOf = (ms: number): number =>
  LEFT + ((Math.min(TO_MS, Math.max(FROM_MS, ms)) - FROM_MS) / (TO_MS - FROM_MS)) * (RIGHT - LEFT);

export function drawContention(
  ways: readonly ContentionWay[],
  crowds: readonly number[],
  tries: readonly Try[],
): string {
  const bottom = TOP + ways.length * ROW;
  const title = 'Twelve places, N rivals who need 150 to 450 ms: when requests arrive, and who gets a place';
  const parts = [text(20, 28, title, 15), ...scale(bottom), ...heads(crowds)];
  for (const [row, way] of ways.entries()) {
    const own = tries.filter((one) => one.way === way);
    const floor = TOP + (row + 1) * ROW - 14;
    parts.push(text(20, floor - 18, way, 12), ...histogram(own, floor, color(row)), ...wins(own, crowds, floor));
    parts.push(line(LEFT, floor, RIGHT, floor));
  }
  parts.push(
    text(
      LEFT,
      bottom + 40,
      'milliseconds after the opening, on the gym’s clock; the cron bot comes up to 60,000 ms late, and is drawn at the edge',
      11,
    ),
  );
  return svg(WIDTH, bottom + 56, parts, title);
}

function scale(bottom: number): string[] {
  const marks = [-500, 0, 500, 1_000].flatMap((ms) => [
    line(xOf(ms), TOP, xOf(ms), bottom, ms === 0 ? '#0f172a' : '#e2e8f0', ms === 0 ? '4 3' : ''),
    text(xOf(ms), bottom + 18, String(ms), 11, 'middle'),
  ]);
  return [
    rect(xOf(CROWD_FROM_MS), TOP, xOf(CROWD_TO_MS) - xOf(CROWD_FROM_MS), bottom - TOP, '#fee2e2'),
    text((xOf(CROWD_FROM_MS) + xOf(CROWD_TO_MS)) / 2, TOP - 8, 'the crowd', 11, 'middle', '#b91c1c'),
    text(xOf(0), TOP - 8, 'opening', 11, 'middle'),
    ...marks,
  ];
}

const columnOf = (at: number): number => RIGHT + 50 + at * 56;

const heads = (crowds: readonly number[]): string[] => [
  text(columnOf(0) - 22, TOP - 28, 'places won against N rivals', 11),
  ...crowds.map((crowd, at) => text(columnOf(at), TOP - 8, `N = ${crowd}`, 11, 'middle')),
];

function histogram(tries: readonly Try[], floor: number, fill: string): string[] {
  const bins = new Map<number, number>();
  for (const { afterOpeningMs } of tries) {
    const bin = Math.floor(Math.min(TO_MS - 1, Math.max(FROM_MS, afterOpeningMs)) / BIN_MS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const width = xOf(BIN_MS) - xOf(0) - 1;
  return [...bins].map(([bin, count]) => {
    const height = Math.max(3, (count / tries.length) * (ROW - 24));
    return rect(xOf(bin * BIN_MS), floor - height, width, height, fill);
  });
}

function wins(tries: readonly Try[], crowds: readonly number[], floor: number): string[] {
  return crowds.map((crowd, at) => {
    const own = tries.filter((one) => one.crowd === crowd);
    const won = own.filter((one) => one.isWon).length;
    const share = own.length === 0 ? '–' : `${Math.round((100 * won) / own.length)} %`;
    return text(columnOf(at), floor - 18, share, 14, 'middle');
  });
}
