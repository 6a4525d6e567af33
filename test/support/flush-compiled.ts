// Writes the code that this vitest worker process has compiled so far to Node's compile cache. A vitest worker imports this file before each of its
// test files, because a worker that is killed does not write the compile cache at its end.
import { flushCompileCache } from 'node:module';

flushCompileCache();
