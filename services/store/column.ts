// The shapes of single columns, for the rows beside this file. Null stays in SQL and JSON: here it becomes undefined.
import { z } from 'zod';

/** Text that may be absent. */
export const text = z
  .string()
  .nullish()
  .transform((v) => v ?? undefined);
/** An instant, ISO 8601 in the answer. */
export const instant = z.string().transform((v) => new Date(v));
/** An instant that may be absent. */
export const maybeInstant = z
  .string()
  .nullish()
  .transform((v) => (v == null ? undefined : new Date(v)));
/** A number that may be absent. */
export const maybeNumber = z
  .number()
  .nullish()
  .transform((v) => v ?? undefined);
