// A process's identity in the queue: one connection that listens for notifications and holds the advisory lock on which the process's leases depend.
// When a process's database connection ends, other processes may immediately lease the messages that the process had leased. A process that lost its
// connection connects again, and then leases messages under another owner number.
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Secret } from '../../services/secret.ts';

const LOCK_CLASS = 7302; // qstash.claim in schema.sql looks for the same number
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;

export interface Owner {
  /** The number under which this process leases messages; undefined while there is no connection. */
  id(): number | undefined;
  stop(): Promise<void>;
}

/** Connects to the database and reconnects when the connection is lost; `onNews` is called on every notification and after every reconnect. */
export async function startOwner(databaseUrl: Secret, onNews: () => void, logger: Logger): Promise<Owner> {
  let client: Client | undefined;
  let id: number | undefined;
  let stopped = false;

  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: databaseUrl.reveal(), keepAlive: true });
    next.on('error', () => {});
    next.on('notification', onNews);
    await next.connect();
    const number = randomInt(1, 2 ** 31 - 1);
    await next.query('select pg_advisory_lock($1::int, $2::int)', [LOCK_CLASS, number]);
    await next.query('listen qstash');
    client = next;
    id = number;
    next.once('end', () => {
      id = undefined;
      if (!stopped) reconnecting = reconnect();
    });
  };

  const reconnect = async (): Promise<void> => {
    logger.warn('the queue lost its database connection');
    for (let pauseMs = FIRST_PAUSE_MS; !stopped; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      await wait(pauseMs);
      const back =
        !stopped &&
        (await connect().then(
          () => true,
          () => false,
        ));
      if (!back) continue;
      onNews();
      return;
    }
  };

  let reconnecting: Promise<void> = Promise.resolve();
  await connect();
  return {
    id: () => id,
    stop: async () => {
      stopped = true;
      await reconnecting;
      await client?.end().catch(() => {});
    },
  };
}
