// Stands in for a distant gym: hands every byte on after a one-way delay, in order, and delays the set-up of a connection too. The delay line runs in
// a process of its own, so that its waiting does not disturb what is measured. The delay line loses and reorders no bytes, and limits no rate.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { LineReady, LineSettings } from './delay-line.ts';
import { nowMs } from './moment.ts';

/** A timer is precise to about a millisecond; with `precise` the last `SPIN_MS` ms of a wait pass without a timer, by polling the clock. */
const SPIN_MS = 1.5;

interface Held {
  readonly dueMs: number;
  readonly deliver: () => void;
}

const held: Held[] = [];
let isAwake = false;
let precise = false;

function release(): void {
  const now = nowMs();
  while (held[0] && held[0].dueMs <= now) held.shift()?.deliver();
  const [next] = held;
  if (!next) {
    isAwake = false;
    return;
  }
  const aheadMs = next.dueMs - nowMs();
  if (aheadMs > SPIN_MS) setTimeout(release, aheadMs - (precise ? SPIN_MS : 0));
  else if (precise) setImmediate(release);
  else setTimeout(release, Math.max(0, Math.ceil(aheadMs)));
}

/**
 * Puts a delivery of bytes into the queue, which is ordered by due time. All bytes travel equally long except while a connection is set up, so nearly
 * every delivery is put at the end of the queue `held`.
 */
function hold(dueMs: number, deliver: () => void): void {
  let at = held.length;
  while (at > 0 && (held[at - 1]?.dueMs ?? 0) > dueMs) at -= 1;
  held.splice(at, 0, { dueMs, deliver });
  if (isAwake && at > 0) return;
  isAwake = true;
  release();
}

function relay(near: Socket, settings: LineSettings): void {
  const far = connect(settings.port, settings.host);
  // A real connection takes one round trip to set up, and a client can send nothing before the end of that round trip.
  const openAtMs = nowMs() + 2 * settings.oneWayMs;
  const pass = (from: Socket, to: Socket, notBeforeMs: number): void => {
    from.setNoDelay(true);
    const due = () => Math.max(nowMs(), notBeforeMs) + settings.oneWayMs;
    from.on('data', (chunk: Buffer) => hold(due(), () => to.write(chunk)));
    from.on('end', () => hold(due(), () => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => hold(due(), () => to.destroy()));
  };
  pass(near, far, openAtMs);
  pass(far, near, 0);
}

process.on('disconnect', () => process.exit(0));
const [settings] = (await once(process, 'message')) as [LineSettings];
precise = settings.isPrecise;
const server = createServer({ allowHalfOpen: true }, (socket) => relay(socket, settings));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port } satisfies LineReady);
