// How the database was set up, for the doctor: which migrations ran, which tables lack row security, how many rows one answer may have.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant } from './column.ts';

const installationRow = z.object({
  /** The database's own clock. */
  now: instant,
  /** The migrations recorded here, oldest first; undefined if none was ever recorded. */
  versions: z
    .array(z.string())
    .nullable()
    .transform((v) => v ?? undefined),
  /** Tables without row security both enabled and forced. */
  tables: z.array(z.string()),
  /** Any one box, or undefined where there is none yet. */
  box: z
    .object({ slug: z.string(), platformBoxId: z.string() })
    .nullable()
    .transform((v) => v ?? undefined),
});
/** What the doctor reads in one statement. */
export type Installation = z.infer<typeof installationRow>;

/** The verbs of the doctor. */
export const installationStore = (call: Call) => ({
  readInstallation: () => call('read_installation', {}, installationRow),
  /** How many of `n` rows come back; fewer is the interface's own limit. */
  countRows: async (n: number) => (await call('count_rows', { n }, z.array(z.number()))).length,
  /** Whether a run has ended; undefined: it has not begun. */
  readRun: async (id: string) =>
    (await call('read_run', { id }, z.object({ finished: z.boolean() }).nullable())) ?? undefined,
});
