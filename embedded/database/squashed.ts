// A squashed set of migrations replaces the former set (all migrations up to 20 November 2026) and makes the same schema. A database in which all the
// replaced migrations were run needs none of the squashed migrations, so the squashed migrations are only recorded there.
import type { Client } from 'pg';
import { Failure } from '../../services/failures.ts';

/** The versions of the former set of migrations: every migration up to 20 November 2026. */
export const FORMER_VERSIONS: readonly string[] = [
  ...['20261120100000', '20261120100100', '20261120100200', '20261120100300', '20261120100400', '20261120100500'],
  ...['20261120100600', '20261120100700', '20261120110000', '20261120123500', '20261120124500', '20261120134500'],
  ...['20261120141000', '20261120141500', '20261120142130', '20261120142217', '20261120143000', '20261120143317'],
  ...['20261120144000', '20261120150000', '20261120150500', '20261120151017', '20261120151117', '20261120151217'],
  ...['20261120151500', '20261120152000', '20261120160000', '20261120170000', '20261120171000', '20261120172000'],
  ...['20261120180000', '20261120181000'],
];

/** The versions of the squashed set of migrations, which replaces the former set of migrations. */
export const SQUASHED_VERSIONS: readonly string[] = [
  ...['20261128000100', '20261128000200', '20261128000300', '20261128000400', '20261128000500', '20261128000600'],
  ...['20261128000700', '20261128000800', '20261128000900', '20261128001000'],
];

/** The last commit with the set of migrations that the squashed set replaces. */
const LAST_COMMIT_BEFORE = 'fe1207e';

const REPLACE = `
with former as (delete from supabase_migrations.schema_migrations where version = any ($1))
insert into supabase_migrations.schema_migrations (version, statements, name)
select version, array[sql], name from unnest($2::text[], $3::text[], $4::text[]) as squashed (version, sql, name)
on conflict (version) do nothing`;

/** A migration with its SQL text. */
export interface WrittenMigration {
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/**
 * True if the database records all migrations of the former set (up to 20 November 2026). Throws `stack/schema-too-old` if the database records only
 * some migrations of the former set: the squashed migrations cannot complete such a schema.
 */
export function hasFormerSet(recorded: ReadonlySet<string>): boolean {
  const present = FORMER_VERSIONS.filter((version) => recorded.has(version)).length;
  if (present === 0 || present === FORMER_VERSIONS.length) return present > 0;
  throw new Failure(
    'stack/schema-too-old',
    `Expected the database to have all ${FORMER_VERSIONS.length} migrations up to 20 November 2026 or none of them; it has ${present}. ` +
      `Start it once with puntual as of commit ${LAST_COMMIT_BEFORE}, stop it, and then start this version.`,
    { details: { present, expected: FORMER_VERSIONS.length } },
  );
}

/**
 * Records the squashed migrations as applied, without running them, and deletes the records of the migrations that they replace, in one statement.
 */
export async function recordSquashed(client: Client, squashed: readonly WrittenMigration[]): Promise<void> {
  const columns = [squashed.map((m) => m.version), squashed.map((m) => m.sql), squashed.map((m) => m.name)];
  await client.query(REPLACE, [FORMER_VERSIONS, ...columns]);
}
