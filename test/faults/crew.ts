// The crew: the service processes of a campaign of renewals. Each process has a berth: a fixed place with two fault proxies of its own, to the gym
// and to the database. A killed process is replaced in its berth, as a supervisor would replace it; spare processes stand ready, so that a pass goes
// on at once.
import { linkedOf } from '../support/linked.ts';
import { type FaultProxy, type Orders, type Passing, startFaultProxy } from './staging/fault-proxy.ts';
import { type Done, settingOf } from './staging/orders.ts';
import { countDeaths, type Deaths, type ServiceProcess, startServiceProcess } from './staging/service-process.ts';
import type { Stand } from './staging/stand.ts';
import type { Errand, Order, WorkerSetting } from './worker-orders.ts';

export interface Berth extends Omit<ServiceProcess<Order>, 'send'> {
  readonly gymProxy: FaultProxy;
  readonly databaseProxy: FaultProxy;
  send(errand: Errand): Promise<Done | undefined>;
}

export type Watch = (call: Passing, berth: Berth, wire: 'gym' | 'database') => Promise<Orders | undefined>;

/**
 * What the crew (the service processes) does in the current campaign. `watch` tells the two proxies of each process (to the gym and to the database)
 * which fault to play on a call. `engine` names what renews in the processes: `real`, or a wrong twin's name.
 */
export interface Duty {
  readonly watch: Watch;
  readonly engine: string;
}

export interface Crew extends Omit<Deaths, 'note'> {
  /** Makes the crew serve the next campaign. The processes serve several campaigns, since starting a process costs more than many renewals. */
  serve(duty: Duty): void;
  /**
   * The berth whose process, when a fault says so, takes leases from the other processes or competes for them. The process of this berth runs no
   * pass.
   */
  readonly other: Berth;
  readonly all: readonly Berth[];
  /** Runs one order on any process that is ready, and again on another process whenever the process dies; returns the result. */
  run(errand: () => Promise<Errand>): Promise<Done>;
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly stand: Stand;
  readonly berths: number;
  readonly keyring: string;
  /** The command-line flags of `node` for all service processes. */
  readonly flags?: readonly string[];
  /** Gives settings that only the process in the berth with the number `slot` gets. */
  readonly special?: ((slot: number, stand: Stand) => Partial<WorkerSetting>) | undefined;
}

const WORKER = new URL('./worker-process.ts', import.meta.url);
/** A service process's waits are this many times shorter than without the harness: a time limit of one minute ends after 7.5 s. */
const HASTE = 8;

/** The most processes that may die of one order: more deaths point to an error of the harness, and `run` throws. */
const DEATHS_AT_MOST = 60;

export async function hireCrew(options: CrewOptions): Promise<Crew> {
  const deaths = countDeaths();
  let duty: Duty = { watch: async () => undefined, engine: 'real' };
  const free: Berth[] = [];
  const waiting: ((berth: Berth) => void)[] = [];
  const settle = (berth: Berth) => {
    const next = waiting.shift();
    if (next) next(berth);
    else free.push(berth);
  };
  const take = () => {
    const berth = free.shift();
    return berth ? Promise.resolve(berth) : new Promise<Berth>((resolve) => waiting.push(resolve));
  };
  const slots = Array.from({ length: options.berths }, (_, slot) => slot);
  const all = await Promise.all(slots.map((slot) => moor(options, slot, () => duty, deaths)));
  const [other, ...rest] = all;
  if (!other) throw new Error('Expected at least two berths.');
  for (const berth of rest) settle(berth);
  return {
    ...{ other, all, kills: deaths.kills, strays: deaths.strays },
    serve(next) {
      duty = next;
    },
    async run(errand) {
      for (let attempt = 0; attempt < DEATHS_AT_MOST; attempt++) {
        const berth = await take();
        const done = await berth.send(await errand());
        // After the death of its process, a berth is free again when its next process is up; `send` waits until that process is up.
        settle(berth);
        if (done) return done;
      }
      throw new Error('Expected a run to end; every process died of it.');
    },
    async stop() {
      await Promise.all(all.map((berth) => berth.stop()));
    },
  };
}

async function moor(options: CrewOptions, slot: number, duty: () => Duty, deaths: Deaths): Promise<Berth> {
  const { stand, keyring, flags, special } = options;
  let berth: Berth | undefined;
  const seen = (wire: 'gym' | 'database') => (call: Passing) => (berth ? duty().watch(call, berth, wire) : undefined);
  const gymPort = Number(new URL(stand.gym.url).port);
  const gymProxy = await startFaultProxy(() => gymPort, seen('gym'));
  const databaseProxy = await startFaultProxy(() => stand.restPort, seen('database'));
  const setting: WorkerSetting = {
    ...settingOf(stand, { slot, keyring, gymPort: gymProxy.port, databasePort: databaseProxy.port }),
    ...{ haste: HASTE, skewMs: 0, spoolFolder: 'spool', isDiskFull: false },
    ...special?.(slot, stand),
  };
  const own = await startServiceProcess<Order>({
    ...{ compiled: 'renewals', flags, deaths },
    program: () => linkedOf('renewals', WORKER),
    setting: () => setting,
  });
  berth = {
    ...{ ...own, gymProxy, databaseProxy },
    send: (errand) => own.send({ ...errand, engine: duty().engine }),
    async stop() {
      await own.stop();
      await Promise.all([gymProxy.stop(), databaseProxy.stop()]);
    },
  };
  return berth;
}
