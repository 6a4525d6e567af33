// Wrong on purpose: a lock on sessions that keeps no process out, as in the earlier app that puntual replaces. With the lock of this file, a process
// that asks for due sessions gets all of them, even those that another process has leased.
import { ownHand } from './own-hand.ts';
import type { Twin } from './twins.ts';

const IGNORE = `update public.auth_sessions set lease_until = null where session_type = 'background'`;

export const alwaysTrueLock: Twin = (real, setting) => {
  const { pool } = ownHand(real, setting);
  const { store } = real;
  async function leaseDueSessions(ask: Parameters<typeof store.leaseDueSessions>[0]) {
    await pool.query(IGNORE);
    return store.leaseDueSessions(ask);
  }
  return { services: { ...real, store: { ...store, leaseDueSessions } } };
};
