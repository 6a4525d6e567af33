// Delivers the queue's messages: waits without polling until one is due, leases it (takes the right to deliver it), sends it and stores the result.
// Several processes may deliver the messages of one database. The SQL functions in schema.sql decide which messages are due and which process
// delivers a message.
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../../services/clock.ts';
import type { Secret } from '../../services/secret.ts';
import { nextRunAt } from './cron.ts';
import { databaseNow, inTransaction, purge } from './database.ts';
import { type Owner, startOwner } from './owner.ts';
import { judge } from './reply.ts';
import { advanceSchedule, dueSchedules, type ScheduleRow } from './schedule-store.ts';
import { sendMessage } from './send.ts';
import { claimDue, type MessageRow, nextWakeMs, publishMessage, settle } from './store.ts';

const MAX_AT_ONCE = 64;
/**
 * The longest sleep (ms) between two passes of deliveries: a lost NOTIFY of Postgres delays no message for longer, and setTimeout cannot wait for
 * weeks.
 */
const MAX_SLEEP_MS = 10 * 60_000;
const PURGE_EVERY_MS = 60 * 60_000;
const PAUSE_AFTER_TROUBLE_MS = 200;
const GRACE_MS = 1_000;

export interface DeliveryOptions {
  readonly pool: Pool;
  readonly databaseUrl: Secret;
  readonly signingKey: Secret;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Delivery {
  /** Checks at once whether a message is due. */
  kick(): void;
  /** Gives the deliveries under way a second to finish, then leaves unfinished deliveries to the next start of the queue. */
  stop(): Promise<void>;
}

/** Starts to deliver messages that are due. */
export async function startDelivery({
  pool,
  databaseUrl,
  signingKey,
  clock,
  logger,
}: DeliveryOptions): Promise<Delivery> {
  const out = new Set<Promise<void>>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let pass: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let owner: Owner | undefined;

  const sleep = (ms: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(kick, Math.min(MAX_SLEEP_MS, Math.max(0, Math.ceil(ms))));
  };

  const kick = () => {
    again = true;
    pass ??= passes().finally(() => {
      pass = undefined;
      if (again && !stopped) kick();
    });
  };

  const passes = async () => {
    while (again && !stopped) {
      again = false;
      await onePass().catch((err) => {
        logger.warn({ err }, 'the queue could not look for due messages');
        sleep(PAUSE_AFTER_TROUBLE_MS);
      });
    }
  };

  const onePass = async () => {
    const me = owner?.id();
    if (me === undefined) return;
    const at = await databaseNow(pool);
    for (const schedule of await dueSchedules(pool, at)) await fire(schedule, at);
    const room = MAX_AT_ONCE - out.size;
    if (room > 0) for (const message of await claimDue(pool, me, room, at)) send(message);
    sleep((await nextWakeMs(pool, at)) ?? MAX_SLEEP_MS);
  };

  /** Publishes the message of a schedule that is due: one message, however many firings were missed while no process ran. */
  const fire = async (schedule: ScheduleRow, at: Date) => {
    const { url, spec, body, delay_ms } = schedule;
    await inTransaction(pool, async (client) => {
      if (!(await advanceSchedule(client, schedule, nextRunAt(schedule.cron, at)))) return;
      await publishMessage(client, { url, spec, body, delayMs: Number(delay_ms) }, schedule.id);
    });
    again = true;
  };

  const send = (message: MessageRow) => {
    const done = deliver(message)
      // A delivery without a stored result is repeated when the message's lease expires, or at once if this process's connection to the database
      // is lost.
      .catch((err) => logger.warn({ messageId: message.id, err }, 'a delivery was not settled'))
      .finally(() => {
        out.delete(done);
        kick();
      });
    out.add(done);
  };

  const deliver = async (message: MessageRow) => {
    const reply = await sendMessage(message, signingKey, clock.now(), stopping.signal);
    if (stopping.signal.aborted && reply.status === 0) return;
    const ending = judge(message, reply, clock.now());
    const { id: messageId, retried } = message;
    logger.debug({ messageId, status: reply.status, retried, ending: ending.kind }, 'message sent');
    if (ending.kind === 'failed') logger.warn({ messageId, status: reply.status, retried }, 'a message was given up');
    await settle(pool, message, reply, ending);
  };

  owner = await startOwner(databaseUrl, kick, logger);
  const forget = () => purge(pool).catch((err) => logger.warn({ err }, 'the queue could not forget old messages'));
  await forget();
  const purging = setInterval(forget, PURGE_EVERY_MS).unref();
  kick();
  return {
    kick,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(purging);
      await pass;
      const grace = setTimeout(() => stopping.abort(), GRACE_MS);
      await Promise.all(out);
      clearTimeout(grace);
      await owner?.stop();
    },
  };
}
