// Reads a whole database as rows, and puts those rows into another database of the same schema, as restoring a dump does.
import type { Pool } from 'pg';

/** The rows of each table, by the table's name. */
export type Dump = ReadonlyMap<string, readonly unknown[]>;

const TABLES = `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`;

export async function dump(pool: Pool): Promise<Dump> {
  const { rows: tables } = await pool.query<{ name: string }>(TABLES);
  const kept = new Map<string, unknown[]>();
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: unknown }>(`select to_jsonb(t) as row from public.${name} t`);
    kept.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return kept;
}

/**
 * Replaces all rows of the tables that `backup` contains by the rows in `backup`. While the rows are written, no trigger fires and no foreign key is
 * checked, as with `pg_restore --disable-triggers`.
 */
export async function restore(pool: Pool, backup: Dump): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('set session_replication_role = replica');
    for (const [name, rows] of backup) {
      const { rows: columns } = await client.query<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
        [name],
      );
      const list = columns.map((column) => `"${column.name}"`).join(', ');
      await client.query(`delete from public.${name}`);
      await client.query(
        `insert into public.${name} (${list}) overriding system value
         select ${list} from jsonb_populate_recordset(null::public.${name}, $1)`,
        [JSON.stringify(rows)],
      );
    }
  } finally {
    await client.query('set session_replication_role = default');
    client.release();
  }
}
