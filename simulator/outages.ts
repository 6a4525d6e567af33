// Plans when the gym refuses connections, from one instant of the gym's clock to another. listener.ts shuts and opens the gym's socket.
import type { Listener, Refusal } from './listener.ts';
import type { SimClock } from './sim-clock.ts';

/** The instants of an outage are by the gym's clock; `untilMs` is null while the outage lasts. */
export interface Outage {
  how: Refusal;
  fromMs: number;
  untilMs: number | null;
}

/** Plans outages and remembers the outages that began. */
export interface Outages {
  plan(outage: { fromMs: number; untilMs: number; how: Refusal }): void;
  /** The outages that have begun, with the instants at which they really began and ended. */
  list(): Outage[];
  /** Resolves once the listener is open, or shut, as the planned outages demand at the present instant. */
  settled(): Promise<void>;
  /** Forgets all outages, planned and past, and lets connections in. */
  end(): Promise<void>;
}

/** Makes a plan of outages that is empty at first. */
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
