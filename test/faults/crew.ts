// The service processes of a stand, each in a berth with its own two fault proxies (to the gym, to the database). A killed process is
// replaced by a new one in the same berth, as a supervisor would; spares stand ready so that a pass goes on at once.
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

/** What a crew does now: which faults its proxies play, and what its processes renew with (`real`, or a wrong twin's name). */
export interface Duty {
  readonly watch: Watch;
  readonly engine: string;
}

export interface Crew extends Omit<Deaths, 'note'> {
  /** From now on; processes outlive a campaign, since starting one costs more than many renewals. */
  serve(duty: Duty): void;
  /** Runs orders for the faults that steal leases and compete for them; runs no pass. */
  readonly other: Berth;
  readonly all: readonly Berth[];
  /** Runs one order on any ready process, and again on another if that one dies of it. */
  run(errand: () => Promise<Errand>): Promise<Done>;
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly stand: Stand;
  readonly berths: number;
  readonly keyring: string;
  /** The engine's, for all processes. */
  readonly flags?: readonly string[];
  /** Special settings of the process in a slot. */
  readonly special?: ((slot: number, stand: Stand) => Partial<WorkerSetting>) | undefined;
}

const WORKER = new URL('./worker-process.ts', import.meta.url);
/** A minute's patience takes eight seconds. */
const HASTE = 8;

/** A run that kills its process more often than this is an error of the harness. */
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
        // A slot whose process died is free again when its next process is up; `send` waits for that.
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
