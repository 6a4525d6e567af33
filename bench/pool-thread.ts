// The alternative to our timed sender: warm undici Pools on a thread of their own, fired by the same clock as our timed sender.
import { Worker } from 'node:worker_threads';
import type { FromPools, ToPools } from './pool-thread-shapes.ts';
import type { Way } from './ways.ts';

const MAIN = new URL('./pool-thread-main.ts', import.meta.url);

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<string, PromiseWithResolvers<void>>();

/** The one thread of this process that holds all Pools, as our timed sender has one thread; this thread does not keep the process alive. */
function thread(): Worker {
  if (worker) return worker;
  worker = new Worker(MAIN);
  worker.unref();
  worker.on('message', ({ pool, done, why }: FromPools) => {
    const key = `${pool}/${done}`;
    if (why === undefined) waiting.get(key)?.resolve();
    else waiting.get(key)?.reject(new Error(why));
    waiting.delete(key);
  });
  worker.on('error', (error) => {
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  });
  return worker;
}

function ask(message: ToPools): Promise<void> {
  const answer = Promise.withResolvers<void>();
  waiting.set(`${message.pool}/${message.kind}`, answer);
  thread().postMessage(message);
  return answer.promise;
}

export const poolThread: Way = {
  name: 'undici Pool, warm, own thread',
  async prepare(baseUrl, bookings, ca) {
    last += 1;
    const pool = last;
    await ask({ kind: 'load', pool, baseUrl, ca, bookings });
    return {
      fireAt: (atMs) => ask({ kind: 'fire', pool, atMs }),
      close: () => ask({ kind: 'close', pool }),
    };
  },
};
