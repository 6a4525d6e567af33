// Where the processes that tests start keep the code that Node compiled, as `npm start` keeps it: a start with compiled code takes half as long.
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../node_modules/.cache/tests/', import.meta.url);

/**
 * Gives the folder to which NODE_COMPILE_CACHE is to be set in the environment of a process of this kind. Each kind of process has a cache folder of
 * its own, because each kind calls other functions of the same files. Node caches only those functions of a file that the first process with this
 * folder has called; later processes add none. Node uses a file's cached code only while the file's text is unchanged.
 */
export const compiledBy = (kind: 'vitest' | 'service' | 'doctor' | 'renewals' | 'kills' | 'races'): string =>
  fileURLToPath(new URL(kind, ROOT));
