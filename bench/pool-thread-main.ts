// A thread that holds warm undici Pools, waits for each firing instant as our own timed sender does, and then gives the Pools the requests. All
// requests that are due at one instant are sent together, whatever Pool holds them.
import { parentPort } from 'node:worker_threads';
import { Pool } from 'undici';
import type { Booking } from './booking.ts';
import { nowMs } from './moment.ts';
import type { FromPools, ToPools } from './pool-thread-shapes.ts';

/**
 * During the last `BLOCK_MS` before a firing instant the thread blocks and reads no socket, as our timed sender's thread does. The blocked thread
 * sleeps until `SPIN_MS` before the firing instant, then runs a busy loop.
 */
const BLOCK_MS = 10;
const SPIN_MS = 1;

interface Loaded {
  readonly pool: Pool;
  readonly path: string;
  readonly bookings: readonly (Booking & { readonly bytesOfBody: Buffer })[];
}

const loaded = new Map<number, Loaded>();
let due: { pool: number; atMs: number }[] = [];
const sleeper = new Int32Array(new SharedArrayBuffer(4));

const tell = (message: FromPools): void => parentPort?.postMessage(message);

async function load({ pool: id, baseUrl, ca, bookings }: Extract<ToPools, { kind: 'load' }>): Promise<void> {
  const pool = new Pool(baseUrl, { connect: { ca }, connections: bookings.length, keepAliveTimeout: 60_000 });
  await Promise.all(bookings.map(async () => (await pool.request({ method: 'GET', path: '/' })).body.text()));
  const { pathname } = new URL(bookings[0]?.url ?? baseUrl);
  loaded.set(id, {
    pool,
    path: pathname,
    bookings: bookings.map((one) => ({ ...one, bytesOfBody: Buffer.from(one.body) })),
  });
}

async function send({ pool, path, bookings }: Loaded): Promise<void> {
  await Promise.all(
    bookings.map(async ({ headers, bytesOfBody }) => {
      await (await pool.request({ method: 'POST', path, headers: { ...headers }, body: bytesOfBody })).body.text();
    }),
  );
}

function fireDue(): void {
  const [first] = due;
  if (!first) return;
  const aheadMs = first.atMs - nowMs();
  if (aheadMs > BLOCK_MS) {
    setTimeout(fireDue, aheadMs - BLOCK_MS);
    return;
  }
  if (aheadMs > SPIN_MS) Atomics.wait(sleeper, 0, 0, aheadMs - SPIN_MS);
  while (nowMs() < first.atMs) {}
  const now = due.filter((one) => one.atMs <= first.atMs);
  due = due.filter((one) => one.atMs > first.atMs);
  for (const { pool } of now) {
    const one = loaded.get(pool);
    const sent = one ? send(one) : Promise.reject(new Error('Expected a loaded pool.'));
    reply(pool, 'fire', sent);
  }
}

const reply = (pool: number, done: ToPools['kind'], work: Promise<unknown>): void =>
  void work.then(
    () => tell({ pool, done }),
    (error: unknown) => tell({ pool, done, why: String(error) }),
  );

parentPort?.on('message', (message: ToPools) => {
  switch (message.kind) {
    case 'load':
      reply(message.pool, 'load', load(message));
      return;
    case 'fire':
      due.push(message);
      due.sort((a, b) => a.atMs - b.atMs);
      fireDue();
      return;
    case 'close':
      reply(message.pool, 'close', loaded.get(message.pool)?.pool.destroy() ?? Promise.resolve());
      loaded.delete(message.pool);
      return;
  }
});
