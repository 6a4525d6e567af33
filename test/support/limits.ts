// Time limits that follow the machine: in milliseconds as on an idle machine, and longer on a slow or busy one.
import { inject } from 'vitest';

/**
 * How long a test may wait on this machine for something that takes at most `idleMs` on an idle machine. Use `limitMs` to give up on code that hangs,
 * never to judge speed.
 */
export const limitMs = (idleMs: number): number => Math.ceil(idleMs * inject('pace'));
