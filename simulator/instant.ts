// An instant as it travels in JSON.
import { z } from 'zod';

/** ISO 8601 with an offset, or epoch milliseconds; the parsed value is epoch milliseconds. */
export const instantShape = z.union([
  z.number(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);
