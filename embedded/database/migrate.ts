// Brings a database to the newest schema: first what a hosted Supabase project already has (prelude.sql), then the migrations. Each migration runs in
// one transaction and is recorded as the Supabase CLI records migrations. This file undoes no migration.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { Failure } from '../../services/failures.ts';
import type { Secret } from '../../services/secret.ts';
import { hasFormerSet, recordSquashed, SQUASHED_VERSIONS } from './squashed.ts';

const supabaseFolder = fileURLToPath(new URL('../../supabase', import.meta.url));
const PRELUDE_PATH = join(supabaseFolder, 'prelude.sql');
const MIGRATIONS_DIR = join(supabaseFolder, 'migrations');

const RECORD = `
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);`;

export interface MigrateOptions {
  /** The database's address, with the superuser's login. */
  readonly databaseUrl: Secret;
  readonly preludePath?: string | undefined;
  readonly migrationsDir?: string | undefined;
}

interface Migration {
  readonly path: string;
  readonly version: string;
  readonly name: string;
}

/** The files named VERSION_name.sql, in the order of their versions; other files are ignored, as the Supabase CLI ignores them. */
async function listMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d+_.+\.sql$/.test(file)).sort();
  return files.map((file) => {
    const cut = file.indexOf('_');
    return { path: join(folder, file), version: file.slice(0, cut), name: basename(file, '.sql').slice(cut + 1) };
  });
}

async function inTransaction(client: Client, path: string, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      'stack/migration-failed',
      `Expected ${basename(path)} to apply cleanly; Postgres said: ${reason}`,
      {
        cause,
        details: { file: basename(path) },
      },
    );
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  const sql = await readFile(migration.path, 'utf8');
  await inTransaction(client, migration.path, async () => {
    await client.query(sql);
    const record = 'insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)';
    await client.query(record, [migration.version, [sql], migration.name]);
  });
}

async function readRecorded(client: Client): Promise<Set<string>> {
  const sql = 'select version from supabase_migrations.schema_migrations';
  const { rows } = await client.query<{ version: string }>(sql);
  return new Set(rows.map((row) => row.version));
}

async function adoptFormerSet(client: Client, migrations: readonly Migration[]): Promise<void> {
  const squashed = migrations.filter(({ version }) => SQUASHED_VERSIONS.includes(version));
  await recordSquashed(
    client,
    await Promise.all(squashed.map(async (m) => ({ ...m, sql: await readFile(m.path, 'utf8') }))),
  );
}

/**
 * Applies the migrations that the database lacks; resolves with their versions. In a database made by the former migrations (squashed.ts), the
 * migrations that replace them are recorded without being run. Throws `stack/migration-failed`, which names the file, or `stack/schema-too-old`.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const prelude = options.preludePath ?? PRELUDE_PATH;
  const client = new Client({ connectionString: options.databaseUrl.reveal() });
  // A lost connection rejects the query under way and also emits `error`; without a listener that event would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    const sql = await readFile(prelude, 'utf8');
    await inTransaction(client, prelude, async () => {
      await client.query(sql);
      await client.query(RECORD);
    });
    const migrations = await listMigrations(options.migrationsDir ?? MIGRATIONS_DIR);
    if (hasFormerSet(await readRecorded(client))) await adoptFormerSet(client, migrations);
    const recorded = await readRecorded(client);
    const missing = migrations.filter(({ version }) => !recorded.has(version));
    for (const migration of missing) await apply(client, migration);
    await client.query("notify pgrst, 'reload schema'");
    return missing.map(({ version }) => version);
  } finally {
    await client.end();
  }
}
