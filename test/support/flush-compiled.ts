// Writes what a worker has compiled so far, before each of its files: a worker that is killed writes nothing at its end.
import { flushCompileCache } from 'node:module';

flushCompileCache();
