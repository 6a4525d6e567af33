// Wrong on purpose: the twin judges how old a session's last success is by `updated_at`, which every attempt changes. To the twin a session looks
// fresh even after a failed attempt, and is therefore not renewed.
import { ownHand } from './own-hand.ts';
import type { Twin } from './twins.ts';

const STAMP = `update public.auth_sessions s set last_token_update_date = greatest(s.last_token_update_date, $2)
  from public.refresh_attempts a where a.id = $1 and s.id = a.session_id`;

export const updatedAt: Twin = (real, setting) => {
  const { pool } = ownHand(real, setting);
  const { store } = real;
  async function settleAttempt(ask: Parameters<typeof store.settleAttempt>[0]) {
    const settled = await store.settleAttempt(ask);
    await pool.query(STAMP, [ask.renewalId, ask.now]);
    return settled;
  }
  return { services: { ...real, store: { ...store, settleAttempt } } };
};
