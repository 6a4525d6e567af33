// The process's one sender thread, which runs while any link to it is open (a race's, or that of worker/sender-thread.ts). All races share one
// thread, because races of different boxes may be due at the same instant, and many threads spinning on few cores would delay each other. Messages
// between a race and the thread are passed on here without being interpreted.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './protocol.ts';

/** The callbacks of one race; `lost` is called when the thread has died. */
export interface BatchListener {
  hear(message: FromThread): void;
  lost(): void;
}

export interface Link {
  readonly batch: number;
  post(message: ToThread): void;
  release(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly listeners: Map<number, BatchListener>;
}

/** The thread's file, beside this file and with the same extension, because the build of a hosting platform leaves only `.js` files. */
const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

let current: Thread | undefined;
let lastBatch = 0;

function startThread(): Thread {
  // The thread gets no environment variables, because it needs none and holds live cookies.
  const worker = new Worker(THREAD, { name: 'sender', env: {} });
  const thread: Thread = { worker, listeners: new Map() };
  worker.on('message', (message: FromThread) => thread.listeners.get(message.batch)?.hear(message));
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

/** Connects one race to the sender thread, which is started for the first race. */
export function openLink(listener: BatchListener): Link {
  current ??= startThread();
  const thread = current;
  lastBatch += 1;
  const batch = lastBatch;
  thread.listeners.set(batch, listener);
  return {
    batch,
    post: (message) => thread.worker.postMessage(message),
    async release() {
      if (!thread.listeners.delete(batch)) return;
      thread.worker.postMessage({ kind: 'close', batch } satisfies ToThread);
      if (thread.listeners.size > 0) return;
      if (current === thread) current = undefined;
      await thread.worker.terminate();
    },
  };
}
