// The service processes of a race campaign. Some call the gym through a proxy that can refuse them. A killed process is replaced in its slot at
// once, as a supervisor would do; the rows it held stay as they were.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiledBy } from '../../support/compiled.ts';
import { SPARING } from '../crew.ts';
import { type FaultProxy, type Orders, type Passing, startFaultProxy } from '../fault-proxy.ts';
import type { Stand } from '../stand.ts';
import type { Done, Numbered, RaceOrder, RaceSetting, Reply } from './orders.ts';

const WORKER = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
export const PUBLIC_URL = 'http://puntual.test';

export interface Berth {
  readonly slot: number;
  readonly proxy: FaultProxy | undefined;
  /** Undefined when the process died before it answered. */
  send(order: RaceOrder): Promise<Done | undefined>;
  kill(): void;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface RaceCrew {
  /** These get no fault. */
  readonly calm: readonly Berth[];
  readonly rough: readonly Berth[];
  /** How far the hand-moved part of all clocks has gone, ms. */
  offsetMs: number;
  kills(): number;
  /** By box id: where a process with faults kills itself; its successor does, too. */
  setPoints(points: RaceSetting['points']): Promise<void>;
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly stand: Stand;
  readonly engine: string;
  readonly calm: number;
  readonly rough: number;
  /** Gets every call that a process with faults sends to the gym. */
  readonly watch: (call: Passing, berth: Berth) => Orders | undefined;
}

export async function hireRaceCrew(options: CrewOptions): Promise<RaceCrew> {
  const state: State = { offsetMs: 0, kills: 0, isStopping: false, points: {} };
  const slots = Array.from({ length: options.calm + options.rough }, (_, slot) => slot);
  const moored = await Promise.all(slots.map((slot) => moor(options, slot, slot >= options.calm, state)));
  const berths = moored.map((one) => one.berth);
  return {
    calm: berths.slice(0, options.calm),
    rough: berths.slice(options.calm),
    get offsetMs() {
      return state.offsetMs;
    },
    set offsetMs(ms) {
      state.offsetMs = ms;
    },
    kills: () => state.kills,
    async setPoints(points) {
      state.points = points;
      await Promise.all(berths.slice(options.calm).map((berth) => berth.send({ do: 'points', points })));
    },
    async stop() {
      state.isStopping = true;
      await Promise.all(moored.map((one) => one.stop()));
    },
  };
}

interface State {
  offsetMs: number;
  kills: number;
  isStopping: boolean;
  points: RaceSetting['points'];
}

async function moor(options: CrewOptions, slot: number, isRough: boolean, state: State) {
  const gymPort = Number(new URL(options.stand.gym.url).port);
  const moored: { berth?: Berth } = {};
  const hear = (call: Passing) => (moored.berth ? options.watch(call, moored.berth) : undefined);
  const proxy = isRough ? await startFaultProxy(() => gymPort, hear) : undefined;
  const setting = () => settingOf(options, slot, proxy?.port ?? gymPort, isRough ? state.points : {});
  let nextId = 1;
  let child = boot(setting());
  const board = (booting: Promise<ChildProcess>): void => {
    booting.then(
      (up) =>
        up.once('exit', () => {
          if (state.isStopping) return;
          state.kills += 1;
          child = boot(setting());
          board(child);
        }),
      () => {},
    );
  };
  board(child);
  await child;
  const berth: Berth = {
    slot,
    proxy,
    send: async (order) => exchange(await child, { ...order, id: nextId++, offsetMs: state.offsetMs }),
    kill: () => void child.then((up) => up.kill('SIGKILL')),
    signal: (name) => void child.then((up) => up.kill(name)),
  };
  moored.berth = berth;
  const stop = async () => {
    const up = await child;
    const gone = up.exitCode === null && up.signalCode === null ? once(up, 'exit') : undefined;
    up.kill('SIGKILL');
    await gone;
    await proxy?.stop();
  };
  return { berth, stop };
}

function settingOf(
  { stand, engine }: CrewOptions,
  slot: number,
  gymPort: number,
  points: RaceSetting['points'],
): RaceSetting {
  const { secrets, gym } = stand;
  const through = (address: string) => address.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${gymPort}`);
  return {
    ...{ slot, engine, points, folder: stand.folder, postgresUrl: stand.postgresUrl, publicUrl: PUBLIC_URL },
    supabaseUrl: `http://127.0.0.1:${stand.restPort}`,
    secretKey: secrets.secretKey.reveal(),
    publishableKey: secrets.publishableKey,
    keyring: secrets.sealKeys.reveal(),
    sessionSigningKey: secrets.sessionSigningKey.reveal(),
    queueKeys: { current: secrets.qstashCurrentSigningKey.reveal(), next: secrets.qstashNextSigningKey.reveal() },
    gymUrls: {
      loginUrl: through(gym.loginUrl),
      mainUrl: through(gym.mainUrl),
      boxUrlTemplate: through(gym.boxUrlTemplate),
    },
  };
}

async function boot(setting: RaceSetting): Promise<ChildProcess> {
  const child = fork(WORKER, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...SPARING],
    env: { ...process.env, NODE_COMPILE_CACHE: compiledBy('races') },
  });
  child.on('error', () => {});
  const ready = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected a service process to start, it ended with ${String(code)}`);
  });
  child.send(setting);
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  return child;
}

function exchange(child: ChildProcess, order: Numbered): Promise<Done | undefined> {
  return new Promise((resolve) => {
    const end = (done: Done | undefined) => {
      child.off('message', heard);
      child.off('exit', gone);
      resolve(done);
    };
    const heard = (reply: Reply) => {
      if ('id' in reply && reply.id === order.id) end(reply);
    };
    const gone = () => end(undefined);
    child.setMaxListeners(500);
    child.on('message', heard);
    child.on('exit', gone);
    if (child.exitCode !== null || child.signalCode !== null) return end(undefined);
    child.send(order, (error) => {
      if (error) end(undefined);
    });
  });
}
