// Places where calls stop until a test lets them go on: races played out by hand, without a single sleep.
// It knows no call and no answer.

export interface Gates {
  /** Resolves when that gate is opened. */
  pass(name: string): Promise<void>;
  /** Lets everyone at that gate (or at all) go on; answers how many there were. */
  open(name?: string): number;
  /** How many stand at each gate. */
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
