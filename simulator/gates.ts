// Gates at which calls wait until a test lets them go on, so that a test can fix the order of concurrent calls without sleeping. This file does not
// know what a call asks for or how it is answered.

export interface Gates {
  /** Makes the caller wait at the gate `name`: the promise resolves when that gate is next opened. */
  pass(name: string): Promise<void>;
  /** Lets all calls that wait at the gate `name` go on, or those at all gates if no name is given; returns how many calls went on. */
  open(name?: string): number;
  /** Returns how many calls wait at each gate, by the gate's name. */
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
