// The shapes of single columns, from which services/store builds the shapes of rows. The shapes of columns turn the null of SQL and JSON into
// undefined.
import { z } from 'zod';

/** Text that may be absent. */
export const text = z
  .string()
  .nullish()
  .transform((v) => v ?? undefined);
/** An instant, which the database gives as ISO 8601 text. */
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
