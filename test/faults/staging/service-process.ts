// A service process in its berth (its fixed place): it is started, gets its setting (addresses and keys), and is sent orders. When the process dies,
// another process takes its place at once, as under a supervisor; rows that the dead process had leased or claimed stay as they were. This file does
// not interpret orders: each harness defines what its orders say.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { compiledBy } from '../../support/compiled.ts';
import type { Answer, Done, Numbered, ServiceSetting } from './orders.ts';

/** The flags of `node` for many short-lived processes on few cores: with V8's helper threads, their work would take a quarter longer. */
const SPARING = ['--single-threaded'];

/** Counts the service processes that ended before the end of the campaign, and keeps how they ended. */
export interface Deaths {
  readonly kills: () => number;
  /**
   * Says of each process that ended without being killed by a fault how it ended, such as `code 1`. A call leaves out the processes that an earlier
   * call reported.
   */
  readonly strays: () => string[];
  note(how: string): void;
}

/** Starts a count of process deaths at zero. */
export function countDeaths(): Deaths {
  let kills = 0;
  const strays: string[] = [];
  return {
    kills: () => kills,
    strays: () => strays.splice(0),
    note(how) {
      if (how === 'SIGKILL') kills += 1;
      else strays.push(how);
    },
  };
}

/** The options with which one berth starts its processes. */
export interface ProcessOptions {
  /** Gives the path of the program that each process runs. */
  readonly program: () => Promise<string>;
  readonly compiled: Parameters<typeof compiledBy>[0];
  /** The flags of `node`; when absent, `--single-threaded`. */
  readonly flags?: readonly string[] | undefined;
  /** Gives the setting of the next process; called once for each process. */
  readonly setting: () => ServiceSetting;
  readonly deaths: Deaths;
}

type Unnumbered<O> = O extends unknown ? Omit<O, 'id'> : never;

/** The service process that a berth has at the moment. */
export interface ServiceProcess<O extends Numbered> {
  /**
   * Sends an order; resolves to undefined when the process died before it answered. If the process is dead, `send` first waits for the process that
   * replaces it.
   */
  send(order: Unnumbered<O>): Promise<Done | undefined>;
  kill(): void;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  stop(): Promise<void>;
}

/** Starts the first process of a berth, and resolves when that process is ready. */
export async function startServiceProcess<O extends Numbered>(options: ProcessOptions): Promise<ServiceProcess<O>> {
  let isStopping = false;
  let nextId = 1;
  let child = boot(options);
  const board = (booting: Promise<ChildProcess>): void => {
    booting.then(
      (up) =>
        up.once('exit', (code, signal) => {
          if (isStopping) return;
          options.deaths.note(signal ?? `code ${code}`);
          child = boot(options);
          board(child);
        }),
      () => {},
    );
  };
  board(child);
  await child;
  return {
    send: async (order) => exchange(await child, { ...order, id: nextId++ }),
    kill: () => void child.then((up) => up.kill('SIGKILL')),
    signal: (name) => void child.then((up) => up.kill(name)),
    async stop() {
      isStopping = true;
      const up = await child;
      const gone = up.exitCode === null && up.signalCode === null ? once(up, 'exit') : undefined;
      up.kill('SIGKILL');
      await gone;
    },
  };
}

async function boot({ program, compiled, flags, setting }: ProcessOptions): Promise<ChildProcess> {
  const child = fork(await program(), {
    env: { ...process.env, NODE_COMPILE_CACHE: compiledBy(compiled), MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...(flags ?? SPARING)],
  });
  child.on('error', () => {});
  // Many orders may be under way in one process; each order adds a listener for its own answer.
  child.setMaxListeners(0);
  const ready = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected a service process to start, it ended with ${String(code)}`);
  });
  child.send(setting());
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  return child;
}

function exchange(child: ChildProcess, order: { readonly id: number }): Promise<Done | undefined> {
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
