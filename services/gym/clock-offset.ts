// How far the gym's clock is from ours, found from the second-flips of its Date header, and when to send because of it.
// It makes no request itself (Gym.probeClock does) and reads no clock: both are handed in.
import type { Clock } from '../clock.ts';
import type { ClockProbe } from './gym.ts';

/** Our clock as the probes stamp it (epoch ms that never jumps), and a way to wait. */
export interface ProbeTimer {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * `offsetMs`: gym's clock minus ours, supposing equal ways there and back; `uncertaintyMs`: half of the interval in which
 * the flip was cornered, ±; `rttMs`: fastest round trip; `rttQuarterMs`: a quarter of them took no longer; `probes`: how many answered.
 * Only offset and round trip together say when to send (`aim`): there an unequal path cancels out.
 */
export interface ClockEstimate {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
  readonly rttMs: number;
  readonly rttQuarterMs: number;
  readonly probes: number;
}

/**
 * Probes in each round; a round lasts up to a second, because the Date flips once a second. The very first are sent all at once, so that
 * there are connections for the later rounds: a probe that must first shake hands leaves two round trips late and misses its corner.
 * Later rounds are small: what is to be found lies within few milliseconds, in which many probes would only wait for each other.
 */
export const FULL_PLAN: readonly number[] = [12, 12, 7, 7, 8, 8];
export const FIRST_AT_ONCE = 6;

const SECOND_MS = 1_000;
/** A probe unanswered for so long is not waited for: it would tell nothing useful. */
const PROBE_TIMEOUT_MS = 1_500;
/** Room for timers. */
const SHORT_MS = 100;
/** Time to get the first probe of a round ready. */
const ROUND_LEAD_MS = 10;
const LEARNED_LIMIT_MS = 250;
/** Beyond a second an estimate says nothing: rather a request too early, which is retried, than one hopelessly late. */
const MARGIN_LIMIT_MS = 1_000;

/** The timer of a process whose probes are stamped with `performance`; `anchorMs` as in the sender's options. */
export const probeTimer = (clock: Clock, anchorMs: number = performance.timeOrigin): ProbeTimer => ({
  nowMs: () => anchorMs + clock.monotonicMs(),
  sleep: (ms) => clock.sleep(ms),
});

/**
 * Corners the flip of the gym's second in *send* time, round after round, each round's probes spread over what is still
 * open. Failing probes are ignored; undefined when fewer than two answered, or no search did. At most `atOnce + sum(plan)` probes, and no round
 * begins that could not end within `budgetMs`.
 */
export async function estimateGymClock(
  probe: () => Promise<ClockProbe>,
  timer: ProbeTimer,
  options: { plan?: readonly number[]; atOnce?: number; budgetMs?: number } = {},
): Promise<ClockEstimate | undefined> {
  const { plan = FULL_PLAN, atOnce = FIRST_AT_ONCE, budgetMs = 7_000 } = options;
  const endsAtMs = timer.nowMs() + budgetMs;
  // They tell no more than a whole second: where there is time for one search only, it comes first.
  const first = budgetMs >= PROBE_TIMEOUT_MS + SECOND_MS + SHORT_MS ? atOnce : 0;
  const seen = await round(probe, timer, timer.nowMs(), 0, first);
  const opened = seen.length;
  for (const [at, count] of plan.entries()) {
    // Any second will do for the first search.
    const corner = at > 0 ? cornerOf(seen) : undefined;
    const startsAtMs = corner ? nextFlipAt(corner, timer.nowMs() + ROUND_LEAD_MS) : timer.nowMs();
    const widthMs = corner ? Math.min(SECOND_MS, corner.highMs - corner.lowMs) : SECOND_MS;
    if (startsAtMs + widthMs > endsAtMs) break;
    seen.push(...(await round(probe, timer, startsAtMs, widthMs, count)));
  }
  return seen.length > opened ? conclude(seen) : undefined;
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

const rttOf = (probe: ClockProbe): number => probe.receivedAtMs - probe.sentAtMs;

const isSound = (probe: ClockProbe): boolean => Number.isFinite(probe.dateMs) && rttOf(probe) >= 0;

interface Corner {
  readonly lowMs: number;
  readonly highMs: number;
}

/**
 * Where x lies, x = gym's clock on arrival − our clock on sending, for the fastest way there. A probe sent at t and dated
 * D says 1000·D ≤ t + x + delay < 1000·(D+1), its delay being at most its round trip beyond the fastest one.
 * The stretch that most probes agree on (Marzullo) is taken: a stale cached Date or a second backend must not decide.
 */
function cornerOf(probes: readonly ClockProbe[]): Corner | undefined {
  if (probes.length === 0) return undefined;
  const fastestMs = Math.min(...probes.map(rttOf));
  const edges = probes.flatMap((probe) => [
    { atMs: probe.dateMs - probe.sentAtMs - (rttOf(probe) - fastestMs), step: 1 },
    { atMs: probe.dateMs + SECOND_MS - probe.sentAtMs, step: -1 },
  ]);
  edges.sort((a, b) => a.atMs - b.atMs || b.step - a.step);
  let agreeing = 0;
  let most = 0;
  let best: Corner | undefined;
  for (const [at, edge] of edges.entries()) {
    agreeing += edge.step;
    const next = edges[at + 1];
    if (agreeing <= most || !next) continue;
    most = agreeing;
    best = { lowMs: edge.atMs, highMs: next.atMs };
  }
  return best;
}

/** The next time, not before `notBeforeMs`, when a probe sent may fall into the corner: a flip lies at 1000·k − x. */
function nextFlipAt(corner: Corner, notBeforeMs: number): number {
  const k = Math.ceil((notBeforeMs + corner.highMs) / SECOND_MS);
  return k * SECOND_MS - corner.highMs;
}

function conclude(probes: readonly ClockProbe[]): ClockEstimate | undefined {
  const corner = cornerOf(probes);
  if (!corner || probes.length < 2) return undefined;
  const rtts = probes.map(rttOf).sort((a, b) => a - b);
  const rttMs = rtts[0] ?? 0;
  return {
    offsetMs: (corner.lowMs + corner.highMs) / 2 - rttMs / 2,
    uncertaintyMs: (corner.highMs - corner.lowMs) / 2,
    rttMs,
    rttQuarterMs: rtts[Math.floor(rtts.length / 4)] ?? rttMs,
    probes: probes.length,
  };
}

/**
 * When to send, epoch ms of our clock, so that the request arrives at or just after the opening by the gym's clock:
 *
 *   sendAt = openingAt − offset − rttMin/2 + margin
 *   margin = (rttQuarter − rttMin)/2 + uncertainty + learned, between 0 and 1,000 ms
 *
 * Because offset = x − rttMin/2 (see `cornerOf`), what is left of the path is openingAt − x + margin: even the fastest way and the
 * far edge of the corner arrive no earlier than the opening. The jitter is that of the faster probes: the slower half also waited
 * for this process, which the shot does not (on four simulated networks none in 4,200 came early; with the median all came later).
 * `learnedMarginMs` (0 … 250) is what earlier "too early" answers of this box taught; it can only delay.
 * Without an estimate our own clock is trusted: sendAt = openingAt + learned.
 */
export function aim(openingAt: Date, estimate: ClockEstimate | undefined, learnedMarginMs = 0): number {
  const learnedMs = within(learnedMarginMs, LEARNED_LIMIT_MS);
  if (!estimate) return openingAt.getTime() + learnedMs;
  const jitterMs = (estimate.rttQuarterMs - estimate.rttMs) / 2;
  const marginMs = within(jitterMs + estimate.uncertaintyMs + learnedMs, MARGIN_LIMIT_MS);
  return openingAt.getTime() - estimate.offsetMs - estimate.rttMs / 2 + marginMs;
}

const within = (ms: number, limitMs: number): number => (Number.isFinite(ms) ? Math.min(Math.max(ms, 0), limitMs) : 0);
