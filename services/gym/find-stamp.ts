// Finds out whether the gym stamps `Date` before or after its work. A few readings of the gym's clock at a cheap address find the instant at which
// its second flips; each halves the range of this instant. Once the flip is known, the box's page is requested so that the gym's second flips while
// the gym makes the page. The second in the `Date` of the page shows whether the gym stamps `Date` before or after it makes the page.
import type { Clock } from '../clock.ts';
import type { StampReading } from './examination.ts';
import type { ClockProbe } from './gym.ts';

export interface StampFound {
  readonly stamp: StampReading;
  readonly thinkingMs: number | undefined;
  readonly cheapAddress: string | undefined;
}

type Look = (address: string) => Promise<ClockProbe>;

const SECOND_MS = 1_000;
/** If the gym's work on the box's page is shorter than this, ms, it does not matter whether `Date` is stamped before or after the work. */
const LITTLE_MS = 20;
/** How many readings at the cheap address narrow down the instant at which the gym's second flips. */
const HALVINGS = 4;
/**
 * How many readings of the gym's clock from the box's page (`/`) decide whether the gym stamps `Date` before or after its work; if these readings
 * disagree, the result is `unknown`.
 */
const TRIALS = 2;
/** How many readings of the gym's clock come before the `HALVINGS`: three at the box's page and two at the cheap address. */
const FIRST_READINGS = 5;
/** The most readings of the gym's clock that `findStamp` makes. */
export const MAX_READINGS = FIRST_READINGS + HALVINGS + TRIALS;
/** Each reading of the gym's clock is planned at least this many ms before its request is sent. */
const MIN_AHEAD_MS = 30;
const NOTHING: StampFound = { stamp: 'unknown', thinkingMs: undefined, cheapAddress: undefined };

/** The range in which the difference of the clocks (the gym's minus ours) lies, ms. */
interface Between {
  readonly lowMs: number;
  readonly highMs: number;
}
const betweenOf = ({ sentAtMs, receivedAtMs, dateMs }: ClockProbe): Between => ({
  lowMs: dateMs - receivedAtMs,
  highMs: dateMs + SECOND_MS - sentAtMs,
});
const both = (a: Between, b: Between): Between => ({
  lowMs: Math.max(a.lowMs, b.lowMs),
  highMs: Math.min(a.highMs, b.highMs),
});
const rttOf = ({ sentAtMs, receivedAtMs }: ClockProbe): number => receivedAtMs - sentAtMs;

/**
 * Finds out whether the gym stamps `Date` before or after its work. @param addresses the box's page, and a file that is the cheap address if the gym
 * answers it faster than the page. @param nowMs reads our clock, epoch ms; `sentAtMs` and `receivedAtMs` of the readings come from the same clock.
 * Never throws.
 */
export async function findStamp(
  { look, addresses: [page, cheap], nowMs }: { look: Look; addresses: readonly [string, string]; nowMs: () => number },
  clock: Pick<Clock, 'sleep'>,
): Promise<StampFound> {
  try {
    // The first reading of each address may open a connection; only the later readings are timed. The box's page is timed twice, so that one delayed
    // reading is not taken for the gym's work.
    const dear = await twice(look, page);
    const again = await look(page);
    const quick = await twice(look, cheap);
    const thinkingMs = Math.max(0, Math.min(rttOf(dear), rttOf(again)) - rttOf(quick));
    if (thinkingMs < LITTLE_MS) return { stamp: 'either', thinkingMs, cheapAddress: undefined };
    const found = { thinkingMs, cheapAddress: cheap };
    const at = async (address: string, theirMs: number, offsetMs: number) => {
      await waitUntil(clock, nowMs, theirMs - offsetMs);
      return look(address);
    };
    let between = betweenOf(quick);
    for (let turn = 0; turn < HALVINGS; turn++) {
      const middleMs = (between.lowMs + between.highMs) / 2;
      const flipMs = nextFlip(nowMs() + middleMs, rttOf(quick));
      between = both(between, betweenOf(await at(cheap, flipMs - rttOf(quick) / 2, middleMs)));
    }
    const unsureMs = (between.highMs - between.lowMs) / 2 + rttOf(quick);
    if (unsureMs >= thinkingMs / 2) return { stamp: 'unknown', ...found };
    const offsetMs = (between.lowMs + between.highMs) / 2;
    const told = new Set<StampReading>();
    for (let trial = 0; trial < TRIALS; trial++) {
      const flipMs = nextFlip(nowMs() + offsetMs, thinkingMs);
      const probe = await at(page, flipMs - thinkingMs / 2 - rttOf(quick) / 2, offsetMs);
      told.add(probe.dateMs >= flipMs ? 'end' : 'start');
    }
    const [stamp = 'unknown', other] = [...told];
    return { stamp: other === undefined ? stamp : 'unknown', ...found };
  } catch {
    return NOTHING;
  }
}

async function twice(look: Look, address: string): Promise<ClockProbe> {
  await look(address);
  return look(address);
}

/**
 * The first flip of the gym's second that comes at least `beforeMs` + `MIN_AHEAD_MS` after the gym's time `theirNowMs`. The next reading's
 * request is sent at most `beforeMs` before this flip.
 */
const nextFlip = (theirNowMs: number, beforeMs: number): number =>
  Math.ceil((theirNowMs + beforeMs + MIN_AHEAD_MS) / SECOND_MS) * SECOND_MS;

async function waitUntil(clock: Pick<Clock, 'sleep'>, nowMs: () => number, atMs: number): Promise<void> {
  const leftMs = atMs - nowMs();
  if (leftMs > 0) await clock.sleep(leftMs);
}
