// The languages in which the gym words its messages to members.
import { z } from 'zod';

/** The languages of the gym's messages are Spanish, Catalan and English. */
export const languageShape = z.enum(['es', 'ca', 'en']);
export type Language = z.infer<typeof languageShape>;
