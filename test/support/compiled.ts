// Where processes of tests keep what they have compiled, as `npm start` does: compiled once, a start costs half.
import { fileURLToPath } from 'node:url';

/** For NODE_COMPILE_CACHE. Node knows by each file's text whether what lies there is still good. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
