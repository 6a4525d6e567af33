// Writes the code that this worker has compiled so far to Node's compile cache. It runs before each of the worker's files, because a worker that is
// killed writes nothing at its end.
import { flushCompileCache } from 'node:module';

flushCompileCache();
