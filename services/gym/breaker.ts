// A circuit breaker for calls to a gym. Each key (one kind of call, or the set of boxes that a member belongs to) has a circuit, which pauses
// the key's calls when half or more of at least ten calls in thirty seconds failed. After a pause, three good trial calls close the circuit, or
// a single one if the gym asked for the pause. renewal/gate.ts decides which calls share a circuit. No race's shot is stopped.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Gym } from './gym.ts';

const WINDOW_MS = 30_000;
const MIN_CALLS = 10;
const OPEN_AT_SHARE = 0.5;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 5 * 60_000;
const TRIALS = 3;
/** No pause lasts longer than this, ms, however long a pause the gym asks for, because sessions must be renewed. */
export const MAX_ASKED_MS = 15 * 60_000;
/** A pause that the gym asks for lasts at least this long, ms, even if the gym asks for less. */
const MIN_ASKED_MS = 1_000;

/** The state of an open circuit. */
export interface Standing {
  /** Milliseconds left of the circuit's pause; 0 when the pause is over. */
  readonly leftMs: number;
  /** When the circuit's pause ends, in ms on the scale of `Clock.monotonicMs`. */
  readonly untilMs: number;
  /** True when calls are stopped again because a trial call after an earlier pause of this circuit failed. */
  readonly isAgain: boolean;
  /** True when the pause is over and as many trial calls are under way as are allowed. */
  readonly isTried: boolean;
}

export interface Breaker {
  /**
   * How many milliseconds a call that belongs to the circuit `key` must wait. Undefined when the call may be made immediately; afterwards
   * either `tell` or `giveBack` must be called to report how the call ended.
   */
  pausedMs(key: string): number | undefined;
  /** The state of a key's circuit, read without using up a trial call; undefined when the circuit is closed. */
  look(key: string): Standing | undefined;
  /**
   * Reports whether a call that belongs to the circuit `key` went well or badly. @param askedMs the pause, ms, that the gym asked for in its answer;
   * undefined if it asked for none.
   */
  tell(key: string, went: 'well' | 'badly', askedMs?: number): void;
  /**
   * Reports, about a call that `pausedMs` allowed, that it was not sent or that its result says nothing about the gym. If the call was a trial call,
   * another call may then be the trial call in its place.
   */
  giveBack(key: string): void;
  /**
   * True when every circuit is closed. Every renewal asks `isClosed` first, so that the breaker costs a renewal nothing more as long as no circuit is
   * open.
   */
  isClosed(): boolean;
  /** The keys of all open circuits, each with the state of its circuit. */
  open(): ReadonlyMap<string, Standing>;
}

interface Circuit {
  /** For each second, how many calls ended and how many of them failed; counting by the second takes no more memory for many calls than for few. */
  seconds: Map<number, { calls: number; bad: number }>;
  openUntilMs: number | undefined;
  pauseMs: number;
  trialsLeft: number;
  /** When the last trial call was allowed, in ms on the scale of `Clock.monotonicMs`. */
  triedAtMs: number;
  goodTrials: number;
  /**
   * True when the gym asked for the circuit's pause. After such a pause, one trial call is allowed, not `TRIALS` of them, and one good answer closes
   * the circuit.
   */
  isNamed: boolean;
  isAgain: boolean;
}

const closed = (): Circuit => ({
  seconds: new Map(),
  openUntilMs: undefined,
  pauseMs: FIRST_PAUSE_MS,
  trialsLeft: TRIALS,
  triedAtMs: 0,
  goodTrials: 0,
  isNamed: false,
  isAgain: false,
});

export function createBreaker({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }): Breaker {
  const circuits = new Map<string, Circuit>();
  let openCount = 0;
  const circuitOf = (key: string): Circuit => {
    const circuit = circuits.get(key) ?? closed();
    circuits.set(key, circuit);
    return circuit;
  };
  function open(key: string, circuit: Circuit, pauseMs: number, isNamed: boolean): void {
    const before = circuit.openUntilMs;
    const nowMs = clock.monotonicMs();
    // The answer to a call that was sent before the circuit opened may ask for a pause, too; of all pauses, the one that ends last holds.
    const untilMs = Math.max(before ?? 0, nowMs + pauseMs);
    const isAgain = before === undefined ? false : circuit.isAgain || before <= nowMs;
    const trialsLeft = isNamed ? 1 : TRIALS;
    Object.assign(circuit, { openUntilMs: untilMs, pauseMs, trialsLeft, goodTrials: 0, seconds: new Map() });
    Object.assign(circuit, { isNamed, isAgain });
    if (before !== undefined) return;
    openCount += 1;
    // One alert is logged when the circuit opens; when a failed trial call opens it again, no alert is logged.
    logger.error({ key, pauseMs }, 'alert: the gym turns us away, it is left alone for a while');
  }
  function close(key: string): void {
    circuits.delete(key);
    openCount -= 1;
    logger.info({ key }, 'gym: it answers again');
  }
  function afterTrial(key: string, circuit: Circuit, isBad: boolean): void {
    if (isBad) {
      open(key, circuit, Math.min(MAX_PAUSE_MS, 2 * circuit.pauseMs), false);
      return;
    }
    circuit.goodTrials += 1;
    if (circuit.goodTrials >= TRIALS) close(key);
  }
  /**
   * Trial calls without a reported result must not keep the circuit open for ever: new ones are allowed when the length of the pause plus
   * `WINDOW_MS` has passed since the last trial call.
   */
  function renewTrials(circuit: Circuit): void {
    const isLost = clock.monotonicMs() - circuit.triedAtMs > circuit.pauseMs + WINDOW_MS;
    if (circuit.trialsLeft === 0 && isLost) circuit.trialsLeft = circuit.isNamed ? 1 : TRIALS;
  }
  function look(key: string): Standing | undefined {
    const circuit = circuits.get(key);
    if (circuit?.openUntilMs === undefined) return undefined;
    const leftMs = circuit.openUntilMs - clock.monotonicMs();
    renewTrials(circuit);
    const isTried = leftMs <= 0 && circuit.trialsLeft === 0;
    return { leftMs: Math.max(0, leftMs), untilMs: circuit.openUntilMs, isAgain: circuit.isAgain, isTried };
  }
  return {
    look,
    isClosed: () => openCount === 0,
    pausedMs(key) {
      const standing = look(key);
      if (!standing) return undefined;
      const circuit = circuitOf(key);
      if (standing.leftMs > 0) return standing.leftMs;
      if (standing.isTried) return circuit.pauseMs;
      circuit.trialsLeft -= 1;
      circuit.triedAtMs = clock.monotonicMs();
      return undefined;
    },
    tell(key, went, askedMs) {
      const circuit = circuitOf(key);
      const isBad = went === 'badly';
      if (askedMs !== undefined) {
        open(key, circuit, Math.min(MAX_ASKED_MS, Math.max(MIN_ASKED_MS, askedMs)), true);
        return;
      }
      if (circuit.openUntilMs !== undefined) {
        if (circuit.isNamed && !isBad) close(key);
        // A result that comes during the pause belongs to a call that was sent before the circuit opened, and says nothing new.
        else if (circuit.openUntilMs <= clock.monotonicMs()) afterTrial(key, circuit, isBad);
        return;
      }
      if (isFailing(circuit, clock.monotonicMs(), isBad)) open(key, circuit, circuit.pauseMs, false);
    },
    giveBack(key) {
      const circuit = circuits.get(key);
      if (circuit && look(key)?.leftMs === 0) circuit.trialsLeft += 1;
    },
    open() {
      const standings = [...circuits.keys()].map((key) => [key, look(key)] as const);
      return new Map(standings.filter((entry): entry is [string, Standing] => entry[1] !== undefined));
    },
  };
}

/** Counts one call of a circuit; returns true when the circuit's last thirty seconds hold at least ten calls and at least half of these failed. */
function isFailing({ seconds }: Circuit, atMs: number, isBad: boolean): boolean {
  const second = Math.floor(atMs / 1_000);
  const now = seconds.get(second) ?? { calls: 0, bad: 0 };
  now.calls += 1;
  if (isBad) now.bad += 1;
  seconds.set(second, now);
  let calls = 0;
  let bad = 0;
  for (const [at, count] of seconds) {
    if (at <= second - WINDOW_MS / 1_000) seconds.delete(at);
    else {
      calls += count.calls;
      bad += count.bad;
    }
  }
  return calls >= MIN_CALLS && bad >= OPEN_AT_SHARE * calls;
}

/**
 * Puts a breaker before the gym's `isAlive`, which asks whether the gym still knows a session. Renewals are guarded by a breaker of their own
 * (renewal/gate.ts).
 */
export function guardGym(gym: Gym, services: { readonly clock: Clock; readonly logger: Logger }): Gym {
  const breaker = createBreaker(services);
  return {
    ...gym,
    async isAlive(key) {
      if (breaker.pausedMs('main whoami') !== undefined) return undefined;
      const answer = await gym.isAlive(key);
      breaker.tell('main whoami', answer === undefined ? 'badly' : 'well');
      return answer;
    },
  };
}
