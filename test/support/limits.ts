// Limits that follow the machine: milliseconds as they are on an idle one, and more on one that is slow or busy.
import { inject } from 'vitest';

/** How long something may take here that takes at most `idleMs` on an idle machine. For giving up, never for judging. */
export const limitMs = (idleMs: number): number => Math.ceil(idleMs * inject('pace'));
