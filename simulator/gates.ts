// Gates at which calls wait until a test lets them go on, so that a test can order the steps of a race without a sleep. This file does not know what
// a call asks for or how it is answered.

export interface Gates {
  /** Waits at the gate `name`; resolves when that gate is next opened. */
  pass(name: string): Promise<void>;
  /** Lets all calls go on that wait at the gate `name` (without a name: at any gate); answers how many calls went on. */
  open(name?: string): number;
  /** How many calls wait at each gate. */
  standing(): Record<string, number>;
}

export function createGates(): Gates {
  const queues = new Map<string, (() => void)[]>();
  return {
    pass: (name) => new Promise((resolve) => queues.set(name, [...(queues.get(name) ?? []), resolve])),
    open(name) {
      const names = name === undefined ? [...queues.keys()] : [name];
      const released = names.flatMap((one) => queues.get(one) ?? []);
      for (const one of names) queues.delete(one);
      for (const go of released) go();
      return released.length;
    },
    standing: () => Object.fromEntries([...queues].map(([name, queue]) => [name, queue.length])),
  };
}
