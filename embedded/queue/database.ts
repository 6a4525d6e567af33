// The embedded queue's use of Postgres: its schema, a transaction, the database's clock. store.ts and schedule-store.ts work with the tables.
import { readFile } from 'node:fs/promises';
import type { Pool, PoolClient } from 'pg';

/** What can run a query: the pool, or the one connection of a transaction. */
export type Db = Pool | PoolClient;

/** Makes or updates the queue's schema; several processes may call `applySchema` at the same time. */
export async function applySchema(db: Pool): Promise<void> {
  const sql = await readFile(new URL('./schema.sql', import.meta.url), 'utf8');
  await inTransaction(db, async (client) => {
    await client.query('select pg_advisory_xact_lock(7300, 0)');
    await client.query(sql);
  });
}

/** Runs the work in one transaction. Throws what the work or Postgres throws, after a rollback. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A lost connection rejects the query under way and also emits `error`; without a listener that event would end the process.
  const ignore = () => {};
  client.on('error', ignore);
  let broken = true;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    broken = false;
    return result;
  } catch (cause) {
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    throw cause;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

/** The time by the database's clock; one pass of deliveries reads the clock once and uses that instant throughout. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await db.query<{ at: Date }>("select date_trunc('milliseconds', clock_timestamp()) as at");
  return rows[0]?.at ?? new Date(0);
}

/** Deletes messages that were delivered or cancelled over a day ago or failed over 30 days ago, and expired deduplication ids. */
export async function purge(db: Db): Promise<void> {
  await db.query('select qstash.purge()');
}
