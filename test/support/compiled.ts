// Where processes of tests keep the code that Node compiled, as `npm start` does: a start with compiled code takes half as long.
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../node_modules/.cache/tests/', import.meta.url);

/**
 * A folder for NODE_COMPILE_CACHE. Each kind of process has a folder of its own, because the first process fills a file's entry with the functions it
 * called, and later processes add none. Node checks a file's text before it uses the file's entry.
 */
export const compiledBy = (kind: 'vitest' | 'service' | 'doctor' | 'renewals' | 'kills' | 'races'): string =>
  fileURLToPath(new URL(kind, ROOT));
