// How the database was set up, for `npm run doctor`: which migrations ran, which tables lack row security, how many rows one answer may have.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant } from './column.ts';

const installationRow = z.object({
  /** The time of the database's clock. */
  now: instant,
  /** The migrations recorded in the database, oldest first; undefined if none was ever recorded. */
  versions: z
    .array(z.string())
    .nullable()
    .transform((v) => v ?? undefined),
  /** The tables on which row security is not enabled or not forced. */
  tables: z.array(z.string()),
  /** Any one of the stored boxes; undefined if no box is stored yet. */
  box: z
    .object({ slug: z.string(), platformBoxId: z.string() })
    .nullable()
    .transform((v) => v ?? undefined),
});
/** What `npm run doctor` reads from the database in one statement. */
export type Installation = z.infer<typeof installationRow>;

/** The database calls for `npm run doctor`. */
export const installationStore = (call: Call) => ({
  readInstallation: () => call('read_installation', {}, installationRow),
  /** How many rows come back when `n` are asked for; if fewer come back, their number is PostgREST's limit of rows in one answer. */
  countRows: async (n: number) => (await call('count_rows', { n }, z.array(z.number()))).length,
  /** Whether a job's run has ended; undefined if that run has not begun. */
  readRun: async (id: string) =>
    (await call('read_run', { id }, z.object({ finished: z.boolean() }).nullable())) ?? undefined,
});
