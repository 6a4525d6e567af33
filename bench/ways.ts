// The ways to send many bookings at one instant: puntual's, and those of other programs. The other programs wait for the instant in a busy loop, the
// best timer that a main thread can have (moment.ts), so that none of them loses by a bad timer.
import { connect, type TLSSocket } from 'node:tls';
import { Agent, Pool } from 'undici';
import { hrtimeAheadMs } from '../services/timed-sender/protocol.ts';
import { openTimedSender } from '../services/timed-sender/timed-sender.ts';
import { type Booking, preparedOf } from './booking.ts';
import { spinUntil } from './moment.ts';

export interface Way {
  readonly name: string;
  /** Does everything that may be done before the instant of sending, such as opening connections. */
  prepare(baseUrl: string, bookings: readonly Booking[], ca: string): Promise<Ready>;
}

export interface Ready {
  /** Sends all bookings at the instant `atMs` (milliseconds of hrtime); resolves when all are answered. */
  fireAt(atMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The time that opening the connections may take, which is not measured: a loaded machine takes long for a thousand handshakes. */
const WARM_MS = 60_000;

export const ours: Way = {
  name: 'puntual',
  async prepare(_baseUrl, bookings, ca) {
    // With this `anchorMs` the timed sender's instants are milliseconds of hrtime, like the argument of `Ready.fireAt`.
    const starter = await openTimedSender({ anchorMs: hrtimeAheadMs(), tls: { ca }, warmTimeoutMs: WARM_MS });
    const warmth = await starter.load(bookings.map(preparedOf));
    if (warmth.cold > 0) throw new Error(`${warmth.cold} connections stayed cold.`);
    return {
      async fireAt(atMs) {
        const shots = await starter.fireAt(atMs);
        const lost = shots.filter((shot) => shot.result.kind !== 'answer');
        if (lost.length > 0)
          throw new Error(`${lost.length} of our shots had no answer: ${JSON.stringify(lost[0]?.result)}`);
      },
      close: () => starter.close(),
    };
  },
};

/** puntual's way, with the bookings shared out among `count` races (boxes), each with a timed sender of its own. */
export const inRaces = (count: number): Way => ({
  name: `puntual, ${count} races`,
  async prepare(baseUrl, bookings, ca) {
    const shares = Array.from({ length: count }, (_, race) => bookings.filter((_booking, at) => at % count === race));
    const races: Ready[] = [];
    // The races are prepared one after the other, so that the gym need not accept a thousand connections at once; all connections are open before the
    // instant of sending.
    for (const share of shares) races.push(await ours.prepare(baseUrl, share, ca));
    return {
      fireAt: async (atMs) => void (await Promise.all(races.map((race) => race.fireAt(atMs)))),
      close: async () => void (await Promise.all(races.map((race) => race.close()))),
    };
  },
});

async function post(booking: Booking, dispatcher: Agent): Promise<void> {
  const { url, headers, body } = booking;
  const init: object = { method: 'POST', headers, body, dispatcher };
  await (await fetch(url, init)).text();
}

/** The way of a bot that is started only at the instant of sending: its process is new and has no connections. */
export const coldFetch: Way = {
  name: 'cold fetch',
  async prepare(_baseUrl, bookings, ca) {
    const agent = new Agent({ connect: { ca }, headersTimeout: 0, bodyTimeout: 0 });
    return {
      async fireAt(atMs) {
        await spinUntil(atMs);
        await Promise.all(bookings.map((booking) => post(booking, agent)));
      },
      close: () => agent.destroy(),
    };
  },
};

export const warmFetch: Way = {
  name: 'warm fetch',
  async prepare(baseUrl, bookings, ca) {
    const agent = new Agent({ connect: { ca }, keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0 });
    const init: object = { dispatcher: agent };
    await Promise.all(bookings.map(async () => (await fetch(baseUrl, init)).text()));
    return {
      async fireAt(atMs) {
        await spinUntil(atMs);
        await Promise.all(bookings.map((booking) => post(booking, agent)));
      },
      close: () => agent.destroy(),
    };
  },
};

export const undiciPool: Way = {
  name: 'undici Pool, warm',
  async prepare(baseUrl, bookings, ca) {
    const pool = new Pool(baseUrl, { connect: { ca }, connections: bookings.length, keepAliveTimeout: 60_000 });
    const path = new URL(bookings[0]?.url ?? baseUrl).pathname;
    await Promise.all(bookings.map(async () => (await pool.request({ method: 'GET', path: '/' })).body.text()));
    const bodies = bookings.map((booking) => Buffer.from(booking.body));
    const send = async ({ headers }: Booking, at: number) => {
      const answer = await pool.request({ method: 'POST', path, headers, body: bodies[at] ?? null });
      await answer.body.text();
    };
    return {
      async fireAt(atMs) {
        await spinUntil(atMs);
        await Promise.all(bookings.map(send));
      },
      close: () => pool.destroy(),
    };
  },
};

/**
 * Sends each booking on an open TLS socket of its own; the bytes of the bookings are made beforehand. No way over HTTP/1.1 and TLS in Node does less
 * work, so the time of this way is called the floor.
 */
export const rawSockets: Way = {
  name: 'raw TLS sockets (floor)',
  async prepare(baseUrl, bookings, ca) {
    const { hostname, port } = new URL(baseUrl);
    const sockets: TLSSocket[] = [];
    for (let from = 0; from < bookings.length; from += 32) {
      const some = bookings.slice(from, from + 32).map(() => openSocket(hostname, Number(port), ca));
      sockets.push(...(await Promise.all(some)));
    }
    const answered = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    return {
      async fireAt(atMs) {
        await spinUntil(atMs);
        for (const [at, socket] of sockets.entries()) socket.write(bookings[at]?.bytes ?? '');
        await answered;
      },
      async close() {
        for (const socket of sockets) socket.destroy();
      },
    };
  },
};

function openSocket(host: string, port: number, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ca, ALPNProtocols: ['http/1.1'] });
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}
