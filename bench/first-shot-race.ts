// One race for one place in virtual time, at a simulated gym that needs time to answer. The product's own code aims, shoots and learns, and chooses
// the page that tells the gym's clock. Each race is also played with blind rules of aiming (which ignore what the probes say of the gym's thinking)
// and with an ideal shot (which arrives at the opening).
import { againFrom, aim, type KnownClock, NOTHING_KNOWN } from '../services/gym/aim.ts';
import { findClockAddress, MAX_ALONE_MS } from '../services/gym/clock-address.ts';
import type { ClockEstimate } from '../services/gym/clock-estimate.ts';
import { type FirstShots, learnClock } from '../services/gym/clock-lesson.ts';
import { estimateGymClock, FULL_PLAN, SECOND_PLAN } from '../services/gym/clock-offset.ts';
import { next, startRace } from '../services/race/shot-rules.ts';
import { ADDRESSES, PAGE, type ThinkingGym } from './thinking-gym.ts';
import { startVirtualTime } from './virtual-time.ts';

/** The opening comes at least this many ms after the last probe. */
const AHEAD_MS = 3_000;
const DAY_MS = 86_400_000;
/** The average time, in ms, that our sender takes from an answer to the next shot; each time is drawn evenly from 0 to twice the average. */
const AGAIN_MS = 0.2;

/** What puntual remembers of a box between two races. */
export interface Memory {
  readonly clock: KnownClock;
  readonly addresses: readonly string[] | undefined;
}
export const NEW_BOX: Memory = { clock: NOTHING_KNOWN, addresses: undefined };

/**
 * The travel time of a race's first booking request, and the gym's thinking time about it, in ms. The travel time and the thinking time are drawn
 * once for each race, so that all ways of shooting have the same luck with their first shot.
 */
interface Luck {
  readonly wayMs: number;
  readonly thinkMs: number;
}

/**
 * How one way of shooting fared in one race: how many shots it sent, and whether its first shot was too early. `judgedAfterMs` is the time from the
 * opening to the gym's check of the race's first shot that was not too early, or undefined when the race was given up.
 */
export interface Shots {
  readonly count: number;
  readonly isEarly: boolean;
  readonly judgedAfterMs: number | undefined;
}

export interface RaceSeen {
  readonly ours: Shots;
  /** The ideal shot, whose sender knows the travel time and the gym's clock: it arrives at the opening, except for the jitter of its own packet. */
  readonly ideal: Shots;
  /** The shots of each blind rule, in the order of `BLIND_SHARES`. */
  readonly blind: readonly Shots[];
  readonly probes: number;
  readonly memory: Memory;
}

/** For each blind rule, the share of the gym's thinking that the rule assumes to come before `Date` is stamped. */
export const BLIND_SHARES = [0, 0.5, 1] as const;

export async function raceOnce(gym: ThinkingGym, memory: Memory, random: () => number): Promise<RaceSeen> {
  gym.hangUp();
  const time = startVirtualTime(1_000_000 + random() * 100_000);
  let probes = 0;
  const look = (address: string) => {
    probes += 1;
    return gym.probe(time, address);
  };
  const addresses = memory.addresses ?? (await time.play(findAddresses(look)));
  const plan = memory.addresses ? SECOND_PLAN : FULL_PLAN;
  const inTurn = () => look(addresses[probes % addresses.length] ?? PAGE);
  const estimate = await time.play(estimateGymClock(inTurn, time, { plan }));
  if (!estimate) throw new Error('Expected an estimate.');
  const opening = new Date(Math.ceil((gym.far.clockAt(time.nowMs()) + AHEAD_MS) / 1000) * 1000);
  const luck = { wayMs: gym.far.wayThereMs(), thinkMs: gym.thinkMs() };
  const at = (sendAtMs: number, againFromMs?: number) =>
    shootFrom(gym, opening, { sendAtMs, againFromMs }, luck, random);
  const ours = at(aim(opening, estimate, memory.clock), againFrom(opening, estimate, memory.clock));
  return {
    ours: ours.shots,
    ideal: at(gym.far.oursAt(opening.getTime()) - gym.shape.network.thereMs).shots,
    blind: BLIND_SHARES.map((share) => at(blindAim(opening, estimate, share)).shots),
    probes,
    memory: {
      clock: learnClock(memory.clock, estimate, ours.taught, new Date(opening.getTime() + DAY_MS)),
      addresses,
    },
  };
}

/** Finds the addresses to probe, as fire-time.ts finds them but without storing them. */
async function findAddresses(look: Parameters<typeof findClockAddress>[0]): Promise<readonly string[]> {
  const found = await findClockAddress(look, ADDRESSES);
  if (!found || found.thinkingMs <= MAX_ALONE_MS) return [found?.address ?? PAGE];
  return [found.address, PAGE];
}

/**
 * The instant, by our clock, at which the blind rule sends its first shot; `share` is the part of the gym's thinking that, as the rule assumes, comes
 * before `Date` is stamped. The Date header may be stamped before or after the gym's thinking; the blind rule assumes that it is stamped when a fixed
 * share of the thinking is over.
 */
function blindAim(opening: Date, estimate: ClockEstimate, share: number): number {
  const by = (evidence: number) => aim(opening, { ...estimate, evidence: 0 }, { ...NOTHING_KNOWN, evidence });
  return by(-1) + share * (by(1) - by(-1));
}

/** Plays a race from its first shot to the first shot that is not too early, with the product's rules for repeating a shot. */
function shootFrom(
  gym: ThinkingGym,
  opening: Date,
  { sendAtMs: firstAtMs, againFromMs }: { sendAtMs: number; againFromMs: number | undefined },
  luck: Luck,
  random: () => number,
) {
  const { stamp, judge } = gym.shape;
  let state = startRace({ choices: 1, mayWaitlist: false, openingAt: opening, againFromMs });
  let sendAtMs = firstAtMs;
  let tookMs: number | undefined;
  let { wayMs, thinkMs } = luck;
  let lastEarlyAtMs = firstAtMs;
  for (let count = 1; ; count += 1) {
    const arrivedAtMs = gym.far.clockAt(sendAtMs + wayMs);
    const endedAtMs = arrivedAtMs + thinkMs;
    const judgedAfterMs = (judge === 'arrival' ? arrivedAtMs : endedAtMs) - opening.getTime();
    const isEarly = count > 1 || judgedAfterMs < 0;
    const heardAtMs = sendAtMs + wayMs + thinkMs + gym.far.wayBackMs();
    tookMs ??= heardAtMs - sendAtMs;
    const taught: FirstShots = isEarly
      ? { early: true, provenMs: lastEarlyAtMs - firstAtMs, tookMs }
      : { early: false, tookMs };
    if (judgedAfterMs >= 0) return { shots: { count, isEarly, judgedAfterMs }, taught };
    lastEarlyAtMs = sendAtMs;
    const gymDateMs = Math.floor((stamp === 'start' ? arrivedAtMs : endedAtMs) / 1000) * 1000;
    const following = next(state, { answer: { kind: 'too-early' }, gymDateMs }, heardAtMs);
    if (following.step.do !== 'shoot') return { shots: { count, isEarly, judgedAfterMs: undefined }, taught };
    state = following.state;
    sendAtMs = heardAtMs + following.step.afterMs + random() * 2 * AGAIN_MS;
    wayMs = gym.far.wayThereMs();
    thinkMs = gym.thinkMs();
  }
}
