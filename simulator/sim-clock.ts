// The pretend gym's own clock: the system clock plus an offset, or an instant that moves only on command. Delays of an answer (knobs `slow` and
// `think`, a trickled body) always take real time; openings, the lives of sessions and the knobs' `from` and `until` follow the pretend gym's clock.

export interface SimClock {
  /** The instant that the clock shows, in epoch milliseconds with fractions. */
  nowMs(): number;
  /** Turns a stamp of the system clock into this clock's time; a frozen clock gives the instant at which it stands. */
  fromSystemMs(systemMs: number): number;
  state(): { mode: 'system' | 'frozen'; nowMs: number; offsetMs: number };
  /** Lets the clock follow the system clock, `offsetMs` ahead of it. */
  followSystem(offsetMs: number): void;
  freeze(atMs: number): void;
  advance(byMs: number): void;
  /** Runs `effect` once this clock has reached `dueMs`. */
  at(dueMs: number, effect: () => void): void;
  stop(): void;
}

/** The system's time in epoch milliseconds with fractions; it never steps back. */
export const systemMs = (): number => performance.timeOrigin + performance.now();

export function createSimClock(): SimClock {
  let frozenMs: number | undefined;
  let offsetMs = 0;
  let waiting: { dueMs: number; effect: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const nowMs = () => frozenMs ?? systemMs() + offsetMs;
  function settle(): void {
    clearTimeout(timer);
    const due = waiting.filter(({ dueMs }) => dueMs <= nowMs()).sort((a, b) => a.dueMs - b.dueMs);
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { effect } of due) effect();
    const nextMs = Math.min(...waiting.map(({ dueMs }) => dueMs));
    if (frozenMs === undefined && waiting.length > 0) timer = setTimeout(settle, Math.max(1, nextMs - nowMs()));
  }
  const change = (make: () => void) => {
    make();
    settle();
  };
  return {
    nowMs,
    fromSystemMs: (stampMs) => frozenMs ?? stampMs + offsetMs,
    state: () => ({ mode: frozenMs === undefined ? 'system' : 'frozen', nowMs: nowMs(), offsetMs }),
    followSystem: (byMs) =>
      change(() => {
        frozenMs = undefined;
        offsetMs = byMs;
      }),
    freeze: (atMs) =>
      change(() => {
        frozenMs = atMs;
      }),
    advance: (byMs) =>
      change(() => {
        if (frozenMs === undefined) offsetMs += byMs;
        else frozenMs += byMs;
      }),
    at: (dueMs, effect) => change(() => waiting.push({ dueMs, effect })),
    stop: () => {
      clearTimeout(timer);
      waiting = [];
    },
  };
}
