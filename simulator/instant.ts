// The shape of an instant in JSON.
import { z } from 'zod';

/** Accepts ISO 8601 with an offset, or epoch milliseconds; the parsed value is in epoch milliseconds. */
export const instantShape = z.union([
  z.number(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);
