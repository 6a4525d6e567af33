// When connections are refused, by the gym's clock: from one instant to another.
// It shuts nothing itself: listener.ts does.
import type { Listener, Refusal } from './listener.ts';
import type { SimClock } from './sim-clock.ts';

/** By the gym's clock; `untilMs` is null while it lasts. */
export interface Outage {
  how: Refusal;
  fromMs: number;
  untilMs: number | null;
}

/** Plans outages and remembers those that began. */
export interface Outages {
  plan(outage: { fromMs: number; untilMs: number; how: Refusal }): void;
  /** Those that have begun, as they really were. */
  list(): Outage[];
  /** Resolves once the listener is what it should be by now. */
  settled(): Promise<void>;
  /** Forgets what was planned and lets connections in. */
  end(): Promise<void>;
}

/** None is planned at first. */
export function createOutages(clock: SimClock, listener: Listener): Outages {
  let seen: Outage[] = [];
  let work = Promise.resolve();
  let generation = 0;
  function begin(how: Refusal): void {
    listener.shut(how);
    seen.push({ how, fromMs: clock.nowMs(), untilMs: null });
  }
  function finish(): void {
    work = work.then(listener.open).then(() => {
      for (const outage of seen) outage.untilMs ??= clock.nowMs();
    });
  }
  return {
    plan({ fromMs, untilMs, how }) {
      const planned = generation;
      const ifStillPlanned = (act: () => void) => () => {
        if (planned === generation) act();
      };
      clock.at(
        fromMs,
        ifStillPlanned(() => begin(how)),
      );
      clock.at(untilMs, ifStillPlanned(finish));
    },
    list: () => seen.map((outage) => ({ ...outage })),
    settled: () => work,
    async end() {
      generation++;
      finish();
      await work;
      seen = [];
    },
  };
}
