// A real process beside the one that plays the campaign: it is spawned, and has connections and a memory of its own.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestService } from '../../support/service.ts';
import type { PartsSetting } from '../staging/orders.ts';
import type { LookOrder, LookReply } from './look-process.ts';

export interface SecondProcess {
  readonly pid: number | undefined;
  /** Gives how many places the process has tried to book. */
  raced(): number;
  /**
   * Orders the process to make one pass that reads the watched days that are due. `begun` settles when the process has the right to read the days
   * that are due, `done` when it has read them; both reject when the read fails or the process dies.
   */
  look(now: Date): { readonly begun: Promise<void>; readonly done: Promise<void> };
  stop(): Promise<void>;
}

interface Out {
  readonly begun: PromiseWithResolvers<void>;
  readonly done: PromiseWithResolvers<void>;
}

/** Starts the second process (look-process.ts), which works on the test service's database and at its pretend gym. */
export async function hireSecond({ cloud, gym, folder }: TestService): Promise<SecondProcess> {
  const script = fileURLToPath(new URL('look-process.ts', import.meta.url));
  const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const setting: PartsSetting = {
    ...{ slot: 2, folder, supabaseUrl: cloud.supabaseUrl, secretKey: cloud.secretKey.reveal() },
    keyring: cloud.secrets.sealKeys.reveal(),
    gymUrls: { loginUrl: gym.loginUrl, mainUrl: gym.mainUrl, boxUrlTemplate: gym.boxUrlTemplate },
  };
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const looks = new Map<number, Out>();
  let lastId = 0;
  let raced = 0;
  const fail = (out: Out, said: string) => {
    out.begun.reject(new Error(said));
    out.done.reject(new Error(said));
  };
  child.on('message', (reply: LookReply) => {
    if (reply.state === 'ready') return ready.resolve();
    const out = looks.get(reply.id);
    if (!out) return;
    if (reply.state === 'begun') return out.begun.resolve();
    looks.delete(reply.id);
    if (reply.state === 'failed') return fail(out, `The second process: ${reply.said}`);
    raced += reply.raced;
    out.done.resolve();
  });
  child.once('exit', (code, signal) => {
    const said = `The second process ended by itself: ${code ?? signal}`;
    ready.reject(new Error(said));
    for (const out of looks.values()) fail(out, said);
    ended.resolve();
  });
  child.send(setting);
  await ready.promise;
  return {
    pid: child.pid,
    raced: () => raced,
    look(now) {
      lastId += 1;
      const out: Out = { begun: Promise.withResolvers(), done: Promise.withResolvers() };
      // `begun` and `done` are awaited one after the other: a rejection of `done` must not count as unhandled while the caller still waits for
      // `begun`.
      for (const { promise } of [out.begun, out.done]) promise.catch(() => undefined);
      looks.set(lastId, out);
      child.send({ id: lastId, nowMs: now.getTime() } satisfies LookOrder);
      return { begun: out.begun.promise, done: out.done.promise };
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended.promise;
    },
  };
}
