// The search for the flips of the second in a gym's Date header: which probes are sent when. clock-estimate.ts draws the conclusions. It makes no
// request itself (Gym.probeClock does) and reads no clock: both are handed in.
import type { Clock } from '../clock.ts';
import { type ClockEstimate, concludeClock, windowOf } from './clock-estimate.ts';
import { type Corner, rttOf, SECOND_MS } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/** Our clock as the probes stamp it (epoch ms that never jumps), and a way to wait. */
export interface ProbeTimer {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * Probes in each round; a round lasts up to a second, because the Date flips once a second. The very first are sent together, so that there are
 * connections for the later rounds. A probe that must first shake hands leaves two round trips late and misses its instant. Later rounds are
 * small: they search a few milliseconds, in which many probes would only wait for each other.
 */
export const FULL_PLAN: readonly number[] = [12, 12, 7, 7, 8, 8];
export const FIRST_AT_ONCE = 6;
/** The plan when the address is known already: the eight readings that finding it would have cost are added to the search. */
export const SECOND_PLAN: readonly number[] = [12, 12, 9, 9, 10, 10];

/** A probe without an answer for this long is abandoned. */
const PROBE_TIMEOUT_MS = 1_500;
/** Room for timers. */
const SHORT_MS = 100;
/** A first probe that is slower than this is abandoned. */
const ALONE_MS = 400;
/** Time to get the first probe of a round ready. */
const ROUND_LEAD_MS = 10;

/** The timer of a process that stamps its probes with `performance`; `anchorMs` as in the sender's options. */
export const probeTimer = (clock: Clock, anchorMs: number = performance.timeOrigin): ProbeTimer => ({
  nowMs: () => anchorMs + clock.monotonicMs(),
  sleep: (ms) => clock.sleep(ms),
});

/**
 * Finds the flip of the gym's second in *send* time, round after round; each round spreads its probes over the range that is still possible.
 * Failing probes are ignored; undefined when fewer than two answered, or no search succeeded. At most `atOnce + sum(plan)` probes, and no round
 * begins that could not end within `budgetMs`.
 */
export async function estimateGymClock(
  probe: () => Promise<ClockProbe>,
  timer: ProbeTimer,
  options: { plan?: readonly number[]; atOnce?: number; budgetMs?: number } = {},
): Promise<ClockEstimate | undefined> {
  const { plan = FULL_PLAN, atOnce = FIRST_AT_ONCE, budgetMs = 7_000 } = options;
  const endsAtMs = timer.nowMs() + budgetMs;
  // These probes tell no more than a whole second: with time for one search only, the search comes first.
  const first = budgetMs >= PROBE_TIMEOUT_MS + SECOND_MS + SHORT_MS ? atOnce : 0;
  const seen = first > 0 ? await open(probe, timer, first) : [];
  const opened = seen.length;
  for (const [at, count] of plan.entries()) {
    // Any second will do for the first search.
    const window = at > 0 ? windowOf(seen) : undefined;
    const startsAtMs = window ? nextFlipAt(window, timer.nowMs() + ROUND_LEAD_MS) : timer.nowMs();
    const widthMs = window ? Math.min(SECOND_MS, window.highMs - window.lowMs) : SECOND_MS;
    if (startsAtMs + widthMs > endsAtMs) break;
    seen.push(...(await round(probe, timer, startsAtMs, widthMs, count)));
  }
  return seen.length > opened ? concludeClock(seen) : undefined;
}

/** One alone, so that its handshake is timed while this process does nothing else; then all the others at once. */
async function open(probe: () => Promise<ClockProbe>, timer: ProbeTimer, count: number): Promise<ClockProbe[]> {
  const alone = round(probe, timer, timer.nowMs(), 0, 1);
  await Promise.race([alone, timer.sleep(ALONE_MS)]);
  const others = round(probe, timer, timer.nowMs(), 0, count - 1);
  return [...(await alone), ...(await others)];
}

/** Sends `count` probes evenly inside [startsAtMs, + widthMs], without waiting for one before the next. */
async function round(
  probe: () => Promise<ClockProbe>,
  timer: ProbeTimer,
  startsAtMs: number,
  widthMs: number,
  count: number,
): Promise<ClockProbe[]> {
  const answers: Promise<ClockProbe | undefined>[] = [];
  for (let at = 0; at < count; at += 1) {
    const waitMs = startsAtMs + (widthMs * (at + 0.5)) / count - timer.nowMs();
    if (waitMs > 0) await timer.sleep(waitMs);
    answers.push(Promise.race([quietly(probe), timer.sleep(PROBE_TIMEOUT_MS).then(() => undefined)]));
  }
  return (await Promise.all(answers)).filter((one): one is ClockProbe => one !== undefined && isSound(one));
}

async function quietly(probe: () => Promise<ClockProbe>): Promise<ClockProbe | undefined> {
  try {
    return await probe();
  } catch {
    return undefined;
  }
}

const isSound = (probe: ClockProbe): boolean => Number.isFinite(probe.dateMs) && rttOf(probe) >= 0;

/** The next time, not before `notBeforeMs`, when a probe sent may fall near a flip: a flip lies at 1000·k − x. */
function nextFlipAt(corner: Corner, notBeforeMs: number): number {
  const k = Math.ceil((notBeforeMs + corner.highMs) / SECOND_MS);
  return k * SECOND_MS - corner.highMs;
}
