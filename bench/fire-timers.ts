// Measures how late three timers inside one process fire: our timed sender's thread, setTimeout and croner, whose firings alternate.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Cron } from 'croner';
import { systemClock, wallAnchorMs } from '../services/clock.ts';
import { hrtimeAheadMs } from '../services/timed-sender/protocol.ts';
import { openTimedSender, type TimedSender } from '../services/timed-sender/timed-sender.ts';
import { nowMs, sleep } from './moment.ts';

/** Each of the three timers fires every `GAP_MS` milliseconds; their firings alternate, about a third of `GAP_MS` apart. */
const GAP_MS = 16;
/**
 * The first firing comes this many ms after the timers begin to be set, plus `LEAD_A_FIRING_MS` for each firing of the bench. All timers have to be
 * set before the first firing, because croner ignores an instant that is past.
 */
const LEAD_MS = 300;
const LEAD_A_FIRING_MS = 1;
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

/** How late, in milliseconds, each firing of a timed sender (`puntual`), of setTimeout and of croner was. */
export async function fireInProcess(firings: number): Promise<Map<string, number[]>> {
  const gym = await startSink();
  const starters = await Promise.all(
    Array.from({ length: firings }, () => openTimedSender({ anchorMs: hrtimeAheadMs() })),
  );
  try {
    await Promise.all(starters.map((starter) => starter.load([requestFor(gym)])));
    const toWallMs = wallAnchorMs(systemClock) - hrtimeAheadMs();
    const firstMs = nowMs() + LEAD_MS + firings * LEAD_A_FIRING_MS;
    const instants = (shiftMs: number) =>
      Array.from({ length: firings }, (_, at) => firstMs + at * GAP_MS + shiftMs + Math.random() * 2);
    const [ours, timers, crons] = await Promise.all([
      Promise.all(instants(0).map((atMs, at) => byStarter(starters[at] as TimedSender, atMs))),
      Promise.all(instants(GAP_MS / 3).map(byTimer)),
      Promise.all(instants((GAP_MS * 2) / 3).map((atMs) => byCroner(atMs, toWallMs))),
    ]);
    return new Map([
      ['puntual', ours],
      ['setTimeout', timers],
      ['croner', crons],
    ]);
  } finally {
    for (const starter of starters) await starter.close();
    gym.closeAll();
    await sleep(20);
  }
}

/** How late the timed sender is, in ms: the time from `atMs` to the moment right before the first byte goes to the kernel, by the sender's clock. */
async function byStarter(starter: TimedSender, atMs: number): Promise<number> {
  const [shot] = await starter.fireAt(atMs);
  if (shot?.sentAtMs === undefined) throw new Error('Expected the shot to have been sent.');
  return shot.sentAtMs - atMs;
}

const byTimer = (atMs: number): Promise<number> =>
  new Promise((resolve) => setTimeout(() => resolve(nowMs() - atMs), atMs - nowMs()));

/** How late croner fires, in ms; croner takes only whole milliseconds of the wall clock. */
function byCroner(aboutMs: number, toWallMs: number): Promise<number> {
  const at = new Date(Math.ceil(aboutMs + toWallMs));
  return new Promise((resolve, reject) => {
    const job = new Cron(at, () => resolve(nowMs() - (at.getTime() - toWallMs)));
    if (job.nextRun() === null) reject(new Error('Expected croner to be asked in time.'));
  });
}

function requestFor(gym: { port: number }) {
  return {
    host: '127.0.0.1',
    port: gym.port,
    tls: false,
    bytes: Buffer.from('POST /api/book HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'),
  };
}

async function startSink(): Promise<{ port: number; closeAll(): void }> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end(ANSWER));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, closeAll: () => server.close() };
}
