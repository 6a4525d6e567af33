// A database made by the migrations that were later merged into fewer files: it keeps its data, runs none of the merged files, and runs the
// migrations that follow.
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { migrate } from '../../embedded/database/migrate.ts';
import { FORMER_VERSIONS, SQUASHED_VERSIONS } from '../../embedded/database/squashed.ts';
import { Secret } from '../../services/secret.ts';

const MIGRATIONS = fileURLToPath(new URL('../../supabase/migrations/', import.meta.url));
const versionOf = (file: string): string => file.slice(0, file.indexOf('_'));
const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort();
const squashedFiles = files.filter((file) => SQUASHED_VERSIONS.includes(versionOf(file)));
const later = files.map(versionOf).filter((version) => !SQUASHED_VERSIONS.includes(version));

const stamp = randomBytes(6).toString('hex');
const addressOf = (database: string): string =>
  Object.assign(new URL(inject('cluster').url), { pathname: database }).href;
const OLD = `old_${stamp}`;
const COPY = `copy_${stamp}`;
const databaseUrl = new Secret(addressOf(COPY));

async function ask<T>(address: string, sql: string, values?: unknown[]): Promise<T[]> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as T[];
  } finally {
    await client.end();
  }
}
const onCluster = (sql: string) => ask(inject('cluster').url, sql);
const onCopy = <T>(sql: string, values?: unknown[]) => ask<T>(databaseUrl.reveal(), sql, values);

// The squashed migrations make the same schema as the migrations that they replaced (`FORMER_VERSIONS`). A database made by the squashed migrations
// therefore stands in these tests for a database made by the replaced ones.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-squashed-'));
  for (const file of squashedFiles) await cp(join(MIGRATIONS, file), join(folder, file));
  await onCluster(`create database ${OLD}`);
  await migrate({ databaseUrl: new Secret(addressOf(OLD)), migrationsDir: folder });
  await ask(
    addressOf(OLD),
    "insert into members (platform_user_id, email, created_at) values ('7', 'ana@example.com', now())",
  );
  await rm(folder, { recursive: true });
});
afterAll(() => onCluster(`drop database if exists ${OLD} with (force)`));
beforeEach(() => onCluster(`create database ${COPY} template ${OLD} strategy wal_log`));
afterEach(() => onCluster(`drop database if exists ${COPY} with (force)`));

async function record(versions: readonly string[]): Promise<void> {
  await onCopy('delete from supabase_migrations.schema_migrations');
  await onCopy(
    `insert into supabase_migrations.schema_migrations (version, statements, name)
     select v, array['select 1'], 'former' from unnest($1::text[]) v`,
    [versions],
  );
}
const recorded = async (): Promise<string[]> =>
  (await onCopy<{ version: string }>('select version from supabase_migrations.schema_migrations order by 1')).map(
    (row) => row.version,
  );
const members = () => onCopy('select platform_user_id, email from members');

test('every squashed version is a file, and no former one is', () => {
  expect(squashedFiles.map(versionOf)).toEqual(SQUASHED_VERSIONS);
  expect(files.map(versionOf).filter((version) => FORMER_VERSIONS.includes(version))).toEqual([]);
});

test('a database of the former set runs only what came after the squash, and keeps its rows', async () => {
  await record(FORMER_VERSIONS);
  expect(await migrate({ databaseUrl })).toEqual(later);
  expect(await recorded()).toEqual(files.map(versionOf));
  expect(await members()).toEqual([{ platform_user_id: '7', email: 'ana@example.com' }]);
  expect(await onCopy("select to_regclass('outbox_by_user')::text as index")).toEqual([{ index: 'outbox_by_user' }]);
});

test('a member from before there was an admission is admitted', async () => {
  await record(FORMER_VERSIONS);
  await migrate({ databaseUrl });
  expect(await onCopy('select admission, admission_at from members')).toEqual([
    { admission: 'admitted', admission_at: null },
  ]);
});

test('the squashed set is recorded with names and texts, as the Supabase CLI records it', async () => {
  await record(FORMER_VERSIONS);
  await migrate({ databaseUrl });
  expect(
    await onCopy(
      `select name, statements[1] like '%create table public.members%' as has_text from supabase_migrations.schema_migrations
       where version = $1`,
      [SQUASHED_VERSIONS[0]],
    ),
  ).toEqual([{ name: 'boxes', has_text: true }]);
});

test('a second start finds nothing to do', async () => {
  await record(FORMER_VERSIONS);
  await migrate({ databaseUrl });
  expect(await migrate({ databaseUrl })).toEqual([]);
});

test('a version of another application stays recorded', async () => {
  await record([...FORMER_VERSIONS, '20260101000000']);
  await migrate({ databaseUrl });
  expect(await recorded()).toEqual(['20260101000000', ...files.map(versionOf)]);
});

test.each([
  ['all but the last', FORMER_VERSIONS.slice(0, -1)],
  ['the first alone', FORMER_VERSIONS.slice(0, 1)],
  ['one missing in the middle', FORMER_VERSIONS.toSpliced(10, 1)],
])('a database with a part of the former set (%s) is refused and left as it is', async (_name, versions) => {
  await record(versions);
  await expect(migrate({ databaseUrl })).rejects.toMatchObject({
    code: 'stack/schema-too-old',
    message: expect.stringContaining('fe1207e'),
    details: { present: versions.length, expected: 32 },
  });
  expect(await recorded()).toEqual(versions);
  expect(await members()).toHaveLength(1);
});
