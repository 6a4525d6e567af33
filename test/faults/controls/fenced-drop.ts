// Wrong on purpose: the real renewal with a commit that drops an answer which comes after the lease is lost. When another process has taken the
// lease, the answer is not stored in the token journal: the gym has replaced the token, and the new token is stored nowhere.
import type { CommitLine } from '../../../services/store/renewal-store.ts';
import { ownHand } from './own-hand.ts';
import type { Twin } from './twins.ts';

const MINE = `select 1 from public.refresh_attempts a join public.auth_sessions s on s.id = a.session_id
  where a.id = $1 and a.lease_epoch = s.lease_epoch and a.state = 'sent'`;

export const fencedDrop: Twin = (real, setting) => {
  const { pool } = ownHand(real, setting);
  const { store } = real;
  async function commitRotation(line: CommitLine) {
    const isMine = (await pool.query(MINE, [line.renewalId])).rowCount === 1;
    return isMine ? store.commitRotation(line) : { moved: false, exists: true };
  }
  const commitRotations = (lines: readonly CommitLine[]) =>
    Promise.all(
      lines.map(async (line) => ({ renewalId: line.renewalId, refused: undefined, ...(await commitRotation(line)) })),
    );
  return { services: { ...real, store: { ...store, commitRotation, commitRotations } } };
};
