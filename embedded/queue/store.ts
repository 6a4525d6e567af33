// The embedded queue's messages in its tables, as verbs. The rules that must hold together are SQL functions in queue-schema.sql; what a
// reply means is decided in queue-reply.ts.
import { randomUUID } from 'node:crypto';
import type { Db } from './database.ts';
import type { Publish, Spec } from './wire.ts';

/** What came back from a destination. Status 0: nothing did, and `body` says why. */
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

/** How a delivery ended. */
export type Ending =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly inMs: number }
  | { readonly kind: 'failed'; readonly dlqId: string };

const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`;

/** Stores a message, or finds the one it repeats. */
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

/** Leases due messages to this owner. */
export async function claimDue(db: Db, owner: number, room: number, at: Date): Promise<MessageRow[]> {
  return (await db.query<MessageRow>('select * from qstash.claim($1, $2, $3)', [owner, room, at])).rows;
}

/** Milliseconds until there is something to do, or undefined. */
export async function nextWakeMs(db: Db, at: Date): Promise<number | undefined> {
  const sql = 'select extract(epoch from qstash.next_wake_at($1) - clock_timestamp())::float8 * 1000 as ms';
  const { rows } = await db.query<{ ms: number | null }>(sql, [at]);
  return rows[0]?.ms ?? undefined;
}

/** Ends a delivery if it is still ours to end; false when it was cancelled or taken over. */
export async function settle(db: Db, message: MessageRow, reply: Reply, ending: Ending): Promise<boolean> {
  const response = { status: reply.status, headers: reply.headers, bodyBase64: reply.body.toString('base64') };
  const set = {
    delivered: "state = 'DELIVERED', settled_at = clock_timestamp()",
    retry: "state = 'RETRY', retried = retried + 1, not_before = clock_timestamp() + $5 * interval '1 ms'",
    failed: "state = 'FAILED', settled_at = clock_timestamp(), dlq_id = $5",
  }[ending.kind];
  const detail = ending.kind === 'retry' ? [ending.inMs] : ending.kind === 'failed' ? [ending.dlqId] : [];
  const { rowCount } = await db.query(
    `update qstash.messages set ${set}, response = $4, owner = null, lease_until = null
      where id = $1 and state = 'ACTIVE' and owner = $2 and retried = $3`,
    [message.id, message.owner, message.retried, JSON.stringify(response), ...detail],
  );
  return rowCount === 1;
}

/** A message that is still under way. */
export async function findMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  const sql = "select * from qstash.messages where id = $1 and state in ('CREATED', 'RETRY', 'ACTIVE')";
  return (await db.query<MessageRow>(sql, [id])).rows[0];
}

/** Which messages a request means. All given conditions must hold; none given means every message. */
export interface Filter {
  readonly ids?: readonly string[];
  readonly dlqIds?: readonly string[];
  readonly urls?: readonly string[];
  readonly labels?: readonly string[];
  readonly flowKeys?: readonly string[];
  readonly scheduleIds?: readonly string[];
}

const MATCHES = `($1::text[] is null or id = any($1)) and ($2::text[] is null or dlq_id = any($2)) and ($3::text[] is null or url = any($3))
  and ($4::text[] is null or labels && $4) and ($5::text[] is null or flow_key = any($5)) and ($6::text[] is null or schedule_id = any($6))`;
const inDlq = `state = 'FAILED' and dlq_id is not null and ${MATCHES}`;

const valuesOf = ({ ids, dlqIds, urls, labels, flowKeys, scheduleIds }: Filter) =>
  [ids, dlqIds, urls, labels, flowKeys, scheduleIds].map((list) => list ?? null);

/** Cancels what is under way; a delivery already out is not tried again. Resolves with how many. */
export async function cancelMessages(db: Db, filter: Filter): Promise<number> {
  const { rowCount } = await db.query(
    `update qstash.messages set state = 'CANCELED', settled_at = clock_timestamp(), owner = null, lease_until = null
      where state in ('CREATED', 'RETRY', 'ACTIVE') and ${MATCHES}`,
    valuesOf(filter),
  );
  return rowCount ?? 0;
}

/** Failed messages, oldest first, after the one named by `afterSeq`. */
export async function listDlq(db: Db, filter: Filter, limit: number, afterSeq: string): Promise<MessageRow[]> {
  const sql = `select * from qstash.messages where ${inDlq} and seq > $7 order by seq limit $8`;
  return (await db.query<MessageRow>(sql, [...valuesOf(filter), afterSeq, limit])).rows;
}

/** Removes failed messages from the list, at most `limit`; resolves with them. */
export async function takeFromDlq(db: Db, filter: Filter, limit: number): Promise<MessageRow[]> {
  const sql = `delete from qstash.messages where id in (
    select id from qstash.messages where ${inDlq} order by seq limit $7 for update skip locked) returning *`;
  return (await db.query<MessageRow>(sql, [...valuesOf(filter), limit])).rows;
}
