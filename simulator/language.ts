// The languages in which the gym words its messages to members.
import { z } from 'zod';

/** Spanish, Catalan, English. */
export const languageShape = z.enum(['es', 'ca', 'en']);
export type Language = z.infer<typeof languageShape>;
