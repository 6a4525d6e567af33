// The process's one starter thread, opened with the first race and ended with the last.
// One thread for all races, because races of different boxes fall on the same instant: many threads spinning on few
// cores would delay each other, one writes them all in turn. It understands nothing of what passes through.
import { Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './protocol.ts';

/** What one race hears; `lost` when the thread has died. */
export interface LaneListener {
  hear(message: FromThread): void;
  lost(): void;
}

export interface Link {
  readonly lane: number;
  post(message: ToThread): void;
  release(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly listeners: Map<number, LaneListener>;
}

let current: Thread | undefined;
let lastLane = 0;

function startThread(): Thread {
  // No environment: the thread needs none, and it holds live cookies.
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'starter', env: {} });
  const thread: Thread = { worker, listeners: new Map() };
  worker.on('message', (message: FromThread) => thread.listeners.get(message.lane)?.hear(message));
  const end = (): void => {
    if (current === thread) current = undefined;
    const left = [...thread.listeners.values()];
    thread.listeners.clear();
    for (const listener of left) listener.lost();
  };
  worker.on('error', end);
  worker.on('exit', end);
  return thread;
}

/** Joins the thread, starting it when it is the first race. */
export function openLink(listener: LaneListener): Link {
  current ??= startThread();
  const thread = current;
  lastLane += 1;
  const lane = lastLane;
  thread.listeners.set(lane, listener);
  return {
    lane,
    post: (message) => thread.worker.postMessage(message),
    async release() {
      if (!thread.listeners.delete(lane)) return;
      thread.worker.postMessage({ kind: 'close', lane } satisfies ToThread);
      if (thread.listeners.size > 0) return;
      if (current === thread) current = undefined;
      await thread.worker.terminate();
    },
  };
}
