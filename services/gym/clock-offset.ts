// Searches for the instants at which the second in a gym's `Date` header flips, by deciding which probes are sent when; clock-estimate.ts draws the
// conclusions. The search makes no request itself (`Gym.probeClock` does) and reads no clock: the probe and the timer are passed in as arguments.
import type { Clock } from '../clock.ts';
import { type ClockEstimate, concludeClock, windowOf } from './clock-estimate.ts';
import { type Corner, rttOf, SECOND_MS } from './clock-reading.ts';
import type { ClockProbe } from './gym.ts';

/** Our clock (epoch ms that never jump), by which the times of probes are recorded, and a way to wait. */
export interface ProbeTimer {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * The number of probes in each round of the search; a round lasts up to a second, because the second in `Date` flips once a second. The probes before
 * the first round (`FIRST_AT_ONCE`) open the connections that the rounds use. A probe that must first open a connection is sent two round trips late
 * and misses its instant. Later rounds have few probes, because they search a range of a few milliseconds, in which many probes would only wait for
 * each other.
 */
export const FULL_PLAN: readonly number[] = [12, 12, 7, 7, 8, 8];
export const FIRST_AT_ONCE = 6;
/**
 * The number of probes in each round when the race does not first look for the address at which to read the box's clock. The eight readings that
 * finding an address would cost are added to the last four rounds.
 */
export const SECOND_PLAN: readonly number[] = [12, 12, 9, 9, 10, 10];

/** A probe that has no answer after this many milliseconds is abandoned. */
const PROBE_TIMEOUT_MS = 1_500;
/** A reserve, ms, in `budgetMs` (the time that one search may take), because timers are inexact. */
const SHORT_MS = 100;
/**
 * Of the probes that open connections before the first round, one is sent alone; the others follow when that probe is answered, or after this many ms
 * at the latest.
 */
const ALONE_MS = 400;
/** When a round after the first is planned, its start is still at least this many ms away, so that its first probe can be made ready. */
const ROUND_LEAD_MS = 10;

/**
 * Makes the timer of a search for the gym's clock. `anchorMs` is the epoch ms at which `clock.monotonicMs()` was zero; the default is right for a
 * `clock` that reads `performance.now()`.
 */
export const probeTimer = (clock: Clock, anchorMs: number = performance.timeOrigin): ProbeTimer => ({
  nowMs: () => anchorMs + clock.monotonicMs(),
  sleep: (ms) => clock.sleep(ms),
});

/**
 * Finds, round after round, the instant at which a probe must be *sent* so that the gym's second flips just as the gym stamps the answer. Each round
 * spreads its probes over the range in which the flip may still lie. Probes that fail are ignored. Returns undefined when fewer than two probes were
 * answered, or when no probe of a round was answered. Before the first round at most `atOnce` probes are sent, just to open connections. Each number
 * in `plan` counts the probes of one round. No round begins that could not end within `budgetMs` of the search's start.
 */
export async function estimateGymClock(
  probe: () => Promise<ClockProbe>,
  timer: ProbeTimer,
  options: { plan?: readonly number[]; atOnce?: number; budgetMs?: number } = {},
): Promise<ClockEstimate | undefined> {
  const { plan = FULL_PLAN, atOnce = FIRST_AT_ONCE, budgetMs = 7_000 } = options;
  const endsAtMs = timer.nowMs() + budgetMs;
  // The first probes, which only open connections, show the gym's clock no more exactly than to a whole second. The first probes are left out if
  // `budgetMs` might leave no time for a round after them.
  const first = budgetMs >= PROBE_TIMEOUT_MS + SECOND_MS + SHORT_MS ? atOnce : 0;
  const seen = first > 0 ? await open(probe, timer, first) : [];
  const opened = seen.length;
  for (const [at, count] of plan.entries()) {
    // The first round of the search spreads its probes over one second, which may begin at any instant, so the round starts immediately.
    const window = at > 0 ? windowOf(seen) : undefined;
    const startsAtMs = window ? nextFlipAt(window, timer.nowMs() + ROUND_LEAD_MS) : timer.nowMs();
    const widthMs = window ? Math.min(SECOND_MS, window.highMs - window.lowMs) : SECOND_MS;
    if (startsAtMs + widthMs > endsAtMs) break;
    seen.push(...(await round(probe, timer, startsAtMs, widthMs, count)));
  }
  return seen.length > opened ? concludeClock(seen) : undefined;
}

/**
 * Sends one probe alone, so that its TCP handshake is timed while this process does nothing else; then sends the other `count − 1` probes, all at the
 * same moment.
 */
async function open(probe: () => Promise<ClockProbe>, timer: ProbeTimer, count: number): Promise<ClockProbe[]> {
  const alone = round(probe, timer, timer.nowMs(), 0, 1);
  await Promise.race([alone, timer.sleep(ALONE_MS)]);
  const others = round(probe, timer, timer.nowMs(), 0, count - 1);
  return [...(await alone), ...(await others)];
}

/** Sends `count` probes, spread evenly over the `widthMs` from `startsAtMs` on, without waiting for an answer before the next probe. */
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

/**
 * The first instant, not before `notBeforeMs`, at which to send a probe that may meet a flip of the gym's second. By our clock, the gym's second
 * flips at 1000·k − x ms for each whole number k, where x is how many ms the gym's clock is ahead of ours.
 */
function nextFlipAt(corner: Corner, notBeforeMs: number): number {
  const k = Math.ceil((notBeforeMs + corner.highMs) / SECOND_MS);
  return k * SECOND_MS - corner.highMs;
}
