// The starter's thread: waits for the instant and itself writes the bytes, so that a busy main thread delays nothing.
// Only waiting and dispatching live here; what a race holds is in starter-lane.ts.
import { parentPort } from 'node:worker_threads';
import { type Lane, openLane } from './batch.ts';
import { type FromThread, hrtimeMs, type LaneOptions, type ToThread } from './protocol.ts';

/** From here on the thread re-checks instead of trusting one long timer; it begins with a rehearsal. */
const LOOK_AHEAD_MS = 30;
/** The thread is deaf to its sockets this long at most: timers are too coarse for the rest of the way. */
const BLOCK_MS = 10;
/** Atomics.wait may wake late by some tens of µs, so the last stretch is spun. */
const SPIN_MS = 1;
/** Longer timers overflow, and a suspended machine oversleeps them. */
const LONGEST_TIMER_MS = 60_000;

interface Start {
  readonly lane: number;
  readonly atMs: number;
  readonly notAfterMs: number;
  isRehearsed: boolean;
}

const EMPTY_LANE: LaneOptions = {
  maxConnections: 0,
  connectTimeoutMs: 0,
  warmTimeoutMs: 0,
  answerTimeoutMs: 0,
  tls: {},
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const lanes = new Map<number, Lane>();
const due: Start[] = [];
let timer: NodeJS.Timeout | undefined;

const tell = (message: FromThread): void => parentPort?.postMessage(message);

function blockUntil(atMs: number): void {
  const aheadMs = atMs - hrtimeMs() - SPIN_MS;
  if (aheadMs > 0) Atomics.wait(sleeper, 0, 0, aheadMs);
  while (hrtimeMs() < atMs) {}
}

/** Code that runs for the first time at the instant costs it a third of a millisecond: run it before. */
function rehearse(lane: number): void {
  for (let turn = 0; turn < 20; turn += 1) blockUntil(hrtimeMs() + 0.05);
  const empty = openLane(-1, EMPTY_LANE, () => undefined);
  empty.fire(0);
  empty.close();
  lanes.get(lane)?.rehearse();
}

function schedule(): void {
  clearTimeout(timer);
  const [next] = due;
  if (!next) return;
  const aheadMs = next.atMs - hrtimeMs();
  if (aheadMs <= LOOK_AHEAD_MS && !next.isRehearsed) {
    next.isRehearsed = true;
    rehearse(next.lane);
    setImmediate(schedule);
    return;
  }
  if (aheadMs <= BLOCK_MS) {
    fireNext();
    return;
  }
  const untilMs = aheadMs > LOOK_AHEAD_MS ? aheadMs - LOOK_AHEAD_MS : aheadMs - BLOCK_MS;
  timer = setTimeout(schedule, Math.min(Math.ceil(untilMs), LONGEST_TIMER_MS));
}

function fireNext(): void {
  const next = due.shift();
  if (!next) return;
  blockUntil(next.atMs);
  lanes.get(next.lane)?.fire(next.notAfterMs);
  // Let the sockets be heard before blocking for the next race.
  setImmediate(schedule);
}

function addDue(lane: number, atMs: number, notAfterMs: number): void {
  due.push({ lane, atMs, notAfterMs, isRehearsed: false });
  due.sort((a, b) => a.atMs - b.atMs);
  schedule();
}

function closeLane(lane: number): void {
  lanes.get(lane)?.close();
  lanes.delete(lane);
  const kept = due.filter((one) => one.lane !== lane);
  due.splice(0, due.length, ...kept);
  schedule();
}

parentPort?.on('message', (message: ToThread) => {
  const lane = lanes.get(message.lane);
  switch (message.kind) {
    case 'open':
      lanes.set(message.lane, openLane(message.lane, message.options, tell));
      return;
    case 'load':
      return lane?.load(message);
    case 'fire':
      return addDue(message.lane, message.atMs, message.notAfterMs);
    case 'shoot':
      return lane?.shoot(message);
    case 'close':
      return closeLane(message.lane);
  }
});
