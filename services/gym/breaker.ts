// Leaves a gym alone that turns us away. Each key (an operation, a box) opens when half of at least ten calls in thirty seconds fail,
// for ten seconds and then longer; three good trials close it. A pause that the gym names is obeyed at once, and one good answer
// ends it. Which calls share a key is decided elsewhere (renewal/gate.ts); the race's shots do not pass here: they are the member's one chance.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Gym } from './gym.ts';

const WINDOW_MS = 30_000;
const MIN_CALLS = 10;
const OPEN_AT_SHARE = 0.5;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 5 * 60_000;
const TRIALS = 3;
/** Whatever a gym asks for, a session may not starve for it. */
export const MAX_ASKED_MS = 15 * 60_000;
/** The least pause that is kept, whatever a gym names. */
const MIN_ASKED_MS = 1_000;

/** How an open circuit stands. */
export interface Standing {
  /** Milliseconds of its pause that are left; 0: trials may go. */
  readonly leftMs: number;
  /** Its end, monotonic. */
  readonly untilMs: number;
  /** A trial after an earlier pause was turned away: the gym was not ready then either. */
  readonly isAgain: boolean;
  /** The pause is over, and as many trials as are allowed are out. */
  readonly isTried: boolean;
}

export interface Breaker {
  /** Milliseconds to stay away, or undefined: go, and then tell how it went. */
  pausedMs(key: string): number | undefined;
  /** How a circuit stands, without going; undefined: it is closed. */
  look(key: string): Standing | undefined;
  /** @param askedMs the pause the gym itself named. */
  tell(key: string, went: 'well' | 'badly', askedMs?: number): void;
  /** A call that was let go was not sent, or says nothing: another may take its place as a trial. */
  giveBack(key: string): void;
  /** Whether no key is open: asked for every renewal, so that a quiet day costs nothing. */
  isClosed(): boolean;
  /** The keys that are open just now, each with how it stands. */
  open(): ReadonlyMap<string, Standing>;
}

interface Circuit {
  /** By second, so that a busy run costs no more than a quiet one. */
  seconds: Map<number, { calls: number; bad: number }>;
  openUntilMs: number | undefined;
  pauseMs: number;
  trialsLeft: number;
  /** When the last trial left. */
  triedAtMs: number;
  goodTrials: number;
  /** The gym named the pause: one trial at a time, and one good answer closes it. */
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
    // Calls that left before it opened may name a pause, too: the longest holds.
    const untilMs = Math.max(before ?? 0, nowMs + pauseMs);
    const isAgain = before === undefined ? false : circuit.isAgain || before <= nowMs;
    const trialsLeft = isNamed ? 1 : TRIALS;
    Object.assign(circuit, { openUntilMs: untilMs, pauseMs, trialsLeft, goodTrials: 0, seconds: new Map() });
    Object.assign(circuit, { isNamed, isAgain });
    if (before !== undefined) return;
    openCount += 1;
    // One alert an outage: a trial that fails is no news.
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
  /** Trials that never came back must not keep it shut for ever: after another pause there are new ones. */
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
        // Calls that left before it opened say nothing new.
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

/** Counts one call; is at least half of the window's worth bad? */
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

/** The same gym behind a breaker, for the cheap question whether a session lives. Renewals have their own gate (renewal/gate.ts). */
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
