// The thread of the timed sender waits for the firing instant and writes the bytes itself, so that a busy main thread delays no shot. In that
// thread, this file does the waiting, and batch.ts loads and writes the requests of one race.
import { parentPort } from 'node:worker_threads';
import { type Batch, openBatch } from './batch.ts';
import { type BatchOptions, type FromThread, hrtimeMs, type ToThread } from './protocol.ts';

/**
 * This long before a firing instant, the thread looks at the clock again instead of trusting one long timer, and rehearses the writes of the races
 * due within this time.
 */
const LOOK_AHEAD_MS = 60;
/** From this many ms before a firing instant on, the thread blocks and serves no socket, because a timer is too coarse for the rest of the wait. */
const BLOCK_MS = 10;
/** A rehearsal (a run of the write path without bytes) may take this long: none is begun nearer to the firing instant. */
const REHEARSAL_MS = 4;
/**
 * For at most this many ms, the thread goes from one firing instant to the next without reading answers, if the next is at most `BLOCK_MS` ahead.
 * After `MAX_BREATH_MS`, the thread still writes the requests that are already due before it reads answers.
 */
const MAX_BREATH_MS = 50;
/** `Atomics.wait` may wake late by some tens of µs, so the thread spins for the last stretch. */
const SPIN_MS = 1;
/** The longest timer that is set. After a suspension of the machine a longer timer would fire too late, and a timer above 24 days would overflow. */
const MAX_TIMER_MS = 60_000;

interface Start {
  readonly batch: number;
  readonly atMs: number;
  readonly notAfterMs: number;
  isRehearsed: boolean;
}

const EMPTY_LANE: BatchOptions = {
  maxConnections: 0,
  connectTimeoutMs: 0,
  warmTimeoutMs: 0,
  answerTimeoutMs: 0,
  tls: {},
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const batches = new Map<number, Batch>();
const due: Start[] = [];
let timer: NodeJS.Timeout | undefined;

const tell = (message: FromThread): void => parentPort?.postMessage(message);

function blockUntil(atMs: number): void {
  const aheadMs = atMs - hrtimeMs() - SPIN_MS;
  if (aheadMs > 0) Atomics.wait(sleeper, 0, 0, aheadMs);
  while (hrtimeMs() < atMs) {}
}

/** Runs the code of the firing instant beforehand, because code that runs there for the first time takes a third of a millisecond longer. */
function rehearse(starts: readonly Start[]): void {
  for (let turn = 0; turn < 20; turn += 1) blockUntil(hrtimeMs() + 0.05);
  const empty = openBatch(-1, EMPTY_LANE, () => undefined);
  empty.fire(0);
  empty.close();
  for (const start of starts) {
    start.isRehearsed = true;
    batches.get(start.batch)?.rehearse();
  }
}

function schedule(): void {
  clearTimeout(timer);
  const [next] = due;
  if (!next) return;
  const aheadMs = next.atMs - hrtimeMs();
  const isNear = (one: Start): boolean => one.atMs - next.atMs <= LOOK_AHEAD_MS;
  const cold = due.filter((one) => !one.isRehearsed && isNear(one));
  // The writes of all races that fire together are rehearsed before the first of these races is due, because there is no time between their writes.
  if (cold.length > 0 && aheadMs <= LOOK_AHEAD_MS && aheadMs > REHEARSAL_MS) {
    rehearse(cold);
    setImmediate(schedule);
    return;
  }
  if (aheadMs <= BLOCK_MS) {
    fireDue();
    return;
  }
  const untilMs = aheadMs > LOOK_AHEAD_MS ? aheadMs - LOOK_AHEAD_MS : aheadMs - BLOCK_MS;
  timer = setTimeout(schedule, Math.min(Math.ceil(untilMs), MAX_TIMER_MS));
}

/**
 * Writes the requests of the races that are due. Many boxes open their classes at the same whole hour, so the requests of all races with the same
 * firing instant are written without a pause, before any answer is read.
 */
function fireDue(): void {
  const endsAtMs = hrtimeMs() + MAX_BREATH_MS;
  for (let next = due[0]; next; next = due[0]) {
    const nowMs = hrtimeMs();
    if (next.atMs - nowMs > BLOCK_MS || (nowMs > endsAtMs && next.atMs > nowMs)) break;
    due.shift();
    blockUntil(next.atMs);
    batches.get(next.batch)?.fire(next.notAfterMs);
  }
  // The sockets are served before the thread blocks for the next firing instant.
  setImmediate(schedule);
}

function addDue(batch: number, atMs: number, notAfterMs: number): void {
  due.push({ batch, atMs, notAfterMs, isRehearsed: false });
  due.sort((a, b) => a.atMs - b.atMs);
  schedule();
}

function closeBatch(batch: number): void {
  batches.get(batch)?.close();
  batches.delete(batch);
  const kept = due.filter((one) => one.batch !== batch);
  due.splice(0, due.length, ...kept);
  schedule();
}

parentPort?.on('message', (message: ToThread) => {
  const batch = batches.get(message.batch);
  switch (message.kind) {
    case 'open':
      batches.set(message.batch, openBatch(message.batch, message.options, tell));
      return;
    case 'load':
      return batch?.load(message);
    case 'fire':
      return addDue(message.batch, message.atMs, message.notAfterMs);
    case 'shoot':
      return batch?.shoot(message);
    case 'close':
      return closeBatch(message.batch);
  }
});
