// Starts the lean gym in a process of its own and asks it which requests it received. The gym's process ends with this process.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromGym, GymReady, Stamp, ToGym } from './gym-shapes.ts';
import { sleep } from './moment.ts';
import { trust } from './trust.ts';

const MAIN = fileURLToPath(new URL('./gym-main.ts', import.meta.url));

export interface LeanGym extends Omit<GymReady, 'kind'> {
  /**
   * The stamps (arrival times) of the bookings that reached the gym since the previous call of `stamps`. Resolves once there are `count` stamps, or a
   * second after the last stamp came.
   */
  stamps(count: number): Promise<Stamp[]>;
  /** Sets how long the gym takes to answer each renewal, in milliseconds. */
  setLatency(ms: number): Promise<void>;
  /** Returns how many renewals the gym has answered since the previous call of `renewals`. */
  renewals(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the lean gym, and makes every TLS client of this process trust the gym's certificate. */
export async function startGym(): Promise<LeanGym> {
  const child = fork(MAIN, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = endOf(child);
  const ready = await next(child, ended, 'ready');
  trust(ready.ca);
  const ask = async <K extends FromGym['kind']>(message: ToGym, kind: K) => {
    const answer = next(child, ended, kind);
    child.send(message);
    return answer;
  };
  return {
    stampedUrl: ready.stampedUrl,
    servingUrl: ready.servingUrl,
    ca: ready.ca,
    async stamps(count) {
      const seen: Stamp[] = [];
      for (let quiet = 0; quiet < 20 && seen.length < count; quiet += 1) {
        const { stamps } = await ask({ kind: 'stamps' }, 'stamps');
        seen.push(...stamps);
        if (stamps.length > 0) quiet = 0;
        if (seen.length < count) await sleep(50);
      }
      return seen;
    },
    setLatency: async (ms) => void (await ask({ kind: 'latency', ms }, 'latency')),
    renewals: async () => (await ask({ kind: 'renewals' }, 'renewals')).count,
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

type Ended = Promise<never>;

async function next<K extends FromGym['kind']>(
  child: ChildProcess,
  ended: Ended,
  kind: K,
): Promise<Extract<FromGym, { kind: K }>> {
  for (;;) {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [FromGym];
    if (message.kind === kind) return message as Extract<FromGym, { kind: K }>;
  }
}

function endOf(child: ChildProcess): Ended {
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`The lean gym ended with ${String(code)}.`);
  });
  ended.catch(() => undefined);
  return ended;
}
