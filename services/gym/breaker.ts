// Leaves a gym alone that turns us away. For each host and operation: half of at least ten calls in thirty seconds failing opens it,
// for ten seconds and then longer; three good trials close it. A gym that names its own pause is obeyed at once.
// It judges answers by kind only; the race's shots do not pass here, because they are the member's one chance.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Gym, RenewAnswer } from './gym.ts';

const WINDOW_MS = 30_000;
const MIN_CALLS = 10;
const OPEN_AT_SHARE = 0.5;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 5 * 60_000;
const TRIALS = 3;
/** Whatever a gym asks for, a session may not starve for it. */
export const MAX_ASKED_MS = 15 * 60_000;

export interface Breaker {
  /** Milliseconds to stay away, or undefined: go, and then tell how it went. */
  pausedMs(key: string): number | undefined;
  /** @param askedMs the pause the gym itself named. */
  tell(key: string, went: 'well' | 'badly', askedMs?: number): void;
}

interface Circuit {
  /** By second, so that a busy run costs no more than a quiet one. */
  seconds: Map<number, { calls: number; bad: number }>;
  openUntilMs: number | undefined;
  pauseMs: number;
  trialsLeft: number;
  goodTrials: number;
}

const closed = (): Circuit => ({
  seconds: new Map(),
  openUntilMs: undefined,
  pauseMs: FIRST_PAUSE_MS,
  trialsLeft: TRIALS,
  goodTrials: 0,
});

export function createBreaker({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }): Breaker {
  const circuits = new Map<string, Circuit>();
  const circuitOf = (key: string): Circuit => {
    const circuit = circuits.get(key) ?? closed();
    circuits.set(key, circuit);
    return circuit;
  };
  function open(key: string, circuit: Circuit, pauseMs: number): void {
    const isNews = circuit.openUntilMs === undefined;
    const untilMs = clock.monotonicMs() + pauseMs;
    Object.assign(circuit, { openUntilMs: untilMs, pauseMs, trialsLeft: TRIALS, goodTrials: 0, seconds: new Map() });
    // One alert an outage: a trial that fails is no news.
    if (isNews) logger.error({ key, pauseMs }, 'alert: the gym turns us away, it is left alone for a while');
  }
  function afterTrial(key: string, circuit: Circuit, isBad: boolean): void {
    if (isBad) {
      open(key, circuit, Math.min(MAX_PAUSE_MS, 2 * circuit.pauseMs));
      return;
    }
    circuit.goodTrials += 1;
    if (circuit.goodTrials < TRIALS) return;
    circuits.set(key, closed());
    logger.info({ key }, 'gym: it answers again');
  }
  return {
    pausedMs(key) {
      const circuit = circuits.get(key);
      if (circuit?.openUntilMs === undefined) return undefined;
      const leftMs = circuit.openUntilMs - clock.monotonicMs();
      if (leftMs > 0) return leftMs;
      // Trials that never came back must not keep it shut for ever: after another pause there are new ones.
      if (circuit.trialsLeft === 0 && leftMs < -circuit.pauseMs - WINDOW_MS) circuit.trialsLeft = TRIALS;
      if (circuit.trialsLeft === 0) return circuit.pauseMs;
      circuit.trialsLeft -= 1;
      return undefined;
    },
    tell(key, went, askedMs) {
      const circuit = circuitOf(key);
      const isBad = went === 'badly';
      if (askedMs !== undefined) {
        open(key, circuit, Math.min(MAX_ASKED_MS, Math.max(1_000, askedMs)));
        return;
      }
      if (circuit.openUntilMs !== undefined) {
        // Calls that left before it opened say nothing new.
        if (circuit.openUntilMs <= clock.monotonicMs()) afterTrial(key, circuit, isBad);
        return;
      }
      if (isFailing(circuit, clock.monotonicMs(), isBad)) open(key, circuit, circuit.pauseMs);
    },
  };
}

/** Counts one call; is at least half of the window's worth bad? */
function isFailing({ seconds }: Circuit, atMs: number, isBad: boolean): boolean {
  const second = Math.floor(atMs / 1_000);
  const now = seconds.get(second) ?? { calls: 0, bad: 0 };
  seconds.set(second, { calls: now.calls + 1, bad: now.bad + (isBad ? 1 : 0) });
  let [calls, bad] = [0, 0];
  for (const [at, count] of seconds) {
    if (at <= second - WINDOW_MS / 1_000) seconds.delete(at);
    else [calls, bad] = [calls + count.calls, bad + count.bad];
  }
  return calls >= MIN_CALLS && bad >= OPEN_AT_SHARE * calls;
}

/** A refused token is the session's own affair; everything without a clear answer counts against the gym. */
const wentBadly = ({ kind }: RenewAnswer): boolean =>
  kind === 'turned-away' || kind === 'unknown' || kind === 'not-sent';

/** The same gym behind a breaker: renewals, and the cheap question whether a session lives. */
export function guardGym(gym: Gym, services: { readonly clock: Clock; readonly logger: Logger }): Gym {
  const breaker = createBreaker(services);
  return {
    ...gym,
    async renew(key, received) {
      const pausedMs = breaker.pausedMs('main renew');
      if (pausedMs !== undefined) return { kind: 'turned-away', why: 'down', retryAfterMs: pausedMs };
      const answer = await gym.renew(key, received);
      const askedMs = answer.kind === 'turned-away' ? answer.retryAfterMs : undefined;
      breaker.tell('main renew', wentBadly(answer) ? 'badly' : 'well', askedMs);
      return answer;
    },
    async isAlive(key) {
      if (breaker.pausedMs('main whoami') !== undefined) return undefined;
      const answer = await gym.isAlive(key);
      breaker.tell('main whoami', answer === undefined ? 'badly' : 'well');
      return answer;
    },
  };
}
