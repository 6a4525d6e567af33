// Reads and writes the embedded queue's messages in its tables. What must happen in one statement is an SQL function in schema.sql; reply.ts decides
// what a destination's answer means.
import { randomUUID } from 'node:crypto';
import type { Db } from './database.ts';
import type { Publish, Spec } from './wire.ts';

/** A destination's answer to a delivery. Status 0 means that no answer came, and `body` says why. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string[]>>;
  readonly body: Buffer;
}

export interface MessageRow {
  readonly id: string;
  readonly seq: string;
  readonly url: string;
  readonly spec: Spec;
  readonly body: Buffer;
  readonly schedule_id: string | null;
  readonly created_at: Date;
  readonly not_before: Date;
  readonly retried: number;
  readonly owner: number | null;
  readonly dlq_id: string | null;
  readonly response: { status: number; headers: Record<string, string[]>; bodyBase64: string } | null;
}

export interface Published {
  readonly messageId: string;
  readonly deduplicated: boolean;
}

/** How one delivery of a message ended; `retry` means that the message is delivered again after `inMs`. */
export type Ending =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly inMs: number }
  | { readonly kind: 'failed'; readonly dlqId: string };

const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`;

/** Stores a message, or finds an earlier message with the same deduplication id. */
export async function publishMessage(db: Db, message: Publish, scheduleId?: string): Promise<Published> {
  const { url, spec, body, notBefore, delayMs, dedupId } = message;
  const { rows } = await db.query<{ message_id: string; deduplicated: boolean }>(
    "select * from qstash.publish($1, $2, $3, $4, $5, $6 * interval '1 ms', $7, $8)",
    [newMessageId(), url, JSON.stringify(spec), body, notBefore ?? null, delayMs, dedupId ?? null, scheduleId ?? null],
  );
  const [row] = rows;
  if (!row) throw new Error('Expected qstash.publish to answer with one row.');
  return { messageId: row.message_id, deduplicated: row.deduplicated };
}

/** Leases up to `room` due messages to an owner, for one delivery each. */
export async function claimDue(db: Db, owner: number, room: number, at: Date): Promise<MessageRow[]> {
  return (await db.query<MessageRow>('select * from qstash.claim($1, $2, $3)', [owner, room, at])).rows;
}

/**
 * Milliseconds until the next message is due, a lease or a rate limit's period ends, or a schedule fires; undefined when none of these is to come.
 */
export async function nextWakeMs(db: Db, at: Date): Promise<number | undefined> {
  const sql = 'select extract(epoch from qstash.next_wake_at($1) - clock_timestamp())::float8 * 1000 as ms';
  const { rows } = await db.query<{ ms: number | null }>(sql, [at]);
  return rows[0]?.ms ?? undefined;
}

/**
 * Stores the result of a delivery, if `message.owner` still holds the lease on the message; a message that was cancelled or taken over stays as it
 * is.
 */
export async function settle(db: Db, message: MessageRow, reply: Reply, ending: Ending): Promise<void> {
  const response = { status: reply.status, headers: reply.headers, bodyBase64: reply.body.toString('base64') };
  const set = {
    delivered: "state = 'DELIVERED', settled_at = clock_timestamp()",
    retry: "state = 'RETRY', retried = retried + 1, not_before = clock_timestamp() + $5 * interval '1 ms'",
    failed: "state = 'FAILED', settled_at = clock_timestamp(), dlq_id = $5",
  }[ending.kind];
  const detail = ending.kind === 'retry' ? [ending.inMs] : ending.kind === 'failed' ? [ending.dlqId] : [];
  await db.query(
    `update qstash.messages set ${set}, response = $4, owner = null, lease_until = null
      where id = $1 and state = 'ACTIVE' and owner = $2 and retried = $3`,
    [message.id, message.owner, message.retried, JSON.stringify(response), ...detail],
  );
}

/** Finds a message that has not been delivered, cancelled or given up yet. */
export async function findMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  const sql = "select * from qstash.messages where id = $1 and state in ('CREATED', 'RETRY', 'ACTIVE')";
  return (await db.query<MessageRow>(sql, [id])).rows[0];
}

/**
 * Cancels a message that was not delivered and has not failed yet; a delivery that is already sent is not tried again. Resolves with false when the
 * message has already been delivered, has failed or was cancelled, and when no message has this id.
 */
export async function cancelMessage(db: Db, id: string): Promise<boolean> {
  const sql = `update qstash.messages set state = 'CANCELED', settled_at = clock_timestamp(), owner = null, lease_until = null
    where id = $1 and state in ('CREATED', 'RETRY', 'ACTIVE')`;
  return (await db.query(sql, [id])).rowCount === 1;
}

/** Which failed messages a listing asks for: the failed messages that fulfil all given conditions. */
export interface Filter {
  readonly url?: string;
  readonly label?: string;
}

/** Failed messages with a `seq` greater than `afterSeq`, oldest first. */
export async function listDlq(db: Db, { url, label }: Filter, limit: number, afterSeq: string): Promise<MessageRow[]> {
  const sql = `select * from qstash.messages where state = 'FAILED' and dlq_id is not null and seq > $3
    and ($1::text is null or url = $1) and ($2::text is null or $2 = any(labels)) order by seq limit $4`;
  return (await db.query<MessageRow>(sql, [url ?? null, label ?? null, afterSeq, limit])).rows;
}
