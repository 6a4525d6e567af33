// Writes down what a worker has compiled so far, before each of its files: a worker that is ended writes nothing at its end.
import { flushCompileCache } from 'node:module';

flushCompileCache();
