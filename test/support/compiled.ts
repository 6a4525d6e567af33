// Where processes of tests keep compiled code, as `npm start` does: compiled once, a start costs half.
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../node_modules/.cache/tests/', import.meta.url);

/**
 * For NODE_COMPILE_CACHE. Each kind of process has a folder of its own: what the first one wrote stays, and it holds only the functions that it
 * had called by then. Node checks each file's text before it uses its entry.
 */
export const compiledBy = (kind: 'vitest' | 'service' | 'doctor' | 'renewals' | 'kills' | 'races'): string =>
  fileURLToPath(new URL(kind, ROOT));
