// The service processes of a stand, each in a slot with its own two fault proxies (to the gym, to the database). A killed process is replaced by
// a new one in the same slot, as a supervisor would do; spare processes are ready so that a pass goes on at once.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiledBy } from '../support/compiled.ts';
import { type FaultProxy, type Orders, type Passing, startFaultProxy } from './fault-proxy.ts';
import type { Stand } from './stand.ts';
import type { Answer, Errand, Order, WorkerSetting } from './worker-orders.ts';

/** Many short lives on few cores: helper threads of the engine's own would cost a quarter more. */
export const SPARING = ['--single-threaded'];
const WORKER = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

export type Done = { readonly report?: unknown; readonly code?: string; readonly said?: string };

export interface Berth {
  readonly slot: number;
  readonly gymProxy: FaultProxy;
  readonly databaseProxy: FaultProxy;
  /** Sends an order; undefined when the process died before it answered. */
  send(errand: Errand): Promise<Done | undefined>;
  kill(): void;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
}

export type Watch = (call: Passing, berth: Berth, wire: 'gym' | 'database') => Promise<Orders | undefined>;

/** What a crew does now: which faults its proxies play, and what its processes renew with (`real`, or a wrong twin's name). */
export interface Duty {
  readonly watch: Watch;
  readonly engine: string;
}

export interface Crew {
  /** From now on; processes outlive a campaign, since starting one costs more than many renewals. */
  serve(duty: Duty): void;
  /** Runs orders for the faults that steal leases and compete for them; runs no pass. */
  readonly other: Berth;
  readonly all: readonly Berth[];
  /** Runs one order on any ready process, and again on another if that one dies of it. */
  run(errand: () => Promise<Errand>): Promise<Done>;
  readonly kills: () => number;
  /** Ends of service processes that were not killed; each is reported once. */
  readonly strays: () => string[];
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly stand: Stand;
  readonly berths: number;
  readonly keyring: string;
  /** The engine's, for all processes; `SPARING` when absent. */
  readonly flags?: readonly string[];
  /** Special settings of the process in a slot. */
  readonly special?: ((slot: number, stand: Stand) => Partial<WorkerSetting>) | undefined;
}

/** All waits are shortened: what takes a minute in the service takes eight seconds here. */
const HASTE = 8;

/** A run that kills its process more often than this is an error of the harness. */
const DEATHS_AT_MOST = 60;

export async function hireCrew(options: CrewOptions): Promise<Crew> {
  let kills = 0;
  let stopped = false;
  let duty: Duty = { watch: async () => undefined, engine: 'real' };
  const free: Berth[] = [];
  const waiting: ((berth: Berth) => void)[] = [];
  const strays: string[] = [];
  const died = (how: string) => {
    if (stopped) return;
    if (how === 'SIGKILL') kills += 1;
    else strays.push(how);
  };
  const settle = (berth: Berth) => {
    const next = waiting.shift();
    if (next) next(berth);
    else free.push(berth);
  };
  const take = () => {
    const berth = free.shift();
    return berth ? Promise.resolve(berth) : new Promise<Berth>((resolve) => waiting.push(resolve));
  };
  const berths = await Promise.all(
    Array.from({ length: options.berths }, (_, slot) => moor(options, slot, () => duty, died)),
  );
  const [other, ...rest] = berths;
  if (!other) throw new Error('Expected at least two berths.');
  for (const { berth } of rest) settle(berth);
  return {
    serve(next) {
      duty = next;
    },
    other: other.berth,
    all: berths.map(({ berth }) => berth),
    async run(errand) {
      for (let deaths = 0; deaths < DEATHS_AT_MOST; deaths++) {
        const berth = await take();
        const done = await berth.send(await errand());
        // A slot whose process died is free again when its next process is up; `send` waits for that.
        settle(berth);
        if (done) return done;
      }
      throw new Error('Expected a run to end; every process died of it.');
    },
    kills: () => kills,
    strays: () => strays.splice(0),
    async stop() {
      stopped = true;
      await Promise.all(berths.map((one) => one.stop()));
    },
  };
}

interface Moored {
  readonly berth: Berth;
  stop(): Promise<void>;
}

async function moor(
  options: CrewOptions,
  slot: number,
  duty: () => Duty,
  died: (how: string) => void,
): Promise<Moored> {
  const { stand } = options;
  let berth: Berth | undefined;
  const seen = (wire: 'gym' | 'database') => (call: Passing) => (berth ? duty().watch(call, berth, wire) : undefined);
  const gymPort = Number(new URL(stand.gym.url).port);
  const gymProxy = await startFaultProxy(() => gymPort, seen('gym'));
  const databaseProxy = await startFaultProxy(() => stand.restPort, seen('database'));
  const setting = settingOf(options, slot, gymProxy.port, databaseProxy.port);
  let isStopping = false;
  let nextId = 1;
  const start = () => boot(setting, options.flags ?? SPARING);
  let child = start();
  const board = (booting: Promise<ChildProcess>) => {
    booting.then(
      (up) =>
        up.once('exit', (code, signal) => {
          if (isStopping) return;
          died(signal ?? `code ${code}`);
          child = start();
          board(child);
        }),
      () => {},
    );
  };
  board(child);
  await child;
  berth = {
    slot,
    gymProxy,
    databaseProxy,
    async send(errand) {
      const up = await child;
      return exchange(up, { ...errand, id: nextId++, engine: duty().engine });
    },
    kill: () => void child.then((up) => up.kill('SIGKILL')),
    signal: (name) => void child.then((up) => up.kill(name)),
  };
  return {
    berth,
    async stop() {
      isStopping = true;
      const up = await child;
      const gone = up.exitCode === null && up.signalCode === null ? once(up, 'exit') : undefined;
      up.kill('SIGKILL');
      await gone;
      await Promise.all([gymProxy.stop(), databaseProxy.stop()]);
    },
  };
}

function settingOf(options: CrewOptions, slot: number, gymPort: number, databasePort: number): WorkerSetting {
  const { stand, keyring } = options;
  const through = (address: string) => address.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${gymPort}`);
  const { loginUrl, mainUrl, boxUrlTemplate } = stand.gym;
  return {
    slot,
    keyring,
    ...{ haste: HASTE, skewMs: 0, spoolFolder: 'spool', isDiskFull: false },
    folder: stand.folder,
    postgresUrl: stand.postgresUrl,
    supabaseUrl: `http://127.0.0.1:${databasePort}`,
    secretKey: stand.secrets.secretKey.reveal(),
    gymUrls: {
      loginUrl: through(loginUrl),
      mainUrl: through(mainUrl),
      boxUrlTemplate: through(boxUrlTemplate),
    },
    ...options.special?.(slot, stand),
  };
}

async function boot(setting: WorkerSetting, flags: readonly string[]): Promise<ChildProcess> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiledBy('renewals'), MALLOC_ARENA_MAX: '2' };
  const child = fork(WORKER, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [...flags] });
  child.on('error', () => {});
  // Many orders may be under way on one process; each listens for its own answer.
  child.setMaxListeners(0);
  const ready = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected a service process to start, it ended with ${String(code)}`);
  });
  child.send(setting);
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  return child;
}

function exchange(child: ChildProcess, order: Order): Promise<Done | undefined> {
  return new Promise((resolve) => {
    const end = (done: Done | undefined) => {
      child.off('message', heard);
      child.off('exit', gone);
      resolve(done);
    };
    const heard = (answer: Answer) => {
      if ('id' in answer && answer.id === order.id) end(answer);
    };
    const gone = () => end(undefined);
    child.on('message', heard);
    child.on('exit', gone);
    if (child.exitCode !== null || child.signalCode !== null) return end(undefined);
    child.send(order, (error) => {
      if (error) end(undefined);
    });
  });
}
