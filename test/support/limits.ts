// Time limits that follow the machine: a test gives the milliseconds for an idle machine, and on a slow or busy machine the limit is longer.
import { inject } from 'vitest';

/**
 * How long, in ms, a test may wait on this machine for something that takes at most `idleMs` on an idle machine. Use `limitMs` to give up on code
 * that hangs, never to judge speed.
 */
export const limitMs = (idleMs: number): number => Math.ceil(idleMs * inject('pace'));
