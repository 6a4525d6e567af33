// Collects the texts of all languages; each language has its own file.
import { EN } from './en.ts';
import { ES } from './es.ts';
import type { Language, Words } from './words.ts';

/** puntual's texts in each language. */
export const WORDS: Readonly<Record<Language, Words>> = { en: EN, es: ES };
